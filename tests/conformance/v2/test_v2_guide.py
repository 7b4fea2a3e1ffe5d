"""The guide to the data plane is true: each request in it is answered as it says, with what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

from node_under_test import Answer, NodeUnderTest

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "data-plane.md"
BLOCK = re.compile(r"^```(http \d+|json answer)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_guide_is_true(open_node: NodeUnderTest) -> None:
    asked = answered = 0
    answer: Answer | None = None
    for kind, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        if kind.startswith("http"):
            line, _, body = text.partition("\n")
            method, target = line.split(" ", 1)
            document = json.loads(body) if body.strip() else None
            answer = open_node.ask(method, quote(target, safe="/?&=:;,"), document)
            assert answer.status == int(kind.split()[1]), f"{line}: {answer.body!r}"
            asked += 1
        else:
            assert answer is not None and answer.json() == json.loads(text)
            answered += 1
    assert (asked, answered) >= (10, 6)
