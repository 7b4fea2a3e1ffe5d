"""Personal data leave a node at no address for those whom they do not concern: every address is asked, for what is personal.

The addresses come from the node itself: its OpenAPI (data plane, commands, adapters) and the tables of the portal and of the
manifests. One whose parameters nobody here knows how to fill fails the test, so a new way out cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import pytest

from kaiteki.kit.purposes import register
from kaiteki.main.parts import SERVICES
from kaiteki.portal.app import ACTS, ENTRANCES, FORMS, OWN_PAGES
from node_under_test import NodeUnderTest, start_node, stop_node

PASSWORD: Final = "mawari-no-hito-1"
PLANTED: Final = ("ueki-no-namae", "ueki@planted.example")
"""The name and the address of who reported, as nothing else holds them."""
REPORT: Final = {
    "category": "light",
    "description": "街灯が消えています。",
    "latitude": 35.35,
    "longitude": 141.05,
    "address": "見本市 1丁目",
    "contact_name": PLANTED[0],
    "contact_email": PLANTED[1],
}
CSRF: Final = re.compile(r'name="csrf" value="([0-9a-f]+)"')
PARAMETER: Final = re.compile(r"\{([A-Za-z_]+)(?::[a-z]+)?\}")
NO_DATA: Final = ("/{area}/sw.js", "/static/", "/{area}/icon-", "/mcp")
"""Files of the program, and the door of assistants, who ask what is asked here by the data plane."""


NOTHING_THERE: Final = ("contextId", "subscriptionId", "entityMapId", "registrationId", "snapshotId")
"""Parameters that name what holds no entities, or what only its owner may see."""
ADDRESSES_MIN: Final = 200


class Asker(NamedTuple):
    """Who asks: the account, and what goes with every request."""

    account: str
    headers: Mapping[str, str]


class City(NamedTuple):
    """A node with a report whose contact is planted, and who asks it."""

    node: NodeUnderTest
    number: str
    strangers: tuple[Asker, ...]
    head: Asker

    @property
    def desk(self) -> tuple[str, ...]:
        """Where those who may see the contact see it."""
        return (
            f"/demo/desk/reports/ReportContact/{quote(f'urn:ngsi-ld:ReportContact:{self.number}', safe='')}",
        )

    @property
    def fills(self) -> Mapping[str, tuple[str, ...]]:
        """With what each parameter of an address is filled."""
        contact = f"urn:ngsi-ld:ReportContact:{self.number}"
        report = f"urn:ngsi-ld:Report:{self.number}"
        return {
            "area": ("demo",),
            "type": ("ReportContact", "Report"),
            "id": (contact, report, self.number),
            "entityId": (contact,),
            "attrId": ("name", "email"),
            "attrName": ("email",),
            "number": (self.number,),
            "service": ("reports",),
            "command": ("assign",),
            "field": ("town",),
            "digest": ("0" * 64,),
            "size": ("180",),
            "path": ("none.css",),
            "provider": ("none",),
            "format": ("json", "xml"),
            "code": ("light",),
            "entityType": ("ReportContact",),
            "purpose": (*(one.name for one in register(SERVICES)), "none"),
            "version": ("1",),
            **dict.fromkeys(NOTHING_THERE, ("urn:ngsi-ld:none",)),
        }


def _signed_in(node: NodeUnderTest, login: str) -> Mapping[str, str]:
    """The cookie of somebody who signed in by the form."""
    page = node.ask("GET", "/demo/sign-in")
    browser = SimpleCookie(page.headers["set-cookie"])
    cookie = "; ".join(f"{name}={one.value}" for name, one in browser.items())
    found = CSRF.search(page.body.decode())
    assert found is not None
    form = urlencode({"csrf": found[1], "login": login, "password": PASSWORD}).encode()
    kind = {"content-type": "application/x-www-form-urlencoded", "cookie": cookie}
    answer = node.ask("POST", "/demo/sign-in", form, kind)
    assert answer.status == 303, answer.body
    session = SimpleCookie(answer.headers["set-cookie"])
    return {"cookie": "; ".join(f"{name}={one.value}" for name, one in {**browser, **session}.items())}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    node = start_node(tmp_path / "data", areas=("demo",))
    try:
        made = node.ask("POST", "/demo/services/reports/submit", REPORT)
        assert made.status == 200, made.body
        for login, *roles in (("neighbour",), ("head", "--role", "staff", "--role", "admin")):
            added = node.command("user", "add", login, "--name", login, *roles, given=PASSWORD + "\n")
            assert added.returncode == 0, added.stderr
        strangers = (
            Asker("anonymous", {}),
            Asker("neighbour", _signed_in(node, "neighbour")),
        )
        yield City(node, str(made.json()["number"]), strangers, Asker("head", _signed_in(node, "head")))
    finally:
        stop_node(node)


def _templates(node: NodeUnderTest) -> list[str]:
    """Every address that answers a GET: those of the description, of the portal, of the pages of the services."""
    described: Mapping[str, Any] = node.ask("GET", "/openapi.json").json()["paths"]
    own = [path for table in (OWN_PAGES, FORMS, ENTRANCES, ACTS) for path, _ in table]
    pages = ["/{area}/" + page.path.strip("/") for service in SERVICES for page in service.pages]
    return [path for path, ways in described.items() if "get" in ways] + own + pages


def _addresses(template: str, fills: Mapping[str, tuple[str, ...]]) -> list[str]:
    found = [template]
    for match in PARAMETER.finditer(template):
        assert match[1] in fills, f"{template}: nobody here knows what {match[1]} is; add it to `fills`"
        found = [one.replace(match[0], quote(fill, safe=""), 1) for one in found for fill in fills[match[1]]]
    return found


def _queries(address: str) -> tuple[str, ...]:
    """An address as it is, and as it is asked for what is personal."""
    if address.startswith("/ngsi-ld/"):
        return (
            address,
            f"{address}?type=ReportContact&limit=100",
            f"{address}?type=ReportContact&options=keyValues",
        )
    if address.startswith("/v2/"):
        return (address, f"{address}?type=ReportContact&limit=100")
    return (address, f"{address}?q={PLANTED[0][:4]}")


QUESTIONS: Final = (
    ("/ngsi-ld/v1/entityOperations/query", {"type": "Query", "entities": [{"type": "ReportContact"}]}),
    (
        "/ngsi-ld/v1/temporal/entityOperations/query",
        {"type": "Query", "entities": [{"type": "ReportContact"}]},
    ),
    ("/v2/op/query", {"entities": [{"idPattern": ".*", "type": "ReportContact"}]}),
)


def test_no_address_shows_strangers_what_is_personal(city: City) -> None:
    addresses = [
        query
        for template in dict.fromkeys(_templates(city.node))
        if not template.startswith(NO_DATA)
        for address in _addresses(template, city.fills)
        for query in _queries(address)
    ]
    assert len(addresses) > ADDRESSES_MIN
    for asker in city.strangers:
        for address in addresses:
            answer = city.node.ask("GET", address, None, asker.headers)
            assert not _tells(answer.body), (asker.account, address)
            assert answer.status < 500, (asker.account, address, answer.body)
        for address, question in QUESTIONS:
            answer = city.node.ask("POST", address, question, asker.headers)
            assert not _tells(answer.body), (asker.account, address)
    # who may see it does, so that this test sees something
    assert any(_tells(city.node.ask("GET", address, None, city.head.headers).body) for address in city.desk)


def _tells(body: bytes) -> bool:
    return any(one.encode() in body for one in PLANTED)
