"""The past follows the present: what may not be seen now is not told of any time (clauses 5.7.3 and 5.7.4 under access control)."""

import pytest

from conformance.plane import ENTITIES, TEMPORAL, DataPlane, at, values
from every_store import Keep
from kaiteki.api.persons import EVERYBODY_IS_ADMIN
from kaiteki.model.access import NOBODY
from kaiteki.model.terms.core import DEFAULT_VOCABULARY
from kaiteki.model.visibility import Sight

NOTICE = "urn:ngsi-ld:Notice:1"
HERE = f"{TEMPORAL}/{NOTICE}"
ALL = "timerel=after&timeAt=2026-01-01T00:00:00Z&timeproperty=modifiedAt"
ADDING = "options=aggregatedValues&aggrMethods=totalCount,distinctCount"


def iris(*names: str) -> frozenset[str]:
    return frozenset(DEFAULT_VOCABULARY + name for name in names)


SIGHTS = (
    Sight(
        DEFAULT_VOCABULARY + "Notice", iris("text", "state", "place"), ("staff",), past=iris("state", "place")
    ),
    Sight(DEFAULT_VOCABULARY + "Meter", iris("level"), ("staff",)),
    Sight(DEFAULT_VOCABULARY + "Diary", frozenset(), ("staff",), "holder"),
)


@pytest.fixture
async def town(keep: Keep) -> DataPlane:
    """A notice whose text and place were taken back, a meter with a hidden note, a diary; then a stranger looks."""
    plane = await DataPlane.over(keep, SIGHTS)
    plane.person = EVERYBODY_IS_ADMIN
    notice = {
        "id": NOTICE,
        "type": "Notice",
        "scope": "/home",
        "text": "rude",
        "state": "new",
        "place": "7 High St",
        "note": 1,
    }
    await plane.done("POST", ENTITIES, notice)
    plane.written_at(at(10))
    await plane.done(
        "PUT", f"{ENTITIES}/{NOTICE}", {"type": "Notice", "scope": "/town", "state": "closed", "note": 2}
    )
    for value in (1, 2):
        await plane.observe(value, value)
    meter = {"id": "urn:ngsi-ld:Meter:1", "type": "Meter", "level": 3, "note": "of Ms Sato"}
    await plane.done("POST", ENTITIES, meter)
    await plane.done(
        "POST", ENTITIES, {"id": "urn:ngsi-ld:Diary:1", "type": "Diary", "holder": "hana", "text": "x"}
    )
    plane.person = NOBODY
    return plane


async def test_of_what_can_be_hidden_only_named_attributes_that_it_shows_now_have_a_past(
    town: DataPlane,
) -> None:
    told = await town.told(f"{HERE}?{ALL}")
    assert set(told) == {"id", "type", "scope", "state"} and told["scope"] == "/town"
    assert values(told["state"]) == ["new", "closed"]
    town.person = EVERYBODY_IS_ADMIN
    whole = await town.told(f"{HERE}?{ALL}")
    assert values(whole["text"]) == ["rude"] and values(whole["place"]) == ["7 High St"]
    assert [state["value"] for state in whole["scope"]] == [["/home"], ["/town"]]


@pytest.mark.parametrize(
    "condition", ['q=text=="rude"', "q=note==1", "attrs=place", "scopeQ=/home", 'q=place~="High"']
)
async def test_nothing_is_found_or_counted_by_what_is_hidden(town: DataPlane, condition: str) -> None:
    path = f"{TEMPORAL}?type=Notice&{condition}&{ALL}&count=true"
    stranger = await town.done("GET", path)
    assert (stranger.json(), stranger.header("ngsild-results-count")) == ([], "0")
    town.person = EVERYBODY_IS_ADMIN
    assert len((await town.done("GET", path)).json()) == 1


async def test_nothing_hidden_is_added_up(town: DataPlane) -> None:
    told = await town.told(f"{HERE}?{ADDING}&timeproperty=modifiedAt")
    assert set(told) == {"id", "type", "scope", "state"}
    meters = await town.told(f"{TEMPORAL}?type=Meter&{ADDING}&{ALL}")
    assert [set(one) for one in meters] == [{"id", "type", "level"}]


async def test_what_may_not_be_seen_is_not_there(town: DataPlane) -> None:
    for entity_id in ("urn:ngsi-ld:Diary:1", "urn:ngsi-ld:Sensor:1"):
        assert await town.refused(f"{TEMPORAL}/{entity_id}") == (404, "id"), "personal, or declared by nobody"
    assert await town.refused(f"{HERE}?attrs=text") == (404, "attrs")
    found = await town.told(f"{TEMPORAL}?local=true&{ALL}")
    assert [one["type"] for one in found] == ["Meter", "Notice"]


async def test_what_is_deleted_is_read_by_its_roles_alone(town: DataPlane) -> None:
    town.person = EVERYBODY_IS_ADMIN
    await town.done("DELETE", f"{ENTITIES}/urn:ngsi-ld:Meter:1")
    assert len(await town.told(f"{TEMPORAL}?type=Meter&{ALL}")) == 1
    town.person = NOBODY
    assert await town.told(f"{TEMPORAL}?type=Meter&{ALL}") == []
    assert await town.refused(f"{TEMPORAL}/urn:ngsi-ld:Meter:1") == (404, "id")
