"""No personal read without a line of the log, where nobody asks by an address: tools of assistants, commands, notifications, exports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from personal_city import PLANTED, PURPOSE, REPORT, PersonalCity, personal_city, unlimited
from whole_node import AREA, HOST

from kaiteki.kit.views import expand_name
from kaiteki.main import node as nodes
from kaiteki.main.clock import SystemClock
from kaiteki.main.export_command import Form, export
from kaiteki.main.parts import SERVICES
from kaiteki.main.stores import open_store
from kaiteki.model.entity import Entity, Instance
from kaiteki.ports.entities import By, Change, Decision, Entities
from waiting import LONG_S

RECEIVER: Final = "127.0.0.1"
MCP: Final = {"accept": "application/json, text/event-stream", "host": HOST}
CARRIES: Final = ("kit:deliveries", "kit:sent")
"""What brings messages to those whose they are, while commands are asked: nobody reads there, and nobody is named."""
COMMANDS_MIN: Final = 10
"""Commands, of all, that must have come as far as to load what is personal."""


async def test_tools_and_commands_leave_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in unlimited().items():
        monkeypatch.setenv(name, value)
    async with personal_city(tmp_path / "data") as city:
        await _tools(city)
        await _commands(city, monkeypatch)


async def _tools(city: PersonalCity) -> None:
    """Every tool that reads entities, by a program and by nobody."""
    told: set[str] = set()
    for kind, entity_id in city.ids.items():
        names = [attribute for one, attribute in PLANTED.values() if one == kind]
        asked: Mapping[str, Mapping[str, Any]] = {
            "query_entities": {"type": kind},
            "get_entity": {"id": entity_id},
            "history": {"id": entity_id, "attributes": names},
            "explain_query": {"type": kind},
            "describe_type": {"type": kind},
            "aggregate": {"id": entity_id, "attribute": names[0], "methods": ["max", "totalCount"]},
        }
        for tool, arguments in asked.items():
            call = {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": tool, "arguments": arguments},
            }
            for asker in (city.program, city.neighbour):
                one = msgspec.structs.replace(asker, headers={**asker.headers, **MCP})
                reply, values = await city.ask(one, "POST", "/mcp", call)
                assert reply.status == 200, (tool, reply)
                assert asker is city.program or not values
                told |= values
    assert told == PLANTED.keys()


class _Watched:
    """Entities that remember what decisions were given to see."""

    def __init__(self, entities: Entities) -> None:
        self._entities = entities
        self.seen: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entities, name)

    async def change(
        self,
        area: str,
        ids: Sequence[str],
        decide: Callable[[Any], Decision[Any]],
        by: By,
        once: str | None = None,
    ) -> Any:
        """As ports.entities."""

        def watched(found: Mapping[str, Any]) -> Decision[Any]:
            if by.action not in CARRIES:
                self.seen |= found.keys()
            return decide(found)

        return await self._entities.change(area, ids, watched, by, once)


def _filled(form: type[msgspec.Struct], entity_id: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """A form whose fields that must be there are there, and that names an entity wherever it names one, but for what is `known`."""
    made: dict[str, Any] = {}
    told = msgspec.inspect.type_info(form)
    assert isinstance(told, msgspec.inspect.StructType)
    for one in told.fields:
        kind = one.type
        if one.name in known:
            made[one.name] = known[one.name]
        elif one.required or one.name == "id":
            if isinstance(kind, msgspec.inspect.LiteralType):
                made[one.name] = kind.values[0]
            elif isinstance(kind, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
                made[one.name] = [entity_id]
            elif isinstance(kind, msgspec.inspect.BoolType):
                made[one.name] = True
            elif isinstance(kind, msgspec.inspect.IntType | msgspec.inspect.FloatType):
                made[one.name] = 1
            elif isinstance(kind, msgspec.inspect.StrType):
                made[one.name] = entity_id
            else:
                made[one.name] = "2026-12-01T00:00:00Z"
    return made


async def _commands(city: PersonalCity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of every service, upon each planted entity: what its rule was given to see stands in the log, refused or not."""
    engine = city.node.node.joined.engine
    entities, reached = engine.entities, set[str]()
    kinds = {entity_id: kind for kind, entity_id in city.ids.items()}
    known = {"holder": city.holder.account, "purpose": PURPOSE, "items": ["ReportContact.name"]}
    for service in SERVICES:
        for command in service.commands:
            for entity_id in kinds:
                watched = _Watched(entities)
                monkeypatch.setattr(engine, "entities", watched)
                before = await city.last(city.head.account)
                address = f"/{AREA}/services/{service.name}/{command.name}"
                await city.ask(city.head, "POST", address, _filled(command.form, entity_id, known))
                lines = [one.access for one in await city.lines(city.head.account) if one.number > before]
                for found in watched.seen & kinds.keys():
                    reached.add(command.name)
                    assert any(
                        found in one.entities and one.by.action == f"{service.name}.{command.name}"
                        for one in lines
                    ), (address, found, lines)
    assert len(reached) >= COMMANDS_MIN and "record" in reached, reached


