"""No personal read without a line of the log, and no personal data for those whom they do not concern: every address is asked.

The addresses come from the node itself: its OpenAPI (data plane, commands, adapters) and the tables of the portal and of the
manifests. One whose parameters nobody here knows how to fill fails the test, so a new way out cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from personal_city import PLANTED, PersonalCity, personal_city, unlimited

from kaiteki.kit.engine import KIT
from kaiteki.kit.purposes import register
from kaiteki.main.parts import SERVICES
from kaiteki.portal.app import ACTS, ENTRANCES, FORMS, OWN_PAGES

PARAMETER: Final = re.compile(r"\{([A-Za-z_]+)(?::[a-z]+)?\}")
NO_DATA: Final = ("/{area}/sw.js", "/static/", "/{area}/icon-", "/mcp", "/{area}/outline", "/{area}/look")
"""Files of the program, and the door of assistants (test_every_read)."""
NOTHING_THERE: Final = ("contextId", "subscriptionId", "entityMapId", "registrationId", "snapshotId")
"""Parameters that name what holds no entities, or what only its owner may see."""
SERVICE_OF: Final = {one.name: service.name for service in (*SERVICES, KIT) for one in service.types}
KINDS: Final = ",".join(sorted({kind for kind, _ in PLANTED.values()}))
ADDRESSES_MIN: Final = 200
POSTS_MAX: Final = 100_000
"""Posts of one address in a minute, here alone: the whole town is asked from one place."""
QUESTIONS: Final = tuple(
    (address, {**more, "entities": [{"type": kind, **named} for kind in KINDS.split(",")]})
    for address, more, named in (
        ("/ngsi-ld/v1/entityOperations/query", {"type": "Query"}, {}),
        ("/ngsi-ld/v1/temporal/entityOperations/query", {"type": "Query"}, {}),
        ("/v2/op/query", {}, {"idPattern": ".*"}),
    )
)
SAME_FOR_ALL: Final = {
    "mark": ("0.0",),
    "partner": ("pool",),
    "day": ("2026-11-20",),
    "area": ("demo",),
    "command": ("assign",),
    "field": ("town",),
    "digest": ("0" * 64,),
    "size": ("180",),
    "path": ("none.css",),
    "provider": ("none",),
    "format": ("json", "xml"),
    "code": ("light",),
    "purpose": (*(one.name for one in register(SERVICES)), "none"),
    "version": ("1",),
    "tileMatrixSet": ("WebMercatorQuad",),
    **dict.fromkeys(("tileMatrix", "tileRow", "tileCol", "z", "x", "y"), ("0",)),
    "api": ("ngsi-ld",),
    "name": ("report", "none"),
    "office": ("hall",),
    "action": ("package_list", "package_search", "datastore_search"),
    **dict.fromkeys(NOTHING_THERE, ("urn:ngsi-ld:none",)),
}


def _fills(city: PersonalCity) -> Iterator[Mapping[str, tuple[str, ...]]]:
    """With what the parameters of an address are filled, for each planted entity."""
    for kind, entity_id in city.ids.items():
        attributes = tuple(attribute for one, attribute in PLANTED.values() if one == kind)
        number = entity_id.rpartition(":")[2]
        yield {
            **SAME_FOR_ALL,
            **dict.fromkeys(("type", "entityType", "collection"), (kind,)),
            **dict.fromkeys(("attrId", "attrName"), attributes),
            **dict.fromkeys(("entityId", "feature"), (entity_id,)),
            "id": (entity_id, number),
            "number": (number,),
            "n": ("1",),
            "service": (SERVICE_OF[kind],),
        }


async def _templates(city: PersonalCity) -> list[str]:
    """Every address that answers a GET: those of the description, of the portal, of the pages of the services."""
    described: Mapping[str, Any] = (await city.node.ask("GET", "/openapi.json")).json()["paths"]
    own = [path for table in (OWN_PAGES, FORMS, ENTRANCES, ACTS) for path, _ in table]
    pages = ["/{area}/" + page.path.strip("/") for service in SERVICES for page in service.pages]
    found = [path for path, ways in described.items() if "get" in ways] + own + pages
    return [one for one in dict.fromkeys(found) if not one.startswith(NO_DATA)]


def _addresses(template: str, fills: Mapping[str, tuple[str, ...]]) -> list[str]:
    found = [template]
    for match in PARAMETER.finditer(template):
        assert match[1] in fills, f"{template}: nobody here knows what {match[1]} is; add it to `_fills`"
        found = [one.replace(match[0], quote(fill, safe=""), 1) for one in found for fill in fills[match[1]]]
    return found


def _queries(address: str) -> tuple[str, ...]:
    """An address as it is, and as it is asked for what is personal."""
    if address.startswith("/ngsi-ld/"):
        typed = f"{address}?type={KINDS}"
        return (address, f"{typed}&limit=100", f"{typed}&options=keyValues")
    if address.startswith("/v2/"):
        return (address, f"{address}?type={KINDS}&limit=100")
    return (f"{address}?q=ueki",) if address.endswith(("search", "desk", ".csv")) else (address,)


@pytest.fixture
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in unlimited().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("kaiteki.portal.answers.POSTS_PER_ADDRESS_MAX", POSTS_MAX)


@pytest.mark.usefixtures("_unlimited")
async def test_no_address_tells_what_is_personal_without_a_line(tmp_path: Path) -> None:
    async with personal_city(tmp_path / "data") as city:
        templates = await _templates(city)
        plain = [
            one for fills in _fills(city) for template in templates for one in _addresses(template, fills)
        ]
        plain = list(dict.fromkeys(plain))
        addresses = [one for address in plain for one in _queries(address)]
        assert len(addresses) > ADDRESSES_MIN
        seen: dict[str, set[str]] = {"head": set(), "program": set(), "holder": set(), "helper": set()}
        for address in addresses:
            _, told = await city.ask(city.head, "GET", address)
            seen["head"] |= told
            data = address.startswith(("/ngsi-ld/", "/v2/"))
            if data:
                seen["program"] |= (await city.ask(city.program, "GET", address))[1]
            if not data or told:
                # what an admin is not told on the data plane, nobody is
                await _strangers_are_told_nothing(city, address)
        await _purposes_stand_in_the_line(city)
        own = [one for one in plain if "/desk" not in one and not one.startswith(("/ngsi-ld/", "/v2/"))]
        for address in (*own, *_own_data(city)):
            seen["holder"] |= (await city.ask(city.holder, "GET", address))[1]
        assert await city.last(city.holder.account) == 0
        # who acts for them reads as somebody else
        for address in (*own, *_own_data(city)):
            seen["helper"] |= (await city.ask(city.helper, "GET", address))[1]
        assert seen["helper"] and await city.last(city.holder.account) > 0
        # who may see it does, so that this test sees something
        assert seen["head"] == PLANTED.keys()
        assert seen["program"] == PLANTED.keys()
        assert seen["holder"]


async def _strangers_are_told_nothing(city: PersonalCity, address: str) -> None:
    answer = await city.node.ask("GET", address)
    assert answer.status < 500, (address, answer.body)
    assert not city.told(answer.body, ("anonymous", address)), address
    _, told = await city.ask(city.neighbour, "GET", address)
    assert not told, ("neighbour", address)


@pytest.mark.usefixtures("_unlimited")
async def test_no_form_of_a_page_tells_what_is_personal_without_a_line(tmp_path: Path) -> None:
    """Every page of a service that takes a form, sent with what leads to what is planted, by staff, by a helper and by the holder."""
    async with personal_city(tmp_path / "data") as city:
        taking = ["/{area}/" + page.path for service in SERVICES for page in service.pages if page.act]
        told: dict[str, set[str]] = {"head": set(), "helper": set(), "holder": set()}
        for fills in _fills(city):
            for address in (one for template in taking for one in _addresses(template, fills)):
                for number in fills["id"]:
                    fields = dict.fromkeys(("id", "number", "open", "report"), number)
                    for do in ("", "extend"):
                        for name, asker in (
                            ("head", city.head),
                            ("helper", city.helper),
                            ("holder", city.holder),
                        ):
                            status, values = await city.post(asker, address, {**fields, "do": do})
                            assert status != 429
                            told[name] |= values
        assert told["head"], told


def _own_data(city: PersonalCity) -> list[str]:
    return [f"/ngsi-ld/v1/entities/{one}" for one in city.ids.values()]


async def _purposes_stand_in_the_line(city: PersonalCity) -> None:
    """Each purpose of the register, stated by a program; `ask` demands that the line names it."""
    told: set[str] = set()
    for purpose in (one.name for one in register(SERVICES)):
        for address in (f"/ngsi-ld/v1/entities?type={KINDS}", f"/v2/entities?type={KINDS}"):
            _, values = await city.ask(city.program, "GET", address, purpose=purpose)
            told |= values
    for address, question in QUESTIONS:
        for purpose in ("", "reports.contact"):
            await city.ask(city.program, "POST", address, question, purpose)
        answer = await city.node.ask("POST", address, question)
        assert not city.told(answer.body, ("anonymous", address)), address
    assert told
    refused, _ = await city.ask(city.program, "GET", "/ngsi-ld/v1/types", purpose="reports.nothing")
    assert refused.status == 400
