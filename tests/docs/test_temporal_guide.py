"""The guide of the history is true: its requests are sent in turn, and the answers are those that it shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from broker.town import StandingClock
from conformance.plane import DataPlane
from kaiteki.stores.sqlite import open_sqlite

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "temporal.md"
BLOCK = re.compile(r"^```(http|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def requests() -> Iterator[tuple[str, str]]:
    """Each request of the guide and the answer that follows it, empty where none is shown."""
    blocks = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    for index, (kind, text) in enumerate(blocks):
        if kind == "http":
            answer = blocks[index + 1] if index + 1 < len(blocks) else ("", "")
            yield text, answer[1] if answer[0] == "json" else ""


async def test_every_request_has_the_answer_that_is_shown(tmp_path: Path) -> None:
    clock = StandingClock()
    plane = DataPlane(open_sqlite(tmp_path, clock), clock)
    asked = list(requests())
    for text, shown in asked:
        head, _, body = text.partition("\n\n")
        method, _, target = head.strip().partition(" ")
        document = json.loads(body) if body.strip() else None
        reply = await plane.done(method, target.removeprefix("/ngsi-ld/v1"), document)
        assert not shown or reply.json() == json.loads(shown), target
    await plane.store.entities.close()
    assert len(asked) >= 8
