"""Planted faults still have their place, and the tests that must see them exist; ``script/test mutants`` runs them."""

from __future__ import annotations

import pytest

from tests.mutants.planting import TREE, Fault, faults, nodes_by_test


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.name)
def test_fault_has_its_place_and_its_tests(fault: Fault) -> None:
    """Where this fails the promise's line has changed: say in the fault's file how it reads now, and run it again."""
    fault.place(TREE)
    assert fault.before != fault.after
    assert set(fault.seen_by) <= nodes_by_test(TREE).keys()
