"""Figures in Prometheus' text form (exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One number, with its labels."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """As Prometheus reads it; labels are escaped by its rules."""
        escaped = (
            f'{name}="{value}"'
            for name, raw in self.labels.items()
            for value in [raw.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")]
        )
        labels = ",".join(escaped)
        number = int(self.value) if float(self.value).is_integer() else self.value
        return f"{self.name}{{{labels}}} {number}" if labels else f"{self.name} {number}"


def text(figures: Iterable[Figure], meanings: Mapping[str, tuple[str, str]]) -> str:
    """All figures, ready to be sent; ``meanings`` has of each name its kind (gauge, counter) and what it means."""
    return "\n".join(_lines(figures, meanings)) + "\n"


def _lines(figures: Iterable[Figure], meanings: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    described: set[str] = set()
    for figure in figures:
        if figure.name not in described:
            described.add(figure.name)
            kind, meaning = meanings[figure.name]
            yield f"# HELP {figure.name} {meaning}"
            yield f"# TYPE {figure.name} {kind}"
        yield figure.line()
