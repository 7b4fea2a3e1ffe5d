"""History keeps what was hidden later, so few modules read it, and what they show to people goes through one filter."""

from __future__ import annotations

import re
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src" / "kaiteki"
READS = re.compile(r"history\s*\.(past|names|add_up)\(")
FOR_THE_NODE_ITSELF = {
    "kit/reactions.py",
    "broker/retelling.py",
    "broker/opening.py",
    "broker/sealing_up.py",
    "main/withholding.py",
}
"""They hand the past to rules, or ask who may write it, or stand around the port, or look what is to be erased, and show it to nobody."""
GATES = ("open_past(", "readable_past(", "see_past(", "visible_past(")
"""The filters of what is past, each of which ends in model.visibility.readable_past."""


def test_whoever_reads_history_filters_it_by_who_asks() -> None:
    readers = {
        str(file.relative_to(SOURCES)): file.read_text(encoding="utf-8")
        for file in SOURCES.rglob("*.py")
        if "stores" not in file.parts and READS.search(file.read_text(encoding="utf-8"))
    }
    assert {"kit/backoffice/desk.py", "broker/witness.py"} <= set(readers)
    unfiltered = [
        name
        for name, text in readers.items()
        if name not in FOR_THE_NODE_ITSELF and not any(gate in text for gate in GATES)
    ]
    assert unfiltered == []
