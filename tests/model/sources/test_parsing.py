"""Registrations are read and written back whole; every refusal names the member (clauses 5.2.8 to 5.2.11, 5.2.34)."""

from typing import Any

import pytest

from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.model.sources.document import registration_document
from kaiteki.model.sources.operations import GROUPS, meant_by
from kaiteki.model.sources.parsing import parse_registration, patch_registration
from kaiteki.model.sources.registration import SourceStanding
from kaiteki.model.terms.compiling import core_context

CORE = core_context()
SMALL: dict[str, Any] = {
    "type": "ContextSourceRegistration",
    "information": [{"entities": [{"type": "Lamp"}]}],
    "endpoint": "https://example.org",
}
WHOLE: dict[str, Any] = {
    "id": "urn:r:1",
    "type": "ContextSourceRegistration",
    "registrationName": "neighbours",
    "description": "lamps of the neighbours",
    "information": [
        {
            "entities": [
                {"id": "urn:l:1", "type": ["Lamp", "Light"]},
                {"idPattern": "^urn:l", "type": "Lamp"},
            ],
            "propertyNames": ["watts"],
            "relationshipNames": ["isOn"],
        },
        {"propertyNames": ["level"]},
    ],
    "tenant": "kashiwa",
    "observationInterval": {"startAt": "2026-01-01T00:00:00Z", "endAt": "2026-02-01T00:00:00Z"},
    "managementInterval": {"startAt": "2026-01-01T00:00:00Z"},
    "location": {"type": "Point", "coordinates": [140.1, 35.6]},
    "observationSpace": {"type": "Point", "coordinates": [140.2, 35.6]},
    "operationSpace": {"type": "Point", "coordinates": [140.3, 35.6]},
    "expiresAt": "2027-01-01T00:00:00Z",
    "endpoint": "https://example.org/broker",
    "contextSourceInfo": [{"key": "Authorization", "value": "urn:ngsi-ld:request"}],
    "contextSourceAlias": "broker-1",
    "scope": ["/a/b", "/c"],
    "mode": "redirect",
    "operations": ["redirectionOps", "upsertBatch"],
    "refreshRate": "PT5M",
    "management": {"localOnly": True, "cacheDuration": "PT1M", "timeout": 500, "cooldown": 2500},
    "datasetId": ["@none", "urn:d:1"],
    "sourceType": "sensor",
}


def shown(document: dict[str, Any], standing: SourceStanding | None = None) -> dict[str, Any]:
    one = parse_registration(document, CORE, "urn:r:fresh", Instant(0))
    return registration_document(one, standing or SourceStanding(), CORE)


def test_a_whole_registration_is_written_back_as_it_came() -> None:
    assert shown(WHOLE) == WHOLE


def test_what_the_node_tells_of_it_may_be_sent_back() -> None:
    told = shown(WHOLE, SourceStanding(3, 1, Instant(0), Instant(1_000_000), "silent"))
    assert {name: told[name] for name in told.keys() - WHOLE.keys()} == {
        "status": "failed",
        "timesSent": 3,
        "timesFailed": 1,
        "lastSuccess": "1970-01-01T00:00:00Z",
        "lastFailure": "1970-01-01T00:00:01Z",
    }
    assert shown(told) == WHOLE


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"type": "CSourceRegistration"}, "type"),
        ({"information": None}, "information"),
        ({"information": []}, "information"),
        ({"information": [{}]}, "information[0]"),
        ({"information": [{"entities": [{"id": "urn:x:1"}]}]}, "information[0].entities[0].type"),
        (
            {"information": [{"entities": [{"type": "A", "idPattern": "("}]}]},
            "information[0].entities[0].idPattern",
        ),
        ({"information": [{"propertyNames": []}]}, "information[0].propertyNames"),
        ({"information": [{"properties": ["a"]}]}, "information[0].properties"),
        ({"ifnormation": []}, "ifnormation"),
        ({"endpoint": "mqtt://example.org"}, "endpoint"),
        ({"mode": "both"}, "mode"),
        ({"mode": "exclusive"}, "information[0].entities"),
        ({"mode": "auxiliary", "operations": ["updateEntity"]}, "operations"),
        ({"operations": ["everything"]}, "operations"),
        ({"expiresAt": "2000-01-01T00:00:00Z"}, "expiresAt"),
        ({"management": "yes"}, "management"),
        ({"management": {"cacheDuration": "bogus"}}, "management.cacheDuration"),
        ({"management": {"cooldown": 0}}, "management.cooldown"),
        ({"management": {"timeout": -5}}, "management.timeout"),
        ({"management": {"localOnly": "yes"}}, "management.localOnly"),
        ({"contextSourceInfo": [{"key": "X"}]}, "contextSourceInfo[0]"),
        ({"contextSourceInfo": [{"key": "X", "value": 1}]}, "contextSourceInfo[0].value"),
        ({"contextSourceInfo": [{"key": "X", "value": "a\nb"}]}, "contextSourceInfo[0]"),
        ({"location": {"type": "GeoProperty"}}, "location"),
        ({"observationInterval": {"endAt": "2026-01-01T00:00:00Z"}}, "observationInterval.startAt"),
        ({"scope": "/a/#"}, "scope"),
        ({"tenant": "a\nHost: b"}, "tenant"),
        ({"contextSourceAlias": "街"}, "contextSourceAlias"),
    ],
)
def test_a_refusal_names_the_member(members: dict[str, Any], field: str) -> None:
    document = {name: value for name, value in {**SMALL, **members}.items() if value is not None}
    with pytest.raises(Problem) as refused:
        parse_registration(document, CORE, "urn:r:1", Instant(1_770_000_000_000_000))
    assert (refused.value.code, refused.value.field) == ("BadRequestData", field)


def test_a_fragment_replaces_and_removes_members() -> None:
    one = parse_registration(WHOLE, CORE, "", Instant(0))
    after = patch_registration(
        one,
        {
            "description": "new",
            "location": None,
            "mode": None,
            "sourceType": None,
            "tenant": "urn:ngsi-ld:null",
        },
        CORE,
        Instant(5),
    )
    gone = ("location", "mode", "sourceType", "tenant")
    expected = {name: value for name, value in WHOLE.items() if name not in gone} | {"description": "new"}
    assert registration_document(after, SourceStanding(), CORE) == expected
    with pytest.raises(Problem) as refused:
        patch_registration(one, {"endpoint": None}, CORE, Instant(5))
    assert refused.value.field == "endpoint"


def test_groups_stand_for_their_operations() -> None:
    assert meant_by(()) == GROUPS["federationOps"]
    assert meant_by(("retrieveOps", "createEntity")) == {"retrieveEntity", "queryEntity", "createEntity"}
