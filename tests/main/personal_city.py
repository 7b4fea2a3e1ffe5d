"""A city in which somebody's personal data are planted, and the law that each read of them leaves a line: by whom, for what, of which attributes."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import msgspec
from personal_points import planted_points
from whole_node import AREA, Asker, Reply, WholeNode, mandated, whole_node

from kaiteki.api.limits import Sizes
from kaiteki.kit.channels.kept import ContactPoint, MessageDelivery, contact_id
from kaiteki.kit.consents import consent_id
from kaiteki.kit.engine import KIT, Asking
from kaiteki.kit.views import Slot, expand_name, read, slots, write
from kaiteki.main.limits import PREFIX
from kaiteki.main.parts import SERVICES
from kaiteki.model.decision import Message
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant, day_in_japan, format_instant, parse_instant
from kaiteki.model.sealed import SEALED, UNSOUGHT, ciphertext_of
from kaiteki.model.values import plain
from kaiteki.model.words import Words
from kaiteki.ports.accesses import Kept
from kaiteki.ports.entities import By, Change, Decision

BY_WAYS: Final[Mapping[str, tuple[str, str]]] = {
    "ueki-no-namae": ("ReportContact", "name"),
    "ueki@planted.example": ("ReportContact", "email"),
    "0430000042": ("ReportContact", "phone"),
    "ueki-no-kakikake": ("ReportBook", "draft"),
    "ueki-no-negai": ("DataRequest", "what"),
    "ueki-no-shimei": ("DataRequest", "name"),
    "ueki-no-juusho": ("DataRequest", "address"),
    "ueki-no-kenmei": ("Message", "heading"),
    "ueki-no-tegami": ("Message", "body"),
    "ueki-no-gamen": ("Message", "glance"),
    "ueki-no-kagi": ("ReportBook", "sent"),
    "ueki-no-enchou": ("DataRequest", "log"),
    "ueki-no-shomen": ("Consent", "events"),
    "ueki-no-dantai": ("DataSetAsker", "name"),
    "ueki@youbou.example": ("DataSetAsker", "email"),
    "ueki-no-youbou": ("DataSetAsker", "words"),
}
"""What the ways of the city plant: each personal value, as nothing else holds it, with the type and the attribute that hold it."""


def _sealed() -> tuple[tuple[str, Slot], ...]:
    """Every attribute that a manifest seals, with its type."""
    declared = [one for service in (*SERVICES, KIT) for one in service.types]
    return tuple((one.name, slot) for one in declared for slot in slots(one.view) if slot.field in one.sealed)


def _value_of(kind: str, slot: Slot, number: int) -> str:
    """A text or a moment, as nothing else holds it."""
    if plain(slot.hint) is Instant:
        return format_instant(Instant(2_222_222_222_222_000 + number * 1_111_111_111_000))
    return f"ueki-no-{kind}-{slot.short}".lower()


STRAIGHT: Final[Mapping[str, tuple[str, str]]] = {
    _value_of(kind, slot, number): (kind, slot.short)
    for number, (kind, slot) in enumerate(_sealed())
    if (kind, slot.short) not in BY_WAYS.values()
}
"""What is written into the store beside them: all other sealed attributes that there are, so none can be forgotten here."""
PLANTED: Final = {**BY_WAYS, **STRAIGHT}
"""Each personal value, with the type and the attribute that hold it: one at least for every sealed attribute of every manifest."""
PURPOSE: Final = "reports.forward"
TOKEN: Final = re.compile(r'name="csrf" value="([0-9a-f]+)"')
LINES_MAX: Final = 100
"""Lines of one actor that one request may leave."""
REPORT: Final = {
    "category": "light",
    "description": "街灯が消えています。",
    "latitude": 35.35,
    "longitude": 141.05,
    "address": "見本市 1丁目",
    "contact_name": "ueki-no-namae",
    "contact_email": "ueki@planted.example",
    "contact_phone": "0430000042",
    "draft": "ueki-no-kagi",
}
REQUEST: Final = {
    "kind": "disclose",
    "what": "ueki-no-negai",
    "name": "ueki-no-shimei",
    "address": "ueki-no-juusho",
}


POINT: Final = "BI5TO2-gv3tGJbswZnwB-2B--fi4qA_vWzAGKHAxh7Kjc-sdveAzGDZtBp-DpvWQAFPHNjPLBBshxV4ahsH0ALQ"
"""A public key of P-256, as a browser says it."""
KEPT_OF_CHANNELS: Final = ("PushSubscription", "ContactPoint", "MessagePreference", "MessageDelivery")
CHOSEN: Final = (
    (
        "wish",
        {"no_push": ["kit", "reports", "trust", "opendata"], "quiet_from": "21:00", "quiet_to": "07:00"},
    ),
    (
        "subscribe_push",
        {"endpoint": "https://push.example/ueki", "p256dh": POINT, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
    ),
)
"""How messages are to come: what these commands keep."""
WISH: Final = {
    "title": "ueki-no-youbou",
    "purpose": "mainichi no shigoto",
    "name": "ueki-no-dantai",
    "email": "ueki@youbou.example",
}

NUMBER: Final = {"office": "hall", "matter": "papers"}


class PersonalCity(NamedTuple):
    """A node with planted data of `holder`, and who asks it."""

    node: WholeNode
    number: str
    ids: Mapping[str, str]
    """The planted entities by type."""
    ciphers: tuple[bytes, ...]
    """What stands in the store in the place of what is planted."""
    holder: Asker
    neighbour: Asker
    head: Asker
    program: Asker
    helper: Asker
    """Who acts in the name of the holder: the account that asks is the holder's."""

    async def lines(self, actor: str) -> list[Kept]:
        """The newest reads of an actor, newest first."""
        accesses = self.node.node.joined.store.accesses
        return list(await accesses.by(AREA, actor, limit=LINES_MAX))

    async def told_lines(self) -> list[Kept]:
        """The newest reads of which the holder is told."""
        accesses = self.node.node.joined.store.accesses
        return list(await accesses.of(AREA, sorted(self.holder.ids), limit=LINES_MAX))

    async def last(self, actor: str) -> int:
        """The number of the newest read of an actor, 0 before the first."""
        found = await self.node.node.joined.store.accesses.by(AREA, actor, limit=1)
        return found[0].number if found else 0

    async def ask(
        self, asker: Asker, method: str, address: str, document: Any = None, purpose: str = ""
    ) -> tuple[Reply, frozenset[str]]:
        """One request, held to the law; the answer, and which planted values are in it."""
        headers = {**asker.headers, "kaiteki-purpose": purpose} if purpose else asker.headers
        answering = self.node.ask(method, address, document, headers)
        return await self._held(asker, (address, purpose), answering)

    async def post(
        self, asker: Asker, address: str, fields: Mapping[str, str]
    ) -> tuple[Reply, frozenset[str]]:
        """One form of a page, with the token of the forms of that browser; held to the law as well."""
        page = await self.node.ask("GET", f"/{AREA}/sign-in", None, asker.headers)
        token = TOKEN.search(page.body.decode())
        assert token is not None, page
        body = urlencode({"csrf": token[1], **fields}).encode()
        sent = {**asker.headers, "content-type": "application/x-www-form-urlencoded"}
        return await self._held(asker, (address, ""), self.node.send("POST", address, body, sent))

    async def _held(
        self, asker: Asker, where: tuple[str, str], answering: Coroutine[Any, Any, Reply]
    ) -> tuple[Reply, frozenset[str]]:
        before, address = await self.last(asker.account), where[0]
        reply = await answering
        assert reply.status < 500, (asker.account, address, reply.body)
        told = self.told(reply.body, (asker.account, address))
        if told and asker is not self.holder:
            await self.hold(asker.account, before, told, where)
        return reply, told

    def told(self, body: bytes, where: Any) -> frozenset[str]:
        """Which planted values are in an answer, in which no ciphertext may be."""
        assert SEALED.encode() not in body, where
        assert not any(one in body for one in self.ciphers), where
        return frozenset(one for one in PLANTED if one.encode() in body)

    async def hold(self, actor: str, before: int, told: frozenset[str], where: tuple[str, str]) -> None:
        """Each value that somebody was told stands in a line that is newer than `before`, with the purpose where one was stated."""
        lines = [one.access for one in await self.lines(actor) if one.number > before]
        for value in told:
            kind, attribute = PLANTED[value]
            named = [
                one
                for one in lines
                if one.type == expand_name(kind)
                and expand_name(attribute) in one.attributes
                and one.by.purpose == (where[1] or one.by.purpose)
            ]
            assert named, (actor, where, value, lines)
            assert all(one.subject in self.holder.ids for one in named), (where, named)


