"""What a benchmark found, and the table of it."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

import msgspec
from rich.console import Console
from rich.table import Table


class Figure(msgspec.Struct):
    """One measured ratio. Without a ``target`` it is printed for comparison only."""

    what: str
    ours: float
    peer: float
    unit: str
    #: ours to peer, the median over rounds; each round compares what ran next to each other
    ratio: float
    target: float | None = None
    #: the ratio should be at least the target, or at most
    at_least: bool = True
    peer_name: str = ""

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target


class Skipped(msgspec.Struct):
    """What could not be measured here, and what it would take."""

    what: str
    reason: str


Outcome = Figure | Skipped


def compared(
    what: str,
    ours: list[float],
    peer: list[float],
    unit: str,
    *,
    target: float | None = None,
    at_least: bool = True,
    peer_name: str = "",
) -> Figure:
    """The figure of paired rounds."""
    ratio = median(a / b for a, b in zip(ours, peer, strict=True))
    return Figure(
        what, median(ours), median(peer), unit, ratio, target, at_least, peer_name=peer_name
    )


def show(outcomes: Iterable[Outcome]) -> None:
    """Print the table."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("what")
    table.add_column("against")
    for name in ("ours", "peer", "ratio", "target"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for one in outcomes:
        if isinstance(one, Skipped):
            table.add_row(one.what, one.reason, "", "", "", "", "skipped")
            continue
        sign = "≥" if one.at_least else "≤"
        table.add_row(
            one.what,
            one.peer_name,
            f"{_short(one.ours)} {one.unit}",
            f"{_short(one.peer)} {one.unit}",
            f"{one.ratio:.2f}",
            "" if one.target is None else f"{sign} {one.target:g}",
            {True: "met", False: "[bold]missed[/bold]", None: ""}[one.met],
        )
    Console(width=None).print(table)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
