"""The guide to subscriptions is true: each request in it is answered as it says, and what it says arrives."""

from __future__ import annotations

import json
import re
from pathlib import Path

from conformance.listening import listening
from node_under_test import NodeUnderTest

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "subscriptions.md"
REQUEST = re.compile(r"^```http (\d+)\n(\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ARRIVES = re.compile(r"^```json arrives\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_guide_is_true(open_node: NodeUnderTest) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    requests = REQUEST.findall(text)
    assert len(requests) >= 8
    with listening() as ear:
        for status, method, path, body in requests:
            document = json.loads(body.replace("http://127.0.0.1:9000", ear.uri)) if body.strip() else None
            answer = open_node.ask(method, path, document)
            assert answer.status == int(status), f"{method} {path}: {answer.body!r}"
        (expected,) = (json.loads(one) for one in ARRIVES.findall(text))
        told = ear.first()
        assert {name: told[name] for name in expected} == expected
