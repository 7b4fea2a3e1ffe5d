"""`kaiteki bench`: a real node on a folder of its own and one core, the load from another core, one table."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from kaiteki.main.bench.growing import Ground, grow, table_of
from kaiteki.main.bench.guarding import ROUNDS, Guarded, Node, compare, public_reads, table_of_guarded
from kaiteki.main.bench.load import Measured, drive, request, send_each
from kaiteki.main.bench.mapping import SHAPES, filling_maps, measure_maps, table_of_maps
from kaiteki.main.bench.watching import measure_watching
from kaiteki.main.bench.work import Work, filling, reads, writes

START_TIMEOUT_S: Final = 120.0
STOP_TIMEOUT_S: Final = 120.0
POLL_S: Final = 0.01
STARTS: Final = 3
"""The quickest of so many starts is told; the first one may have to compile."""
COLUMNS: Final = (
    "work",
    "per second",
    "× constant",
    "node µs each",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "at least",
    "prototype",
    "refused",
)
TABLE_WIDTH: Final = 140
"""Characters, where the table goes to a file."""


GrowthOption = Annotated[
    bool, typer.Option("--growth", help="Measure while a new city grows, tenfold each time.")
]
GuardedOption = Annotated[
    bool, typer.Option("--guarded", help="Measure what access control costs whoever reads what is public.")
]
MapsOption = Annotated[
    bool, typer.Option("--maps", help="Measure vector tiles and boxes over so many points, areas and lines.")
]


def bench(
    entities: Annotated[int, typer.Option(min=1000, help="Entities in the city.")] = 20_000,
    seconds: Annotated[float, typer.Option(min=0.2, help="Length of each measurement.")] = 4.0,
    city: Annotated[str, typer.Option("--city", help="The area that is served.")] = "demo",
    data: Annotated[Path | None, typer.Option(help="A folder that stays, filled when it is not.")] = None,
    only: Annotated[str, typer.Option(help="Only rows whose name holds this.")] = "",
    growth: GrowthOption = False,
    guarded: GuardedOption = False,
    maps: MapsOption = False,
) -> None:
    """Measure a node of this machine: what it answers per second, beside its own constant answer."""
    console = Console(width=None if sys.stdout.isatty() else TABLE_WIDTH)
    cores = sorted(os.sched_getaffinity(0))
    if growth:
        _grow(entities, seconds, city, console)
        return
    if guarded:
        _guard(entities, seconds, city, only, console)
        return
    if maps:
        _map(entities, city, data, console)
        return
    with tempfile.TemporaryDirectory(prefix="kaiteki-bench-") as passing:
        folder = data or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        started_s, start_busy_s = _start_s(city, cores[0])
        with _node(folder, city, cores[0]) as (port, process):
            idle_bytes = _memory_bytes(process.pid)
            os.sched_setaffinity(0, {cores[-1]})
            address = ("127.0.0.1", port)
            standing = _standing(address)
            if standing < entities:
                _fill(address, entities, console)
            constant, *rest = (*reads(entities, city), *writes(entities, max(entities, standing)))
            works = [constant, *(work for work in rest if only in work.name)]
            rows = [(work, *_measure(address, process.pid, work, seconds)) for work in works]
            if only in "notifications and subscriptions":
                busy = partial(_busy_s, process.pid)
                rows += measure_watching(address, busy, entities, cores[-1], seconds)
        os.sched_setaffinity(0, cores)
    console.print(_table(rows, entities))
    console.print(
        f"start to first answer {started_s:.2f} s (≤ 1; {start_busy_s:.2f} s of processor time), memory when idle {idle_bytes / 1e6:.0f} MB (≤ 150)"
    )
    if any(measured.refused for _, measured, _ in rows):
        raise typer.Exit(1)


def _grow(entities: int, seconds: float, city: str, console: Console) -> None:
    """Print what a city of each size costs; the folder is a new one that goes afterwards."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="kaiteki-bench-") as folder:
        with _node(Path(folder), city, cores[0]) as (port, process):
            os.sched_setaffinity(0, {cores[-1]})
            ground = Ground(
                ("127.0.0.1", port),
                Path(folder),
                partial(_busy_s, process.pid),
                partial(_memory_bytes, process.pid),
            )
            grown = list(grow(ground, entities, seconds, console.print))
        os.sched_setaffinity(0, cores)
    console.print(table_of(grown))


