"""A child program takes its commands in order until it is told to close."""

from __future__ import annotations

import io
import sys

import pytest

from drivers.process import json_lines


def test_commands_end_at_close_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = '{"do": "look", "file": "a"}\n{"do": "close"}\n{"do": "look", "file": "b"}\n'
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    assert list(json_lines.commands()) == [{"do": "look", "file": "a"}]
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines.splitlines()[0]))
    assert list(json_lines.commands()) == [{"do": "look", "file": "a"}]


def test_event_is_one_line_of_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    json_lines.tell("damaged", detail="tệp\nhỏng")
    assert capsys.readouterr().out == '{"event": "damaged", "detail": "t\\u1ec7p\\nh\\u1ecfng"}\n'
