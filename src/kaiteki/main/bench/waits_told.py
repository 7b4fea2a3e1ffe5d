"""`kaiteki waits`: how well waiting times of counters are told, in offices that are simulated; errors of each estimator over several seeds, and how often the told range was right."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from kaiteki.main.bench.office import OFFICE, OFFICES, Office
from kaiteki.main.bench.waiting import WALK, Tale, measure_office

SEEDS: Final = 10
"""For the office of the budgets, and where a run is a day; other offices are run OTHER_SEEDS times."""
OTHER_SEEDS: Final = 3
QL, LES = "QL, queue length", "LES, the last called"
NEAR_MIN: Final = 5.0


TABLE_WIDTH: Final = 170
"""Characters, where the tables go to a file."""


def waits(only: Annotated[str, typer.Option(help="Only offices whose name holds this.")] = "") -> None:
    """Measure how well waiting times of counters are told, beside the estimators that others use; no node is started."""
    console = Console(width=None if sys.stdout.isatty() else TABLE_WIDTH)
    measured = [(office, runs_of(office)) for office in OFFICES if only in office.name]
    if not measured:
        raise typer.BadParameter(f"No office is called “{only}”.", param_hint="--only")
    console.print(table_of_estimators(*measured[0]))
    console.print(table_of_offices(measured))


class Run(msgspec.Struct, frozen=True):
    """An office with one seed: people served, their mean wait and that which one in ten exceeded (minutes); for each estimator the mean absolute error, the
    bias, and the share within NEAR_MIN; of those who had to wait the share called within the told 90 %, and within the range from 10 to 90 %."""

    served: int
    mean_min: float
    late_min: float
    errors_min: dict[str, float]
    biases_min: dict[str, float]
    near: dict[str, float]
    below_high: float
    in_range: float


def run_of(office: Office, seed: int) -> Run:
    """Simulate an office and judge what was told. Raises ValueError where nobody had to wait."""
    tales = [tale for tale in measure_office(office, seed) if tale.came]
    waits = sorted(tale.waited_min for tale in tales)
    names = list(tales[0].said)
    off = {name: [tale.said[name] - tale.waited_min for tale in tales] for name in names}
    waited = [tale for tale in tales if not tale.free]
    if not waited:
        raise ValueError("nobody had to wait")
    return Run(
        len(tales),
        statistics.fmean(waits),
        waits[int(len(waits) * 0.9)],
        {name: statistics.fmean(map(abs, off[name])) for name in names},
        {name: statistics.fmean(off[name]) for name in names},
        {name: statistics.fmean(abs(one) <= NEAR_MIN for one in off[name]) for name in names},
        statistics.fmean(_is_below(tale) for tale in waited),
        statistics.fmean(_is_below(tale) and tale.waited_min >= tale.wait.low_min for tale in waited),
    )


def _is_below(tale: Tale) -> bool:
    return tale.wait.high_min is None or tale.waited_min <= tale.wait.high_min


def runs_of(office: Office) -> list[Run]:
    """The same office with as many seeds as it is to be told of."""
    return [
        run_of(office, seed) for seed in range(SEEDS if office is OFFICE or office.days == 1 else OTHER_SEEDS)
    ]


def table_of_estimators(office: Office, runs: Sequence[Run]) -> Table:
    """A row for each estimator: minutes over the seeds, and beside plain queue length and the last wait."""
    table = Table(
        title=f"{office.name}: {office.days} days, {_spread(runs, lambda run: run.served, ',.0f')} served, {len(runs)} seeds"
    )
    for name in (
        "estimator",
        "mean error, min",
        "bias, min",
        f"within {NEAR_MIN:.0f} min, %",
        "× QL",
        "× LES",
    ):
        table.add_column(name, justify="left" if name == "estimator" else "right")
    for name in runs[0].errors_min:
        table.add_row(
            name,
            _spread(runs, lambda run, name=name: run.errors_min[name], ".2f"),
            _spread(runs, lambda run, name=name: run.biases_min[name], "+.2f"),
            _spread(runs, lambda run, name=name: 100 * run.near[name], ".1f"),
            _spread(runs, lambda run, name=name: run.errors_min[name] / run.errors_min[QL], ".2f"),
            _spread(runs, lambda run, name=name: run.errors_min[name] / run.errors_min[LES], ".2f"),
        )
    return table


def table_of_offices(measured: Sequence[tuple[Office, Sequence[Run]]]) -> Table:
    """A row for each office: how the counters' own estimator does there."""
    table = Table(title=f"{WALK}; shares are of those who had to wait")
    for name in (
        "office",
        "wait, min",
        "1 in 10 over",
        "mean error, min",
        "bias, min",
        "× QL",
        "× LES",
        "within P90, %",
        "P10 to P90, %",
    ):
        table.add_column(name, justify="left" if name == "office" else "right")
    for office, runs in measured:
        table.add_row(
            office.name,
            format(statistics.fmean(run.mean_min for run in runs), ".1f"),
            format(statistics.fmean(run.late_min for run in runs), ".1f"),
            _spread(runs, lambda run: run.errors_min[WALK], ".2f"),
            _spread(runs, lambda run: run.biases_min[WALK], "+.2f"),
            _spread(runs, lambda run: run.errors_min[WALK] / run.errors_min[QL], ".2f"),
            _spread(runs, lambda run: run.errors_min[WALK] / run.errors_min[LES], ".2f"),
            _spread(runs, lambda run: 100 * run.below_high, ".1f"),
            _spread(runs, lambda run: 100 * run.in_range, ".1f"),
        )
    return table


def _spread(runs: Sequence[Run], figure: Callable[[Run], float], form: str) -> str:
    """The mean over the seeds, the least and the most."""
    figures = [figure(run) for run in runs]
    mean, least, most = (format(one, form) for one in (statistics.fmean(figures), min(figures), max(figures)))
    return mean if least == most else f"{mean} ({least} to {most})"
