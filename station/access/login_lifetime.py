"""How long a login of the page lasts: at most a working day, and not when nobody is there any more."""

from __future__ import annotations

#: No login lasts longer than this (s), whatever is done with it.
LONGEST_LOGIN = 12 * 60 * 60
#: A login ends when nobody did anything for so long (s): an officer called away leaves registers on the screen.
IDLE_SECONDS = 30 * 60