def _guard(entities: int, seconds: float, city: str, only: str, console: Console) -> None:
    """Print what public reads cost a guarded node beside an open one; both have the same city, in folders that go afterwards."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="kaiteki-bench-") as passing:
        here, there = Path(passing) / "open", Path(passing) / "guarded"
        here.mkdir()
        with _node(here, city, cores[0]) as (port, _):
            _fill(("127.0.0.1", port), entities, console)
        shutil.copytree(here, there)
        with (
            _node(here, city, cores[0]) as (open_port, open_process),
            _node(there, city, cores[0], "") as (port, process),
        ):
            os.sched_setaffinity(0, {cores[-1]})
            opened = Node(("127.0.0.1", open_port), open_process.pid)
            closed = Node(("127.0.0.1", port), process.pid)
            rows: list[Guarded] = []
            works = [work for work in public_reads(entities, city) if only in work.name]
            for row in compare(opened, closed, works, seconds / ROUNDS):
                rows.append(row)
                console.print(f"{row.name}: {row.ratio:.3f}")
        os.sched_setaffinity(0, cores)
    console.print(table_of_guarded(rows))


def _map(entities: int, city: str, data: Path | None, console: Console) -> None:
    """Print how long maps wait."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="kaiteki-bench-") as passing:
        folder = data or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        with _node(folder, city, cores[0]) as (port, process):
            os.sched_setaffinity(0, {cores[-1]})
            address = ("127.0.0.1", port)
            if not _standing(address, SHAPES):
                _send(address, list(filling_maps(entities)), console)
            before = _memory_bytes(process.pid, "RssAnon")
            rows = measure_maps(address, city, partial(_busy_exactly_s, process.pid), console.print)
            after = _memory_bytes(process.pid, "RssAnon")
        os.sched_setaffinity(0, cores)
    console.print(table_of_maps(rows, entities, (before, after)))


@contextmanager
def _node(
    data: Path, city: str, core: int, access: str = "--open"
) -> Generator[tuple[int, subprocess.Popen[bytes]]]:
    """A node on a free port and one core, from its first answer to its end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = ["run", "--city", city, "--data", str(data), "--port", str(port)]
    words += [access] if access else []
    with (data / "node.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "kaiteki.main", *words], stdout=log, stderr=log, env=_as_installed()
        )
    os.sched_setaffinity(process.pid, {core})
    try:
        _await_answer(process, port, data / "node.log")
        yield port, process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _as_installed() -> dict[str, str]:
    """The environment of this process, but compiled modules are kept: without them a node is compiled at each start, which takes longer than all else."""
    return {name: said for name, said in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _start_s(city: str, core: int) -> tuple[float, float]:
    """Seconds from the call to the first answer on a new folder, and how many of them the processor worked."""
    best = (START_TIMEOUT_S, START_TIMEOUT_S)
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory(prefix="kaiteki-start-") as folder:
            began_s = monotonic()
            with _node(Path(folder), city, core) as (_, process):
                best = min(best, (monotonic() - began_s, _busy_s(process.pid)))
    return best


def _await_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until_s = monotonic() + START_TIMEOUT_S
    while monotonic() < until_s and process.poll() is None:
        try:
            list(send_each(("127.0.0.1", port), [request("GET", "/health/live")]))
        except (OSError, TimeoutError):
            sleep(POLL_S)
        else:
            return
    raise RuntimeError(f"the node did not start:\n{log.read_text()[-2000:]}")


def _memory_bytes(process_id: int, name: str = "VmRSS") -> int:
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    resident = next(line for line in status.splitlines() if line.startswith(name))
    return int(resident.split()[1]) * 1024


def _fill(address: tuple[str, int], entities: int, console: Console) -> None:
    _send(address, list(filling(entities)), console)


def _send(address: tuple[str, int], batches: list[bytes], console: Console) -> None:
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Filling the city", total=len(batches))
        for answer in send_each(address, batches):
            if answer[9:10] != b"2":
                raise RuntimeError(answer[-300:].decode("utf-8", "replace"))
            progress.advance(task)


def _standing(address: tuple[str, int], kind: str = "Station") -> int:
    """How many entities of a type stand in the city already."""
    (answer,) = send_each(address, [request("GET", f"/ngsi-ld/v1/entities?type={kind}&count=true&limit=0")])
    told = re.search(rb"ngsild-results-count: (\d+)", answer)
    return int(told[1]) if told else 0


def _measure(address: tuple[str, int], process_id: int, work: Work, seconds: float) -> tuple[Measured, float]:
    """What a run gave, and the processor time of the node for one answer in microseconds."""
    drive(address, work.following, work.connections, min(seconds, 0.5))
    before_s = _busy_s(process_id)
    measured = drive(address, work.following, work.connections, seconds)
    return measured, (_busy_s(process_id) - before_s) / measured.answers * 1e6


def _busy_s(process_id: int) -> float:
    """Processor time of a process so far."""
    told = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _busy_exactly_s(process_id: int) -> float:
    """The same to the microsecond, of the threads that there are: a single answer takes less than a tick of the clock above."""
    told = [file.read_text(encoding="ascii") for file in Path(f"/proc/{process_id}/task").glob("*/schedstat")]
    return sum(int(one.split()[0]) for one in told) / 1e9


def _table(rows: list[tuple[Work, Measured, float]], entities: int) -> Table:
    table = Table(title=f"{entities:,} entities, durable on disk, one core")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "work" else "right")
    constant = rows[0][1].per_second
    for work, measured, busy_us in rows:
        rate = measured.per_second * work.each
        wanted = work.within or (f"{work.at_least:,.0f}" if work.at_least else "-")
        if work.ratio_at_least is not None:
            wanted += f", {work.ratio_at_least} ×"
        table.add_row(
            work.name,
            f"{rate:,.0f}",
            f"{measured.per_second / constant:.2f}",
            f"{busy_us / work.each:,.1f}",
            f"{measured.p50_ms:.2f}",
            f"{measured.p95_ms:.2f}",
            f"{measured.p99_ms:.2f}",
            wanted,
            work.prototype,
            str(measured.refused) if measured.refused else "",
        )
    return table
