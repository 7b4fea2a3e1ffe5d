"""No operation of a node is forgotten by those who judge its answers."""

from __future__ import annotations

import re
from pathlib import Path

from contract import PARTS
from node_under_test import NodeUnderTest

FILES = "test_contract_"


def test_every_path_of_the_document_is_asked_for_by_one_file(node: NodeUnderTest) -> None:
    paths = node.ask("GET", "/openapi.json").json()["paths"]
    found = {path: [part for part, pattern in PARTS.items() if re.search(pattern, path)] for path in paths}
    assert [path for path, parts in found.items() if len(parts) != 1] == []
    files = {file.stem.removeprefix(FILES): file for file in Path(__file__).parent.glob(FILES + "*.py")}
    assert set(files) == set(PARTS)
    assert [
        name for name, file in files.items() if f'keep_the_contract("{name}"' not in file.read_text("utf-8")
    ] == []
