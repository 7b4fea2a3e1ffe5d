"""Tiles as the libraries of Mapbox read them (npm @mapbox/vector-tile)."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from node_program import node_program
from waiting import LONG_S

FOLDER: Final = Path(__file__).with_name("tile_readers")
needs_reader = pytest.mark.skipif(
    not node_program() or not (FOLDER / "node_modules" / "@mapbox" / "vector-tile").is_dir(),
    reason="@mapbox/vector-tile is not installed (make test installs it with npm)",
)


def run_reader(script: str, given: bytes) -> Any:
    """What a script of the folder says of what it is given."""
    done = subprocess.run(
        [node_program(), str(FOLDER / script)], input=given, capture_output=True, timeout=LONG_S, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return json.loads(done.stdout)


def read_tiles(tiles: Sequence[bytes]) -> list[dict[str, Any]]:
    """The layers of each tile: {name: {version, extent, features: [{type, properties, geometry, rings}]}}."""
    given = json.dumps([base64.b64encode(one).decode() for one in tiles]).encode()
    return list(run_reader("read_tiles.js", given))
