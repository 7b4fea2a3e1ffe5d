"""A small town with layers, zones, and things at places, for the tests of maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kaiteki.kit.manifest import Service
from kaiteki.kit.pages import PageAsk, PageReply, Shown
from kaiteki.kit.views import expand_name
from kaiteki.main.cities import load_city
from kaiteki.model.access import ADMIN, ANYONE, NOBODY, Person
from kaiteki.model.decision import Accepted
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.environment.manifest import service as environment
from kaiteki.services.maps import here, taking
from kaiteki.services.maps.manifest import service
from kaiteki.services.maps.model import Class, Ground, Item, Style
from kaiteki.services.maps.settings import Settings, Told
from kaiteki.services.opendata.manifest import service as opendata
from town import Town

NOTHING_SAID = Settings()
SURVEYOR = Person("system", "自動処理", frozenset({ANYONE, ADMIN}), frozenset({"*"}))
LAW = Ground(Words("都市計画法", "City Planning Act"), "8条1項1号")
COVERAGE = Ground(Words("建築基準法", "Building Standards Act"), "53条1項")
ZONES = Told(
    name="zones",
    title=Words("用途地域", "Zones", "まちの しゅるい"),
    group="planning",
    collection="PlanningZone",
    geometry="area",
    maintainer=Words("都市計画課", "Planning office", "としけいかくか"),
    grounds=(LAW,),
    style=Style(
        by="name",
        only=True,
        classes=(
            Class("商業地域", Words("商業地域", "Commercial"), "#e8566d", grounds=(COVERAGE,)),
            Class("工業地域", Words("工業地域", "Industrial"), "#9fc6e8"),
        ),
    ),
    items=(
        Item("name", Words("用途地域", "Zone"), role="title"),
        Item("buildingCoverageRatio", Words("建蔽率", "Coverage"), "%", "coverage_ratio", COVERAGE),
    ),
)
STATIONS = Told(
    name="stations",
    title=Words("気象", "Weather", "てんき"),
    group="other",
    collection="WeatherObserved",
    geometry="point",
    items=(
        Item("name", Words("名前", "Name"), role="title"),
        Item("temperature", Words("気温", "Temperature"), "℃"),
    ),
)


def map_town(*told: Told, more: Sequence[Service] = ()) -> Town:
    """A town with these layers, none of them taken over yet."""
    return Town(service, opendata, environment, *more, settings={"maps": Settings(told)})


async def take_over(town: Town) -> int:
    """What the survey does in its turn; how many layers it took."""
    city = town.city(SURVEYOR)
    asked = town.engine.asked(service, city.asking)
    ask = PageAsk("demo", {}, {}, {}, {}, SURVEYOR, "ja", asked.now, 1, city, asked.settings)
    form = await taking.survey(ask)
    if form is None:
        return 0
    done = await town.run("maps.take_over", form, SURVEYOR)
    assert isinstance(done, Accepted)
    taken = done.answer["taken"]
    assert isinstance(taken, int)
    return taken


async def put(town: Town, kind: str, part: str, place: dict[str, Any] | None, **values: Any) -> str:
    """Write an entity (with a place, if any) past all commands, as an import does; its id."""
    now = town.clock.now()
    entity_id = f"urn:ngsi-ld:{kind}:{part}"
    attributes = {
        expand_name(key): (Instance("Property", value, created_at=now, modified_at=now),)
        for key, value in values.items()
    }
    if place is not None:
        where = Instance("GeoProperty", place, created_at=now, modified_at=now)
        attributes[expand_name("location")] = (where,)
    before = (await town.store.entities.load(town.area, (entity_id,))).get(entity_id)
    old = before.entity() if before is not None else None
    made = Entity(entity_id, (expand_name(kind),), attributes=attributes, created_at=now)
    made = msgspec.structs.replace(made, modified_at=now, version=old.version + 1 if old else 1)
    await town.store.entities.change(
        town.area,
        (entity_id,),
        lambda loaded: Decision([Change(loaded.get(entity_id), made)], None),
        By("import", "test"),
    )
    return entity_id


def square(west: float, south: float, side: float) -> dict[str, Any]:
    """A square area in degrees."""
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


async def look(
    town: Town, person: Person = NOBODY, language: str = "ja", said: Settings = NOTHING_SAID, **query: str
) -> Shown:
    """The page about a place as a person sees it; `said` is what the area says of its maps."""
    city = town.city(person, language=language)
    ask = PageAsk(
        "demo", {}, query, {}, {}, person, language, town.clock.now(), 1, city, said, town=load_city("demo")
    )
    reply: PageReply = await here.show_here(ask)
    assert isinstance(reply, Shown)
    return reply


def told(page: Shown) -> list[tuple[str, str]]:
    """Layer and title of everything that holds at the place."""
    return [(row["layer_title"], row["title"]) for group in page.values["groups"] for row in group["rows"]]
