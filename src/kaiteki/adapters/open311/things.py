"""Which thing of the town a request is about: a light, a tree, a bench, as an attribute of those kinds that are about such things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET

from kaiteki.adapters.open311.asked import Around, Wrong
from kaiteki.adapters.open311.bound import Catalogue, Category
from kaiteki.adapters.open311.shapes import Attribute, Value
from kaiteki.kit.pages import City, Met
from kaiteki.kit.views import Location, attribute, path, point, where
from kaiteki.model.query import GeoFilter, Order, Query
from kaiteki.model.words import Words

PART: Final = "asset"
CODE: Final = "asset"
"""The code of the attribute, where no question of the kind has the same."""
NUMBER_LENGTH_MAX: Final = 200
ASKED: Final = Words("どの設備ですか（番号）", "Which one is it? (its number)", "どの ものですか（ばんごう）")
HOW: Final = Words(
    "ラベルの番号、または近くの一覧から（lat と long を付けて尋ねると一覧が出ます）。分からなければ空欄でかまいません。",
    "The number on its label, or one of those nearby (ask with lat and long). Leave it out when you do not know.",
    "ラベルの ばんごうを 書（か）いて ください。わからない ときは 書かなくて いいです。",
)


class Thing(msgspec.Struct, frozen=True):
    """Something that stands in the town and has a number, whoever keeps it."""

    id: str
    name: str = ""
    identifier: str = ""
    location: Location | None = None


def asks(category: Category) -> bool:
    """Whether a kind of request is about things with a number."""
    return bool(category.assets) and all(question.code != CODE for question in category.questions)


def ask_thing(category: Category, near: Sequence[Met], language: str) -> Attribute | None:
    """The attribute: a list of those near a place; a text where none are known. None for a kind that is about no things."""
    if not asks(category):
        return None
    return Attribute(
        variable=True,
        code=CODE,
        datatype="singlevaluelist" if near else "string",
        required=False,
        datatype_description=HOW.say(language),
        order=len(category.questions) + 1,
        description=ASKED.say(language),
        values=tuple(Value(met.seen.id, _named(met, language)) for met in near) if near else UNSET,
    )


async def near_things(
    city: City, catalogue: Catalogue, category: Category, around: Around | None
) -> Sequence[Met]:
    """The things that a kind is about near a place, the nearest first; none where no place is named."""
    if around is None or not asks(category):
        return ()
    here = point(around.longitude, around.latitude)
    within_m = min(around.radius_m, catalogue.assets_near_m)
    wanted = Query(
        geo=GeoFilter("near", here, attribute(Thing, "location"), max_distance_m=within_m),
        order=(Order(path(Thing, "location"), distance=True),),
        order_geometry=here,
        limit=catalogue.assets_shown_max,
    )
    return (await city.playing(PART, Thing, wanted, category.assets))[: catalogue.assets_shown_max]


def _named(met: Met, language: str) -> str:
    thing: Thing = met.seen
    label = " ".join(part for part in (thing.identifier, thing.name) if part)
    return f"{met.kind.say(language)} {label or thing.id.rpartition(':')[2]}"


async def find_thing(city: City, category: Category, answers: dict[str, Any]) -> str:
    """The id of the thing that is answered, by its id or its number, taken out of the answers; empty when none is named.

    Raises Wrong for what is no thing of that kind.
    """
    if not asks(category):
        return ""
    given = answers.pop(CODE, "")
    if not isinstance(given, str) or len(given) > NUMBER_LENGTH_MAX:
        raise Wrong(400, f"attribute[{CODE}] takes one number")
    if not given:
        return ""
    number = Query(q=where(Thing, "identifier", "==", given), limit=1)
    found = await city.playing(PART, Thing, number, category.assets)
    met = found[0] if found else await city.met(PART, Thing, given)
    if met is None or met.type not in category.assets:
        raise Wrong(400, f"attribute[{CODE}]: {given[:60]} was not found")
    return str(met.seen.id)
