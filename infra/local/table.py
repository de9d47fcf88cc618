"""Columns for a terminal, and the three figures that a list of durations comes down to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Iterable


@dataclass
class Table:
    head: list[str]
    rows: list[list[str]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        self.rows.append([str(cell) for cell in cells])

    def __str__(self) -> str:
        widths = [max(len(row[column]) for row in [self.head, *self.rows]) for column in range(len(self.head))]
        line = "  ".join("─" * width for width in widths)
        return "\n".join([self._row(self.head, widths), line, *(self._row(row, widths) for row in self.rows)])

    @staticmethod
    def _row(cells: list[str], widths: list[int]) -> str:
        first, *others = zip(cells, widths)
        return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()


def percentile(sorted_values: list[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed."""
    return sorted_values[max(0, math.ceil(round(len(sorted_values) * share, 9)) - 1)]


def spread(seconds: Iterable[float]) -> tuple[str, str, str]:
    """Median, 95th percentile and maximum, ready to print."""
    values = sorted(seconds)
    if not values:
        return ("", "", "")
    return tuple(f"{value:.1f} s" for value in (percentile(values, 0.5), percentile(values, 0.95), values[-1]))
