"""Every document fits the five schemas of the specification, and says the same in XML as in JSON: 10,000 drawn ones."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from typing import Any

import geo_report
from drawn_documents import drawn_documents
from jsonschema import Draft202012Validator
from open311_client import Client

from kaiteki.adapters.open311.app import ROWS, description
from kaiteki.adapters.open311.asked import PARAMETERS, read_wanted
from kaiteki.adapters.open311.bound import find_binding
from kaiteki.adapters.open311.documents import as_json, as_xml
from kaiteki.adapters.open311.requests import Desk
from kaiteki.kit.engine import Asking
from kaiteki.model.access import NOBODY
from kaiteki.services.reports.manifest import service

DOCUMENTS = 10_000


class Heard(dict[str, str]):
    """A query that remembers what it was asked for."""

    def __init__(self, **given: str) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


def desk(client: Client) -> Desk:
    """A desk of the town of a client."""
    binding = find_binding(client.parts.services)
    assert binding is not None
    return Desk(
        parts=client.parts,
        binding=binding,
        city=client.town.cities.of(Asking("demo", NOBODY)),
        catalogue=client.town.engine.settings(service, "demo"),
        area="demo",
        language="ja",
        base="https://town.example/demo",
    )


def test_ten_thousand_documents_are_valid_and_equal_in_both_forms() -> None:
    judges: dict[int, Any] = {}
    seen: Counter[str] = Counter()
    for document, schema in islice(drawn_documents(desk(Client()), seed=311), DOCUMENTS):
        judge = judges.setdefault(id(schema), Draft202012Validator(schema))
        told = json.loads(as_json(document))
        assert judge.is_valid(told), [fault.message for fault in judge.iter_errors(told)]
        assert geo_report.canonical(told) == geo_report.read_xml(as_xml(document))
        seen[document.root] += 1
    assert sum(seen.values()) == DOCUMENTS
    assert set(seen) == {
        "services",
        "service_definition",
        "service_requests",
        "service_request_updates",
        "errors",
    }


def test_every_address_is_described_with_what_it_reads() -> None:
    told: Any = description((service,), ("demo",))
    assert set(told["paths"]) == {f"/{{area}}/open311/v2{row.address.path}" for row in ROWS}
    assert description((), ("demo",)) == {}

    query = Heard(lat="35", long="141")
    read_wanted(query, Client().town.clock.now())
    listed = next(row.address for row in ROWS if row.address.shows == "service_requests" and row.post)
    assert query.asked == set(listed.parameters) <= set(PARAMETERS)
