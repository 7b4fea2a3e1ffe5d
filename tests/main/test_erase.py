"""An erasure that is stopped anywhere goes on, and leaves the ids of a person in no present and no past."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image
from planting import AREA, Planted

from kaiteki.broker.lasting import LastingEntities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.erasing import Erasing, Order, Registers
from kaiteki.kit.erasures import Erased
from kaiteki.kit.identity import Mandate
from kaiteki.kit.pages import Upload
from kaiteki.kit.views import expand_name, read
from kaiteki.main.clock import SystemClock
from kaiteki.main.node import open_node
from kaiteki.main.parts import SERVICES, Joined
from kaiteki.main.sealing import open_sealed
from kaiteki.main.settings import Settings
from kaiteki.model.access import ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.decision import Accepted
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query, TypeIs
from kaiteki.model.watch.subscription import Endpoint, Subscription, Telling
from kaiteki.ports.accounts import Account, Session
from kaiteki.ports.credentials import Credential
from kaiteki.ports.entities import Entities
from kaiteki.ports.subscriptions import KeptSubscription
from kaiteki.services.reports.model import Report
from postgres_server import emptied, running_server
from waiting import LONG_S

HANAKO = Person("acc-hanako", "花子", frozenset({ANYONE, RESIDENT}))
TARO = Person("acc-taro", "太郎", frozenset({ANYONE, RESIDENT}))
DESK = Person("acc-desk", "窓口", frozenset({ANYONE, STAFF}), frozenset({"*"}))
REPORTS = 2
SEALED = ("login", "name", "contact", "mail", "phone", "draft")


def picture(comment: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (len(comment), 90, 200)).save(out, "JPEG", comment=comment.encode())
    return out.getvalue()


async def report(joined: Joined, person: Person, plant: Planted) -> str:
    city = joined.cities.of(Asking(AREA, person))
    digest = await city.keep_photo(Upload("a.jpg", "image/jpeg", picture(plant("photo"))))
    assert isinstance(digest, str)
    form: dict[str, Any] = {
        "category": joined.engine.settings(joined.engine.services["reports"], AREA).categories[0].code,
        "description": " ".join([*(plant("description") for _ in range(20)), "おちて います"]),
        "address": plant("address"),
        "photos": [{"digest": digest}],
        "contact_name": plant("contact"),
        "contact_email": f"{plant('mail')}@example.org",
        "contact_phone": plant("phone"),
    }
    said = await city.run("reports.submit", form)
    assert isinstance(said, Accepted), said
    shown = await joined.cities.darkroom.show(AREA, digest, 20.0)
    assert shown is not None and shown.state == "ready"
    return str(said.answer["id"])


async def live(joined: Joined, plant: Planted) -> list[str]:
    """A person lives in the town: an account, reports, a draft, letters, a subscription, credentials."""
    store = joined.store
    await store.accounts.put(Account(HANAKO.account_id, plant("login"), plant("name"), "$argon2id$"))
    await store.accounts.put(Account(TARO.account_id, "taro", "太郎", "$argon2id$"))
    await store.accounts.open(Session("a" * 64, HANAKO.account_id, Instant(1), Instant(2**60)))
    await store.credentials.put(
        Credential("totp", plant("totp"), HANAKO.account_id, plant("secret").encode())
    )
    telling = Telling(Endpoint("https://example.org/n", receiver_info=(("x-own", plant("receiver")),)))
    kept = Subscription("urn:ngsi-ld:Subscription:own", telling, description=plant("subscription"))
    await store.subscriptions.put(KeptSubscription(AREA, HANAKO.account_id, kept))
    ids = [await report(joined, HANAKO, plant) for _ in range(REPORTS)]
    await joined.cities.of(Asking(AREA, HANAKO)).run(
        "reports.save_draft", {"draft": {"description": plant("draft")}}
    )
    return ids


def found_in(folder: Path, words: list[str]) -> dict[str, list[str]]:
    """In which files of a folder which of the words stand."""
    found: dict[str, list[str]] = {}
    for file in folder.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        here = [word for word in words if word.encode() in content]
        if here:
            found[str(file.relative_to(folder))] = here
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "town"


def settings(data: Path, store: str = "") -> Settings:
    return Settings(data=data, cities=(AREA,), store=store)


async def lived(data: Path, store: str = "") -> tuple[Planted, Planted, list[str], str]:
    """A town that has stopped, what was planted by hanako and by taro, their reports."""
    own, others = Planted("canarybird"), Planted("bullfinch")
    async with open_node(settings(data, store)) as node:
        ids = await live(node.joined, own)
        other = await report(node.joined, TARO, others)
        assert isinstance(
            await node.joined.cities.of(Asking(AREA, HANAKO)).run("reports.follow", {"id": other}), Accepted
        )
    return own, others, ids, other


async def test_the_ids_of_who_is_erased_stand_in_no_present_and_no_past(data: Path) -> None:
    """Own reports, followed and confirmed ones, a consent given for another one; whoever acts for them is signed out."""
    clock = SystemClock()
    _, _, ids, other = await lived(data)
    for stop_after in (*range(2, 60, 7), 10_000):
        town = data.parent / str(stop_after)
        shutil.copytree(data, town)
        store, seals = await open_sealed(town, clock, "")
        accounts = store.accounts
        mandate = Mandate(
            "m-1",
            HANAKO.account_id,
            "entrusted",
            ("reports.*",),
            Instant(1),
            Instant(2**60),
            TARO.account_id,
            TARO.account_id,
        )
        body = msgspec.json.encode(mandate)
        await store.credentials.put(Credential("mandate", "m-1", HANAKO.account_id, body))
        for name, acting_for in (("b", HANAKO.account_id), ("c", "")):
            session = Session(name * 64, TARO.account_id, Instant(1), Instant(2**60), acting_for=acting_for)
            await accounts.open(session)
        dying = Dying(store.entities, stop_after)
        registers = Registers(accounts, store.credentials, store.subscriptions, store.files, store.received)
        order = Order("operator", "test", clock.now())
        try:
            with suppress(Stopped):
                await Erasing(Engine(dying, clock, SERVICES), seals, registers).erase(
                    [HANAKO.account_id], order
                )
            again = Erasing(Engine(store.entities, clock, SERVICES), seals, registers)
            await again.resume()
            assert [one.token_hash for one in await accounts.sessions(TARO.account_id, clock.now())] == [
                "c" * 64
            ]
            for entity_id in (*ids, other):
                row = (await store.entities.load(AREA, [entity_id]))[entity_id]
                past = await store.history.past(AREA, entity_id)
                assert past and HANAKO.account_id.encode() not in msgspec.json.encode(row.entity())
                assert HANAKO.account_id not in str(past), (stop_after, entity_id)
            left = read(Report, (await store.entities.load(AREA, [other]))[other].entity())
            assert (left.followers, left.follower_count) == ((TARO.account_id,), 1)
        finally:
            await store.entities.close()


class Stopped(Exception):
    """A process that was killed."""


class Dying(LastingEntities):
    """Entities of a process that is killed after so many changes."""

    def __init__(self, entities: Entities, left: int) -> None:
        super().__init__(entities, SystemClock(), lambda failure: None)
        self._left = left

    def change(self, *said: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise Stopped
        return super().change(*said)


async def test_an_erasure_that_is_stopped_anywhere_goes_on(data: Path) -> None:
    own, _, _, _ = await lived(data)
    clock = SystemClock()
    for stop_after in (1, 3, 7, 20, 60, 10_000):
        store, seals = await open_sealed(data, clock, "")
        engine = Engine(Dying(store.entities, stop_after), clock, SERVICES)
        registers = Registers(
            store.accounts, store.credentials, store.subscriptions, store.files, store.received
        )
        erasing = Erasing(engine, seals, registers)
        try:
            done = await erasing.erase([HANAKO.account_id], Order("operator", "test", clock.now()))
            assert isinstance(done, Erased) and stop_after == 10_000
        except Stopped:
            found = await store.entities.find(AREA, Query(types=TypeIs(expand_name("Erasure"))))
            assert len(found.rows) == 1
        finally:
            await store.entities.close()
    assert found_in(data, list(own.words)) == {}


async def erased(data: Path, url: str) -> Erased:
    clock = SystemClock()
    store, seals = await open_sealed(data, clock, url)
    try:
        engine = Engine(store.entities, clock, SERVICES)
        registers = Registers(
            store.accounts, store.credentials, store.subscriptions, store.files, store.received
        )
        order = Order("operator", "test", clock.now())
        return await Erasing(engine, seals, registers).erase([HANAKO.account_id], order)
    finally:
        await store.entities.close()


def test_a_database_has_nothing_of_it_either(data: Path) -> None:
    data.mkdir()
    server = running_server()
    url = asyncio.run(emptied(server))
    own, others, _, _ = asyncio.run(lived(data, url))
    sealed = [one for one, way in own.words.items() if way in SEALED]
    server.ask("CHECKPOINT")
    # files of tables and the write-ahead log of the server: what is sealed was never written in clear
    assert sealed and found_in(server.folder / "data", sealed) == {}
    done = asyncio.run(erased(data, url))
    assert (done.emptied, done.keys) == (REPORTS + 1, 1) and done.gone > REPORTS
    dump = subprocess.run(
        [server.bin / "pg_dump", "--data-only", url], capture_output=True, check=True, timeout=LONG_S
    ).stdout
    # (bytes stand in a dump as hexadecimal digits)
    in_dump = [one for one in own.words if one.encode() in dump or one.encode().hex().encode() in dump]
    assert in_dump == []
    assert any(one.encode().hex().encode() in dump for one in others.words)
    assert found_in(data, list(own.words)) == {}
