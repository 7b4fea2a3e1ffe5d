"""A run whose temporary files lie in memory leaves nothing behind, and one on a machine without room goes on where it would anyway."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from in_memory import free_mb, run

SAYING = "import json, os, pathlib, sys, tempfile; folder = pathlib.Path(tempfile.mkdtemp())"
LINE = "json.dump([str(folder.parent), oct(folder.parent.stat().st_mode & 0o777)], open(sys.argv[1], 'w')); sys.exit(7)"
NO_ROOM_MB = 2**60


def _said(tmp_path: Path, memory: Path, room_min_mb: int) -> tuple[int, list[str]]:
    out = tmp_path / "said"
    command = [sys.executable, "-c", f"{SAYING}; {LINE}", str(out)]
    code = run(command, memory, room_min_mb, {"TMPDIR": str(tmp_path)})
    return code, json.loads(out.read_text(encoding="utf-8"))


def test_the_folder_lies_in_memory_and_is_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("in_memory.runs_programs", lambda folder: True)
    memory = tmp_path / "memory"
    memory.mkdir()
    code, (parent, mode) = _said(tmp_path, memory, 0)
    assert (code, Path(parent).parent, mode) == (7, memory, "0o755")
    assert list(memory.iterdir()) == []


def test_without_room_the_command_runs_where_it_would_anyway(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, (parent, _) = _said(tmp_path, tmp_path, NO_ROOM_MB)
    assert (code, parent) == (7, str(tmp_path))
    assert capfd.readouterr().out.startswith("temporary files lie on the disk")


def test_room_is_what_is_free_of_the_folder_and_of_the_memory(tmp_path: Path) -> None:
    told = tmp_path / "meminfo"
    told.write_text("MemTotal: 8192 kB\nMemAvailable:    2048 kB\n", encoding="utf-8")
    assert free_mb(tmp_path, told) == 2
    assert free_mb(tmp_path / "none", told) == 0
    assert free_mb(tmp_path, tmp_path / "none") == 0
