"""The bench fills a real node and measures every row of its table without a refusal."""

from __future__ import annotations

import subprocess
import sys

from kaiteki.main.bench.growing import ROWS
from kaiteki.main.bench.work import reads, writes
from waiting import LONG_S


def test_every_row_is_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kaiteki.main", "bench", "--entities", "1000", "--seconds", "0.2"],
        capture_output=True,
        text=True,
        check=False,
        timeout=5 * LONG_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "start to first answer" in done.stdout
    rows = [line for line in done.stdout.splitlines() if line.startswith("│")]
    assert len(rows) >= len(reads(1000, "demo")) + len(writes(1000, 1000))


def test_a_growing_city_is_measured_at_each_size() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kaiteki.main", "bench", "--growth", "--entities", "2000", "--seconds", "0.2"],
        capture_output=True,
        text=True,
        check=False,
        timeout=5 * LONG_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2,000 entities and 20,000 values are there" in done.stdout
    for name in (*ROWS, "values of history", "disk for each new value, bytes"):
        assert f"│ {name} " in done.stdout


def test_public_reads_are_compared_with_an_open_node() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "kaiteki.main",
            "bench",
            "--guarded",
            "--entities",
            "1000",
            "--seconds",
            "0.2",
            "--only",
            "q,",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=5 * LONG_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "│ q, limit 20 " in done.stdout


def test_what_maps_ask_is_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kaiteki.main", "bench", "--maps", "--entities", "1000"],
        capture_output=True,
        text=True,
        check=False,
        timeout=5 * LONG_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for kind in ("AED", "Shelter"):
        for name in ("tile, not asked for before", "tile, kept", "page of 100 in a box"):
            assert f"│ {kind}: {name} " in done.stdout
