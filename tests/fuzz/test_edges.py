"""Whatever arrives at the edges of a node, or stands in files and documents that it reads: no crash, no hang, no failure of ours.

Bounded and the same each time; `KAITEKI_FUZZ_INPUTS=5000 pytest tests/fuzz` looks longer, `KAITEKI_FUZZ_SEED` elsewhere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Final

import pytest
from personal_city import unlimited
from whole_node import whole_node

from fuzz.asking import Asked, broken
from fuzz.edges import EDGES, send
from fuzz.mutating import mutate, mutate_json
from fuzz.patience import impatient
from fuzz.texts import TEXTS, read

INPUTS: Final = int(os.environ.get("KAITEKI_FUZZ_INPUTS", "20"))
SEED: Final = os.environ.get("KAITEKI_FUZZ_SEED", "0")


FOUND_REQUESTS: Final = (
    Asked("GET", "/demo/none", b"q=\xe9"),
    Asked("GET", "/demo/data", b"q=\xff&kind=\x96"),
)
"""What once was answered with 500: letters that are not ASCII, as they are, in the query of a page."""


async def test_the_edges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in unlimited().items():
        monkeypatch.setenv(name, value)
    failed: dict[str, tuple[int, bytes, bytes]] = {}
    async with whole_node(tmp_path / "data") as node:
        for asked in FOUND_REQUESTS:
            status, body = await send(node, asked)
            assert status < 500, (asked, body)
        for name, kind in EDGES.items():
            random = Random(f"{name}{SEED}")
            for seed in kind.seeds:
                await send(node, kind.into(seed))
            for _ in range(INPUTS):
                text, asked = broken(kind, random)
                with impatient():
                    status, body = await send(node, asked)
                if status >= 500:
                    failed[name] = (status, text, body[:300])
    assert failed == {}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAITEKI_CITIES", str(tmp_path))
    kind, random = TEXTS[name], Random(f"{name}{SEED}")
    taken = [read(kind, seed, tmp_path) for seed in kind.seeds]
    assert any(taken) or name in ("city.toml", "reports.toml"), taken
    for _ in range(INPUTS):
        if kind.seeds[0][:1] == b"{" and random.random() < 0.8:
            text = json.dumps(mutate_json(json.loads(random.choice(kind.seeds)), random)).encode()
        else:
            text = mutate(kind.seeds, kind.words, random)
        with impatient():
            read(kind, text, tmp_path)


FOUND: Final[Mapping[str, tuple[str, bytes]]] = {
    "an origin that is no address": ("origin", b"http://[town.example"),
    "a key on a curve that there is not": ("keys", b'{"keys":[{"kty":"OKP","crv":"sig","x":"AA"}]}'),
}
"""What once raised something else than a refusal, by the reader and the text."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_stays_mended(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAITEKI_CITIES", str(tmp_path))
    kind, text = FOUND[name]
    read(TEXTS[kind], text, tmp_path)