async def _ciphers(node: WholeNode, ids: Mapping[str, str]) -> tuple[bytes, ...]:
    """The ciphertexts and marks of what is planted. Fails where something of it stands plain in the store."""
    entities = await node.node.joined.store.entities.load(AREA, list(ids.values()))
    found: list[bytes] = []
    for kind, attribute in PLANTED.values():
        instances = entities[ids[kind]].entity().attributes[expand_name(attribute)]
        held, mark = ciphertext_of(instances), instances[0].value
        assert held is not None, (kind, attribute)
        found.append(base64.b64encode(held.content))
        if isinstance(mark, str) and mark != UNSOUGHT:
            found.append(mark.encode())
    return tuple(found)


def _same(text: str) -> Words:
    return Words(text, text, text)


async def _planted(node: WholeNode, holder: Asker, clerk: Asker) -> tuple[str, dict[str, str]]:
    """Plant what is personal by the ways of the city; the number of the report, and the ids by type."""
    services = f"/{AREA}/services"
    made = await node.ask("POST", f"{services}/reports/submit", REPORT, holder.headers)
    draft = {"draft": {"description": "ueki-no-kakikake"}}
    kept = await node.ask("POST", f"{services}/reports/save_draft", draft, holder.headers)
    asked = await node.ask("POST", f"{services}/trust/ask", REQUEST, holder.headers)
    wished = await node.ask("POST", f"{services}/opendata/ask_for_data", WISH, holder.headers)
    held = await node.ask("POST", f"{services}/counter/take", NUMBER, holder.headers)
    done = (made, kept, asked, wished, held)
    assert [one.status for one in done] == [200] * len(done), done
    words = Message(
        holder.account, _same("ueki-no-kenmei"), _same("ueki-no-tegami"), glance=_same("ueki-no-gamen")
    )
    await node.node.joined.cities.of(Asking(AREA)).tell("kit.tell", words)
    number = str(made.json()["number"])
    for command, form in CHOSEN:
        said = await node.ask("POST", f"{services}/kit/{command}", form, holder.headers)
        assert said.status == 200, (command, said)
    ids = await _sent(node, holder)
    ids["ReportContact"] = f"urn:ngsi-ld:ReportContact:{number}"
    ids["DataRequest"] = f"urn:ngsi-ld:DataRequest:{asked.json()['number']}"
    ids["DataSetAsker"] = f"urn:ngsi-ld:DataSetAsker:{wished.json()['number']}"
    ids["DataSetRequestBook"] = f"urn:ngsi-ld:DataSetRequestBook:{holder.known['opendata']}"
    ids |= await planted_points(node, holder, clerk)
    ids["Consent"] = consent_id(holder.known["trust"], PURPOSE)
    step = {"id": ids["DataRequest"], "why": "mensetsu"}
    paper = {"holder": holder.account, "purpose": PURPOSE, "version": 1, "items": ["ReportContact.name"]}
    for command, form in (
        ("confirm", step),
        ("extend", {**step, "why": "ueki-no-enchou"}),
        ("record", {**paper, "paper": "ueki-no-shomen"}),
    ):
        said = await node.ask("POST", f"{services}/trust/{command}", form, clerk.headers)
        assert said.status == 200, (command, said)
    return number, ids | await _opined(node, holder, clerk)


