"""An import takes the memory of one batch, however many rows a file has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from waiting import LONG_S

ROWS = (1000, 8000)
"""The smaller one fills several groups: what stands in memory for one group is there already."""
GROWTH_MAX_KIB = 6 * 1024
"""Between the two sizes, beyond the page cache of the store: less than 900 bytes for each further row, where an entity that is kept takes
several thousand. What does grow is 8 bytes of a digest for each row (services/opendata/surplus.py), the index of the journal of SQLite and
what the allocators cannot use again: 2.0 to 2.2 MiB were seen."""
RUN = """
import sys
from pathlib import Path
import apsw
from kaiteki.main.cli import app
try:
    app(sys.argv[1:])
except SystemExit as ended:
    if ended.code:
        raise
status = Path("/proc/self/status").read_text().splitlines()
peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print("peak", peak, apsw.memory_high_water() // 1024, sep="|")
"""


def peak_kib(folder: Path, rows: int) -> tuple[int, int]:
    """(largest resident size of a process that imports so many rows, without the memory of SQLite; that memory)."""
    file = folder / f"aed-{rows}.csv"
    lines = (f"{n:05},機器{n},見本市本町{n},35.{n:05},140.1,有\n" for n in range(rows))
    file.write_text("NO,名称,住所,緯度,経度,小児対応設備の有無\n" + "".join(lines), "utf-8")
    words = ["import", str(file), "--city", "demo", "--data", str(folder / f"data-{rows}")]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words], capture_output=True, text=True, check=True, timeout=LONG_S
    )
    assert f"{rows:,}" in done.stdout
    _, peak, cache = done.stdout.splitlines()[-1].split("|")
    return int(peak) - int(cache), int(cache)


def test_eight_times_the_rows_take_the_same_memory(tmp_path: Path) -> None:
    # SQLite keeps the pages it wrote up to a limit of its own (stores/sqlite/schema.py), which is told apart here
    (few, _), (many, cache) = (peak_kib(tmp_path, rows) for rows in ROWS)
    assert many - few < GROWTH_MAX_KIB
    assert cache < 64 * 1024
