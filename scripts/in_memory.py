"""Run a command whose temporary folder lies in memory where the machine has room for it, else in the folder that it would use anyway.

    python scripts/in_memory.py COMMAND …

Tests keep thousands of small databases, and each transaction of them waits for the disk: on a disk that several workers share
this takes longer than the work itself. What tests say of nodes that are killed holds in memory as well, because a process that
ends loses nothing that it has handed to the kernel. Which folder it is stands in the first line; the answer is the exit code of
the command, and the folder is gone afterwards. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory."""
ROOM_MIN_MB = 6 * 1024
"""What has to be free of it, and of the memory behind it. A whole run wrote 0.5 GiB when nothing was dropped before its end, databases
of PostgreSQL and browsers not counted; the rest is for its processes (0.5 to 0.7 GiB for each worker were seen)."""
TOLD = Path("/proc/meminfo")


def free_mb(folder: Path, told: Path = TOLD) -> int:
    """How much may still be kept in a folder that lies in memory, in MiB: what is free of both; 0 where there is none."""
    try:
        rows = dict(line.split(":") for line in told.read_text(encoding="utf-8").splitlines())
        return min(shutil.disk_usage(folder).free // 2**20, int(rows["MemAvailable"].split()[0]) // 2**10)
    except (OSError, KeyError):
        return 0


def runs_programs(folder: Path) -> bool:
    """Whether programs in a folder may be run: tests make some, and some machines forbid it there."""
    probe = folder / "probe"
    try:
        probe.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
        probe.chmod(0o700)
        return subprocess.run([probe], check=False).returncode == 0
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)


def run(command: list[str], memory: Path, room_min_mb: int, environment: Mapping[str, str]) -> int:
    """Run the command with TMPDIR in a new folder below `memory` if that has the room and may run programs; its exit code."""
    if free_mb(memory) < room_min_mb or not os.access(memory, os.W_OK):
        print(f"temporary files lie on the disk: {memory} has not {room_min_mb} MiB free", flush=True)
        return subprocess.run(command, env=environment, check=False).returncode
    folder = Path(tempfile.mkdtemp(prefix="kt-", dir=memory))
    try:
        # a database server does not run as root, and has to come through to what is its own
        folder.chmod(0o755)
        if not runs_programs(folder):
            print(f"temporary files lie on the disk: {memory} runs no programs", flush=True)
            return subprocess.run(command, env=environment, check=False).returncode
        print(f"temporary files lie in {folder}", flush=True)
        inside = {**environment, "TMPDIR": str(folder)}
        return subprocess.run(command, env=inside, check=False).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end(number: int, _frame: object) -> None:
    """Leave by way of all that is to be put in order behind us."""
    sys.exit(128 + number)


if __name__ == "__main__":
    # whoever is told to end takes its folder with it
    signal.signal(signal.SIGTERM, end)
    sys.exit(run(sys.argv[1:], MEMORY, ROOM_MIN_MB, os.environ))