async def _opined(node: WholeNode, holder: Asker, clerk: Asker) -> dict[str, str]:
    """An opinion of the holder on a draft of the town, and a proposal; the ids of what is kept of it."""
    services, now = f"/{AREA}/services/participation", time.time_ns() // 1000
    days = [day_in_japan(Instant(now + days * 86_400_000_000)) for days in (0, 60)]
    draft = {
        "title": "keikaku",
        "kind": "plan",
        "about": "keikaku no an",
        "opens_on": days[0],
        "closes_on": days[1],
        "office": "parks",
    }
    prepared = await node.ask("POST", f"{services}/prepare", draft, clerk.headers)
    assert prepared.status == 200, prepared
    said = await node.ask("POST", f"{services}/announce", {"id": prepared.json()["id"]}, clerk.headers)
    assert said.status == 200, said
    opinion = {"id": said.json()["id"], "text": "kouen ga hoshii"}
    told = await node.ask("POST", f"{services}/say_opinion", opinion, holder.headers)
    assert told.status == 200, told
    proposal = {"title": "benchi", "text": "kouen ni benchi wo"}
    made = await node.ask("POST", f"{services}/make_proposal", proposal, holder.headers)
    assert made.status == 200, made
    sender = f"urn:ngsi-ld:OpinionSender:{said.json()['number']}-{told.json()['n']}"
    return {
        "OpinionSender": sender,
        "OpinionBook": f"urn:ngsi-ld:OpinionBook:{holder.known['participation']}",
        "ProposalBook": f"urn:ngsi-ld:ProposalBook:{holder.known['participation']}",
    }