async def test_what_a_stranger_is_told_nothing_of_nobody_has_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command upon each planted entity of somebody else: no line says that the town hall, or anybody, read it."""
    for name, value in unlimited().items():
        monkeypatch.setenv(name, value)
    async with personal_city(tmp_path / "data") as city:
        refused = 0
        known = {"purpose": PURPOSE, "items": ["ReportContact.name"]}
        before = await city.told_lines()
        for service in SERVICES:
            for command in service.commands:
                for entity_id in city.ids.values():
                    form = _filled(command.form, entity_id, known)
                    address = f"/{AREA}/services/{service.name}/{command.name}"
                    for asker in (city.neighbour, None):
                        headers = asker.headers if asker is not None else {}
                        reply = await city.node.ask("POST", address, form, headers)
                        assert reply.status < 500, (address, reply)
                        refused += reply.status >= 400
        assert refused > COMMANDS_MIN
        assert await city.told_lines() == before


@asynccontextmanager
async def _receiver() -> AsyncIterator[tuple[str, asyncio.Queue[bytes]]]:
    """The address of somebody who is told, and what arrives."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line
        )
        heard.put_nowait(await reader.readexactly(size))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(hear, RECEIVER, 0)
    async with server:
        yield f"http://{RECEIVER}:{server.sockets[0].getsockname()[1]}/", heard


async def test_a_notification_leaves_a_line_before_it_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "receivers_of", lambda areas, _open: {AREA: frozenset({RECEIVER})})
    async with personal_city(tmp_path / "data") as city, _receiver() as (address, heard):
        ld = {
            "type": "Subscription",
            "entities": [{"type": "ReportContact"}],
            "notification": {"endpoint": {"uri": address, "accept": "application/json"}},
        }
        v2 = {
            "subject": {"entities": [{"idPattern": ".*", "type": "ReportContact"}]},
            "notification": {"http": {"url": address}},
        }
        for where, wanted, asker in (
            ("/ngsi-ld/v1/subscriptions", ld, city.program),
            ("/v2/subscriptions", v2, city.head),
        ):
            made, _ = await city.ask(asker, "POST", where, wanted)
            assert made.status == 201, made
        before = {one: await city.last(one) for one in (city.program.account, city.head.account)}
        sent = await city.node.ask("POST", f"/{AREA}/services/reports/submit", REPORT, city.holder.headers)
        assert sent.status == 200
        for _ in range(2):
            body = await asyncio.wait_for(heard.get(), LONG_S)
            told = city.told(body, "notification")
            assert len(told) == 3, body
            actor = city.program.account if b'"notifiedAt"' in body else city.head.account
            await city.hold(actor, before.pop(actor), told, ("notification", ""))
            assert (await city.lines(actor))[0].access.by.action == "notify"


def _touched(found: Mapping[str, Entity]) -> Decision[None]:
    """Planted entities with one more attribute, so that whoever subscribed to them is told."""
    mark = {expand_name("touched"): (Instance("Property", "x"),)}
    after = {
        name: msgspec.structs.replace(one, attributes={**one.attributes, **mark}, version=one.version + 1)
        for name, one in found.items()
    }
    return Decision([Change(one, after[name]) for name, one in found.items()], None)


