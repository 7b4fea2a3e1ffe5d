"""A small service of its own for the tests of the portal: shelters, and gardens that people tell of."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from kaiteki.kit.forms import Label, parse_fields
from kaiteki.kit.manifest import Command, EntityType, Figure, Page, Service, State
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Reading, Shown
from kaiteki.kit.views import CREATED_AT, Location, fresh_id
from kaiteki.model.access import ANYONE, STAFF
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words


class Shelter(msgspec.Struct, frozen=True):
    """A place to go to."""

    id: str
    name: str
    address: str
    location: Location
    hazards: tuple[str, ...] = ()


class Garden(msgspec.Struct, frozen=True):
    """A garden that somebody told of."""

    id: str
    name: str
    words: str
    state: str = "told"
    told_at: Annotated[Instant, CREATED_AT] = Instant(0)


class Telling(msgspec.Struct, frozen=True):
    """The form of a telling."""

    name: Annotated[
        str, Label(Words("庭の名前", "Name of the garden", "にわの なまえ")), msgspec.Meta(max_length=60)
    ]
    words: Annotated[str, Label(Words("ようす", "What you saw", "ようす")), msgspec.Meta(max_length=500)] = ""


class Visiting(msgspec.Struct, frozen=True):
    """Staff went there."""

    id: Annotated[str, Label(Words("庭", "Garden", "にわ"))]
    state: Annotated[
        str,
        Label(
            Words("状態", "State", "いま"),
            choices=(
                ("seen", Words("見た", "Seen", "みた")),
                ("lost", Words("なくなった", "Lost", "なくなった")),
            ),
        ),
    ]


def tell(state: State, form: Telling, asked: Asked) -> Accepted | Refused:
    """Anybody may tell of a garden."""
    garden = Garden(fresh_id("Garden", asked), form.name, form.words)
    return Accepted(writes=(garden,), answer={"id": garden.id})


def visit(state: State, form: Visiting, asked: Asked) -> Accepted | Refused:
    """Staff say what they saw."""
    garden = state.get(form.id)
    if garden is None:
        return Refused("not_found")
    return Accepted(writes=(msgspec.structs.replace(garden, state=form.state),))


async def gardens(ask: PageAsk) -> PageReply:
    """The list."""
    found = await ask.city.find(Garden, Query(limit=20))
    return Shown({"gardens": found.items})


async def garden(ask: PageAsk) -> PageReply:
    """One garden."""
    seen: Any = await ask.city.get(Garden, ask.path["id"])
    return Shown({"title": seen.name, "garden": seen}) if seen else Missing()


async def telling(ask: PageAsk) -> PageReply:
    """The empty form."""
    return Shown({"given": {}})


async def told(ask: PageAsk) -> PageReply:
    """The sent form."""
    form = parse_fields(Telling, ask.fields)
    if isinstance(form, tuple):
        return Shown({"faults": form, "given": {k: v[0] for k, v in ask.fields.items()}}, 422)
    done = await ask.city.run("garden.tell", form)
    if isinstance(done, Refused):
        return Shown({"faults": done.faults, "given": {}}, 422)
    return Moved(f"gardens/{done.answer['id']}", "ありがとうございます。庭を記録しました")


async def broken(ask: PageAsk) -> PageReply:
    """A page with a bug."""
    raise RuntimeError("a bug of a service")


async def count(ask: PageAsk) -> Reading:
    """How many shelters there are."""
    found = await ask.city.find(Shelter, Query(limit=1, total=True))
    return Reading(
        str(found.total), Words("か所", "places"), Words("歩いて行けるところ", "Within walking distance"), ask.now,
        Words("見本", "Sample"), "map?layer=Shelter",
    )  # fmt: skip


async def silence(ask: PageAsk) -> Reading:
    """A number that nobody knows."""
    return Reading(None)


GARDEN = Service(
    name="garden",
    words=Words("庭", "Gardens", "にわ"),
    summary=Words("まちの庭を知らせ、訪ねます", "Tell of gardens and visit them", "にわを しらせます"),
    field="town",
    stage="pilot",
    package="garden_town",
    types=(
        EntityType(
            name="Shelter",
            view=Shelter,
            words=Words("避難所", "Shelters", "にげる ばしょ"),
            columns=("name", "address", "hazards"),
            labels={
                "address": Words("住所", "Address", "じゅうしょ"),
                "hazards": Words("使える災害", "For", "つかえる とき"),
                "name": Words("名前", "Name", "なまえ"),
            },
            public=("name", "address", "location", "hazards"),
            plays=frozenset({"shelter"}),
        ),
        EntityType(
            name="Garden",
            view=Garden,
            words=Words("庭の記録", "Garden records", "にわの きろく"),
            columns=("name", "state", "told_at"),
            labels={"name": Words("名前", "Name"), "state": Words("状態", "State"), "told_at": Words("日時", "When")},
            public=("name", "words", "state", "told_at"),
            page="gardens/{id}",
        ),
    ),
    commands=(
        Command("tell", Words("庭を知らせる", "Tell of a garden", "にわを しらせる"), Telling, tell, roles=(ANYONE,)),
        Command(
            "visit", Words("訪問を記録", "Record a visit", "いった きろく"), Visiting, visit,
            needs=lambda form, asked: (form.id,), on="Garden",
        ),
    ),
    pages=(
        Page("gardens/new", "new.html", Words("庭を知らせる", "Tell of a garden", "にわを しらせる"), telling, told, menu=True, icon="heart"),
        Page("gardens", "list.html", Words("まちの庭", "Gardens of the town", "まちの にわ"), gardens, menu=True, icon="sun"),
        Page("gardens/{id}", "one.html", Words("庭", "Garden", "にわ"), garden),
        Page("broken", "list.html", Words("こわれたページ", "Broken page"), broken),
        Page("rounds", "list.html", Words("見まわり", "Rounds"), gardens, roles=(STAFF,)),
    ),
    figures=(
        Figure(Words("避難所", "Shelters", "にげる ばしょ"), count, "shield"),
        Figure(Words("気温", "Temperature", "あつさ"), silence, "heat"),
    ),
)  # fmt: skip