async def _sent(node: WholeNode, holder: Asker) -> dict[str, str]:
    """Write an address of somebody and what was sent to it, as a node with a mail server keeps them; their ids by type."""
    now, whose = node.node.joined.clock.now(), holder.known["kit"]
    point = ContactPoint(
        contact_id(whose, "mail", "ueki@basho.example"), whose, "mail", "ueki@basho.example", "ja", now
    )
    done = MessageDelivery(
        "urn:ngsi-ld:MessageDelivery:ueki",
        whose,
        "mail",
        "taken",
        now,
        point.id,
        (),
        what="code",
        done_at=now,
    )
    kept = {"ContactPoint": point, "MessageDelivery": done}

    def decide(_found: Mapping[str, Entity]) -> Decision[None]:
        return Decision([Change(None, write(one, None, now, kind)) for kind, one in kept.items()], None)

    ids = {kind: one.id for kind, one in kept.items()}
    await node.node.joined.engine.entities.change(AREA, list(ids.values()), decide, By("test", "plant"))
    return ids


async def _write_straight(node: WholeNode, ids: Mapping[str, str]) -> None:
    """Write into the store what no way of the city says in words of its own. Fails for a type of which nothing is planted."""
    kept = {one.name: one for service in (*SERVICES, KIT) for one in service.types}
    entities = node.node.joined.engine.entities
    for value, (kind, short) in STRAIGHT.items():
        assert kind in ids, f"nobody plants a {kind}: add one to `_planted`"
        field = next(slot.field for one, slot in _sealed() if (one, slot.short) == (kind, short))

        def decide(
            found: Mapping[str, Entity], kind: str = kind, field: str = field, value: str = value
        ) -> Decision[None]:
            (before,) = found.values()
            view: Any = read(kept[kind].view, before)
            was, moment = getattr(view, field), parse_instant(value)
            assert moment or isinstance(was, str | tuple), (
                f"nobody plants {kind}.{field}: add it to `BY_WAYS`"
            )
            now = moment or (value if isinstance(was, str) else (*was, value))
            told = msgspec.structs.replace(view, **{field: now})
            return Decision([Change(before, write(told, before, before.modified_at, kind))], None)

        await entities.change(AREA, [ids[kind]], decide, By("test", "plant"))


@asynccontextmanager
async def personal_city(data: Path) -> AsyncIterator[PersonalCity]:
    """The city, until the end of the block."""
    async with whole_node(data) as node:
        holder = await node.person("ueki")
        neighbour = await node.person("neighbour")
        head = await node.person("head", "staff", "admin")
        program = await node.machine("program", "staff", "admin")
        clerk = await node.person("clerk", "staff")
        number, ids = await _planted(node, holder, clerk)
        for kind in ("ReportBook", "Message", "PushSubscription", "MessagePreference"):
            listed = await node.ask("GET", f"/ngsi-ld/v1/entities?type={kind}", None, program.headers)
            found = [
                one for one in listed.json() if kind in KEPT_OF_CHANNELS or b"ueki-no-" in repr(one).encode()
            ]
            ids[kind] = found[0]["id"]
        (number_held,) = (
            await node.ask("GET", "/ngsi-ld/v1/entities?type=CounterTicket", None, program.headers)
        ).json()
        ids["CounterTicket"] = number_held["id"]
        await _write_straight(node, ids)
        acting = await mandated(node, holder, "helper", *(f"{one.name}.*" for one in SERVICES))
        helper = Asker(holder.account, acting.headers, holder.ids, holder.known)
        yield PersonalCity(
            node, number, ids, await _ciphers(node, ids), holder, neighbour, head, program, helper
        )


def unlimited() -> dict[str, str]:
    """The environment of a node that counts nobody's requests as too many."""
    return {PREFIX + name.upper(): "1000000" for name in Sizes.__struct_fields__}
