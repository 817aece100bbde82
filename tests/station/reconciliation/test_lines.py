"""Every kind of difference has its words in both languages."""

from __future__ import annotations

import pytest

from station.reconciliation import lines
from station.reconciliation.reconcile import ReconciliationKind, ReconciliationLine


@pytest.mark.parametrize("kind", ReconciliationKind)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_each_kind_is_a_sentence_with_what_both_say(kind: ReconciliationKind, language: str) -> None:
    line = ReconciliationLine(kind, "KS.2007.01", "001", 5, "HERE", "THERE")
    told = lines.as_dict(line, language)
    assert (told["kind"], told["row"]) == (str(kind), 5)
    words = told["sentence"]
    assert "reconcile-" not in words
    assert ("THERE" in words) == (kind not in (ReconciliationKind.NOT_IN_LIST, ReconciliationKind.NOT_HERE))
