from __future__ import annotations

from pathlib import Path

import pytest

from station.access.ended_logins import EndedLogins
from station.access.login_lifetime import LONGEST_LOGIN

NOW = 1_000_000.0


def test_login_that_was_ended_stays_ended_over_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "ended-logins"
    EndedLogins(file, lambda: NOW).end("a")
    for logins in (EndedLogins(file, lambda: NOW), EndedLogins(file, lambda: NOW + LONGEST_LOGIN - 1)):
        assert not logins.is_open("a", NOW - 1)
        assert logins.is_open("b", NOW - 1)


def test_logins_that_are_over_anyway_are_not_kept(tmp_path: Path) -> None:
    now = [NOW]
    logins = EndedLogins(tmp_path / "ended-logins", lambda: now[0])
    for number in range(50):
        logins.end(str(number))
        now[0] += LONGEST_LOGIN / 4
    assert (tmp_path / "ended-logins").read_text().count(":") <= 5


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"a": null}'])
def test_file_that_cannot_be_read_ends_every_login_of_before(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ended-logins").write_bytes(content)
    logins = EndedLogins(tmp_path / "ended-logins", lambda: NOW)
    assert not logins.is_open("a", NOW - 1)
    assert logins.is_open("b", NOW + 1)


def test_login_is_ended_also_where_the_disk_takes_nothing(tmp_path: Path) -> None:
    logins = EndedLogins(tmp_path / "gone" / "ended-logins", lambda: NOW)
    logins.end("a")
    assert not logins.is_open("a", NOW - 1)
    assert list(tmp_path.iterdir()) == []
