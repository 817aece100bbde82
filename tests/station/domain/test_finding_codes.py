"""The codes of findings: each is asked about in words of its own, and what is measured has its limit."""

from __future__ import annotations

from dataclasses import fields

import pytest

from station import messages
from station.domain.finding_codes import NOT_MEASURED, FindingCode
from station.domain.finding_limits import Limits


@pytest.mark.parametrize("code", FindingCode)
def test_finding_has_a_short_name_and_a_question(code: FindingCode) -> None:
    assert {f"flaw-{code}", f"finding-{code}"} <= messages.table().keys()


def test_every_finding_with_a_limit_is_measured_and_no_other() -> None:
    limits = {field.name.replace("_", "-") for field in fields(Limits)}
    assert limits == set(FindingCode) - NOT_MEASURED
