"""Reading numbers and dates off a page, offline: what stands there, how sure that is, and where.

Text lines are found by one network and read by another, both run by OpenCV (docs/reading.md). What a line says is never
its greedy text: each value that is possible there is scored, and the posterior over all of them is the confidence.
Knows no database and no settings; an image goes in, fields come out.
"""

from __future__ import annotations

#: The networks and the rules that read, for whoever measures them later.
READER = "PP-OCRv6 small, 1"
