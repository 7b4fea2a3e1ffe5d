"""A snapshot shows what people agreed to when it was taken and agree to when it is read, opens what was sealed, and each look leaves a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from consented_counter import FORWARD, VALUES, Counter, counter, shown
from whole_node import AREA, Asker

from kaiteki.kit.views import expand_name
from kaiteki.model.instant import Instant
from kaiteki.model.sealed import ciphertext_of
from kaiteki.ports.keys import Tombstone

KIND: Final = "ReportContact"
SINCE: Final = {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z", "timeproperty": "modifiedAt"}
PAST: Final = "&".join(f"{name}={value}" for name, value in SINCE.items())


class Taken:
    """A snapshot of contacts and their past, as its owner reads it."""

    def __init__(self, town: Counter, asker: Asker, path: str, contact: str) -> None:
        self._town, self._asker, self._path, self.contact = town, asker, path, contact

    def by(self, asker: Asker) -> Taken:
        """The same snapshot, asked for by somebody else."""
        return Taken(self._town, asker, self._path, self.contact)

    async def ask(self, path: str, purpose: str = FORWARD) -> tuple[int, str, bytes]:
        """Status, count and body of one request within it."""
        headers = {**self._asker.headers, "ngsild-snapshot": self._path.rpartition("/")[2]}
        if purpose:
            headers["kaiteki-purpose"] = purpose
        reply = await self._town.node.ask("GET", f"/ngsi-ld/v1{path}", None, headers)
        return reply.status, reply.headers.get("ngsild-results-count", ""), reply.body

    async def bodies(self, purpose: str = FORWARD) -> list[bytes]:
        """What each way to read it answers: entity, list, their past."""
        paths = (
            f"/entities/{self.contact}",
            f"/entities?type={KIND}",
            f"/temporal/entities/{self.contact}?{PAST}",
            f"/temporal/entities?type={KIND}&{PAST}",
        )
        return [(await self.ask(path, purpose))[2] for path in paths]

    async def show(self, *items: str, purpose: str = FORWARD) -> None:
        """Every way to read shows the values of these items and no other; counts and conditions tell of no other."""
        for body in await self.bodies(purpose):
            assert shown(body.decode()) == {*items}, body
        for item, value in VALUES.items():
            there = "1" if item in items else "0"
            assert (await self.ask(f"/entities?type={KIND}&count=true&attrs={item}", purpose))[1] == there
            if item != "name":
                q = f"{item}==%22{value.lower()}%22" if item == "email" else item
                assert (await self.ask(f"/entities?type={KIND}&count=true&q={q}", purpose))[1] == there, q


async def taken(town: Counter, asker: Asker, purpose: str = FORWARD) -> Taken:
    """A snapshot of the one contact that there is, taken now."""
    kinds: list[dict[str, Any]] = [{"type": KIND}]
    document = {
        "type": "Snapshot",
        "snapshotQueries": [{"type": "Query", "entities": kinds}],
        "snapshotTemporalQueries": [{"type": "Query", "entities": kinds, "temporalQ": SINCE}],
    }
    stated = {"kaiteki_purpose": purpose} if purpose else {}
    made = await town.did(asker, "POST", "/ngsi-ld/v1/snapshots", document, **stated)
    own = json.loads((await town.did(town.person, "GET", f"/ngsi-ld/v1/entities?type={KIND}")).body)
    return Taken(town, asker, made.headers["location"], own[0]["id"])


async def test_what_was_agreed_to_is_shown_until_it_is_withdrawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter(tmp_path, monkeypatch) as town:
        await town.decide("give", "email")
        await town.report()
        snapshot = await taken(town, town.program)
        await snapshot.show("email")
        await snapshot.show(purpose="reports.repair")
        line = (await town.lines())[0]
        read = {name.rpartition("/")[2] for name in line.attributes}
        assert (line.by.purpose, read) == (FORWARD, {"email"})
        # what was not agreed to when it was taken is not in it
        await town.decide("give", "phone")
        await snapshot.show("email")
        await town.decide("withdraw", "email")
        before = len(await town.lines())
        await snapshot.show()
        assert len(await town.lines()) == before
        await town.decide("give", "email")
        await snapshot.show("email")


async def test_a_snapshot_opens_with_the_keys_of_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with counter(tmp_path, monkeypatch) as town:
        await town.decide("give", "email", "phone")
        await town.report()
        snapshot = await taken(town, town.program)
        keys = town.node.node.joined.opener.seals.keys
        keys.forget()
        await snapshot.show("email", "phone")
        rows = await town.node.node.joined.store.entities.load(AREA, [snapshot.contact])
        held = ciphertext_of(rows[snapshot.contact].entity().attributes[expand_name("email")])
        key = keys.with_id(held.key_id) if held is not None else None
        assert key is not None
        # an erased person's keys are gone, and with them what they sealed, wherever it was taken
        await keys.destroy([key.holder], Tombstone(Instant(1), "operator", "asked", 1))
        for body in await snapshot.bodies():
            assert shown(body.decode()) == set(), body


async def test_whose_data_they_are_sees_them_in_an_own_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with counter(tmp_path, monkeypatch) as town:
        await town.report()
        snapshot = await taken(town, town.person, "")
        await snapshot.show("email", "phone", "name", purpose="")
        assert not await town.node.node.joined.store.accesses.by(AREA, town.person.account)
        # the snapshot is nobody else's, whatever they may read
        other = await taken(town, town.program)
        assert (await snapshot.by(town.program).ask(f"/entities?type={KIND}"))[0] == 404
        assert (await other.ask(f"/entities?type={KIND}"))[0] == 200