async def test_notifications_of_every_sealed_attribute_leave_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "receivers_of", lambda areas, _open: {AREA: frozenset({RECEIVER})})
    async with personal_city(tmp_path / "data") as city, _receiver() as (address, heard):
        ld = {
            "type": "Subscription",
            "entities": [{"type": kind} for kind in city.ids],
            "notification": {"endpoint": {"uri": address, "accept": "application/json"}},
        }
        v2 = {
            "subject": {"entities": [{"idPattern": ".*", "type": kind} for kind in city.ids]},
            "notification": {"http": {"url": address}},
        }
        for where, wanted, asker in (
            ("/ngsi-ld/v1/subscriptions", ld, city.program),
            ("/v2/subscriptions", v2, city.head),
        ):
            made, _ = await city.ask(asker, "POST", where, wanted)
            assert made.status == 201, made
        before = {one: await city.last(one) for one in (city.program.account, city.head.account)}
        told: dict[str, set[str]] = {one: set() for one in before}
        for entity_id in city.ids.values():
            entities = city.node.node.joined.engine.entities
            await entities.change(AREA, [entity_id], _touched, By("test", "touch"))
        while any(seen != PLANTED.keys() for seen in told.values()):
            body = await asyncio.wait_for(heard.get(), LONG_S)
            actor = city.program.account if b'"notifiedAt"' in body else city.head.account
            values = city.told(body, "notification")
            assert values, body
            await city.hold(actor, before[actor], values, ("notification", ""))
            told[actor] |= values


async def test_snapshots_leave_a_line_at_each_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in unlimited().items():
        monkeypatch.setenv(name, value)
    since = {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z", "timeproperty": "modifiedAt"}
    past = "&".join(f"{name}={value}" for name, value in since.items())
    async with personal_city(tmp_path / "data") as city:
        queries = [{"type": "Query", "entities": [{"type": kind}]} for kind in city.ids]
        document = {
            "type": "Snapshot",
            "snapshotQueries": queries,
            "snapshotTemporalQueries": [{**one, "temporalQ": since} for one in queries],
        }
        for asker in (city.program, city.head):
            made = await city.node.ask("POST", "/ngsi-ld/v1/snapshots", document, asker.headers)
            assert made.status == 201, made
            named = {"ngsild-snapshot": made.headers["location"].rpartition("/")[2]}
            own = msgspec.structs.replace(asker, headers={**asker.headers, **named})
            other = msgspec.structs.replace(city.neighbour, headers={**city.neighbour.headers, **named})
            told: dict[str, set[str]] = {"": set(), "temporal/": set()}
            for kind, entity_id in city.ids.items():
                for part, more in (("", ""), ("temporal/", past)):
                    for address in (f"entities/{entity_id}?{more}", f"entities?type={kind}&{more}"):
                        where = f"/ngsi-ld/v1/{part}{address.rstrip('?&')}"
                        told[part] |= (await city.ask(own, "GET", where))[1]
                        reply, values = await city.ask(other, "GET", where)
                        assert reply.status == 404 and not values, where
            assert told[""] == told["temporal/"] == PLANTED.keys(), (asker.account, told)


@pytest.mark.parametrize("form", [Form.NDJSON, Form.CSV])
def test_an_export_leaves_a_line(tmp_path: Path, form: Form) -> None:
    data, target = tmp_path / "data", tmp_path / "out"

    async def plant() -> PersonalCity:
        async with personal_city(data) as city:
            return city

    city = asyncio.run(plant())
    kinds = ["ReportContact"] if form is Form.CSV else sorted(city.ids)
    export(target, AREA, kinds, form, False, data)
    told = city.told(target.read_bytes(), "export")
    assert told == {value for value, (kind, _) in PLANTED.items() if kind in kinds}
    lines = asyncio.run(_lines_of_operator(data))
    for value in told:
        kind, attribute = PLANTED[value]
        assert any(
            line.type.endswith(f"/{kind}") and any(one.endswith(f"/{attribute}") for one in line.attributes)
            for line in lines
        ), (value, lines)
    target.unlink()
    export(target, AREA, kinds, form, True, data)
    assert not city.told(target.read_bytes(), "public export")


async def _lines_of_operator(data: Path) -> list[Any]:
    store = await open_store(data, SystemClock())
    try:
        return [one.access for one in await store.accesses.by(AREA, "operator")]
    finally:
        await store.entities.close()
