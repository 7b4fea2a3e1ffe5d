"""What an older Kaiteki kept in clear: read as it is by a node that seals it, sealed by it soon after its start, and then nowhere in clear."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from personal_city import PLANTED, PURPOSE, PersonalCity, personal_city
from whole_node import AREA, WholeNode

from kaiteki.main import background
from kaiteki.main.clock import SystemClock
from kaiteki.main.node import open_node
from kaiteki.main.sealing import SEALED_UP, open_sealed, seal_what_is_left
from kaiteki.main.settings import Settings
from kaiteki.main.stores import open_store
from kaiteki.main.trust_notes import plain_data
from kaiteki.model.entity import Entity
from kaiteki.ports.entities import By, Change, Decision
from waiting import LONG_S

MARKS = 10


async def opened_again(data: Path, city: PersonalCity) -> None:
    """Let the planted entities stand in clear, as they did before their types were sealed; and the mark is not there yet."""
    store, seals = await open_sealed(data, SystemClock(), "")
    rows = await store.entities.load(AREA, list(city.ids.values()))
    plain = {one.id: one for one in await seals.plained(AREA, [row.entity() for row in rows.values()])}
    for mark in await store.credentials.list(SEALED_UP, limit=MARKS):
        await store.credentials.remove(SEALED_UP, mark.value)
    await store.entities.close()

    def decide(found: Mapping[str, Entity]) -> Decision[None]:
        bare = [
            (one, msgspec.structs.replace(plain[one.id], version=one.version + 1)) for one in found.values()
        ]
        return Decision([Change(one, after) for one, after in bare], None)

    bare = await open_store(data, SystemClock())
    await bare.entities.change(AREA, list(plain), decide, By("older", "write"))
    told = await plain_data(bare)
    assert {line.split()[2] for line in told} == set(city.ids)
    await bare.entities.close()


def standing_in(data: Path) -> set[str]:
    """Which planted values stand in the files."""
    contents = b"".join(one.read_bytes() for one in sorted(data.rglob("*")) if one.is_file())
    return {value for value in PLANTED if value.encode() in contents}


async def test_what_stood_in_clear_is_read_and_sealed_by_the_next_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = asyncio.Event()

    async def sealing(*given: Any) -> tuple[int, int]:
        done = await seal_what_is_left(*given)
        sealed.set()
        return done

    data = tmp_path / "data"
    async with personal_city(data) as city:
        pass
    assert standing_in(data) == set()
    await opened_again(data, city)
    assert standing_in(data) == PLANTED.keys()
    monkeypatch.setattr(background, "seal_what_is_left", sealing)
    async with open_node(Settings(data=data, cities=(AREA,))) as node:
        joined = node.joined
        reader = WholeNode(node)
        agreed = await joined.engine.consents.in_force(AREA, [city.holder.known["trust"]], PURPOSE)
        assert agreed == {city.holder.known["trust"]: frozenset({"ReportContact.name"})}
        page = await reader.ask("GET", f"/{AREA}/my/data", None, city.holder.headers)
        assert page.status == 200 and b"ueki-no-negai" in page.body
        await asyncio.wait_for(sealed.wait(), LONG_S)
        assert await joined.store.credentials.list(SEALED_UP)
        page = await reader.ask("GET", f"/{AREA}/my/data", None, city.holder.headers)
        assert page.status == 200 and b"ueki-no-negai" in page.body
    bare = await open_store(data, SystemClock())
    assert await plain_data(bare) == []
    await bare.entities.close()
    assert standing_in(data) == set()
