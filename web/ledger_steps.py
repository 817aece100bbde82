"""The steps of a ledger's work in their order: the bar of every view of a ledger, and where a view's work leads on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Flask, request

from station.rows import built_in
from station.views.listings import LedgerHead


@dataclass(frozen=True)
class LedgerStep:
    """A step: its first view's endpoint, the code of its name, and the blueprints whose views belong to it."""

    endpoint: str
    name: str
    blueprints: frozenset[str]
    number: int = 0

    @property
    def is_current(self) -> bool:
        """Whether the view that was asked for belongs to it."""
        return request.endpoint == self.endpoint or request.blueprint in self.blueprints


_STEPS = (
    LedgerStep("scanning.scan", "step-scan", frozenset({"scanning"})),
    LedgerStep("entries.edit", "step-entries", frozenset({"entries", "entry_runs", "entry_regions"})),
    LedgerStep("rows.key", "step-rows", frozenset({"rows", "second_looks"})),
    LedgerStep("ledger.finish", "step-finish", frozenset({"checks"})),
    LedgerStep("downloads.listed", "step-files", frozenset({"downloads"})),
)


def ledger_steps(head: LedgerHead) -> list[LedgerStep]:
    """The steps of this ledger: no rows where the ministry imports none, no files where it is for practice."""
    left_out = set() if head.type in built_in.TYPES else {"step-rows"}
    if head.practice:
        left_out.add("step-files")
    steps = [step for step in _STEPS if step.name not in left_out]
    return [replace(step, number=number) for number, step in enumerate(steps, 1)]


def next_step(head: LedgerHead) -> LedgerStep | None:
    """The step behind the one that the view belongs to; None behind the last one and for views of no step."""
    steps = ledger_steps(head)
    behind = zip(steps, [*steps[1:], None], strict=True)
    return next((after for step, after in behind if step.is_current), None)


def register(app: Flask) -> None:
    """Let the templates ask for them."""
    app.jinja_env.globals.update(ledger_steps=ledger_steps, next_step=next_step)
