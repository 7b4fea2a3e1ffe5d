"""The pages of what is public: all that was withdrawn or is a draft, and one data set or record with what would vanish, or come back."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import msgspec

from kaiteki.kit.manifest import Page
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, part_of_path
from kaiteki.kit.views import every, ordered, where
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.said import said_day
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.standard.table import standard_types
from kaiteki.services.opendata.withdrawal.deciding import EraseData, PublishData, WithholdData
from kaiteki.services.opendata.withdrawal.model import (
    AT_WORK,
    STATES,
    Withdrawal,
    WithdrawnDataSet,
    Withheld,
    withdrawal_id,
    withdrawn_id,
)

SHOWN_MAX: Final = 100
LAYERS_MAX: Final = 50
DRAFT: Final = Words("下書き", "Draft", "下書（したが）き")
COLOURS: Final = {"withheld": "warn", "published": "good", "erased": "plain"}


class _Layer(msgspec.Struct, frozen=True):
    """A layer of a map as far as it says which data it shows."""

    entity_type: ClassVar[str] = "MapLayer"
    id: str
    collection: str = ""


class _About(msgspec.Struct, frozen=True):
    """What a decision is about: a data set or a record, with its title; None where it was deleted or erased."""

    id: str
    title: str
    data_set: DataSet | None
    record: Any = None

    @property
    def is_whole(self) -> bool:
        """Whether it is a data set."""
        return self.record is None


async def show_all(ask: PageAsk) -> PageReply:
    """What is not public, the last decision first."""
    wanted = Query(order=(ordered(Withdrawal, "decided_at", descending=True),), limit=SHOWN_MAX)
    found = (await ask.city.find(Withdrawal, wanted)).items
    rows = [
        [
            _name(one, ask),
            {"text": _state(one).say(ask.language), "tag": COLOURS.get(one.state, "key")},
            one.reason or "—",
            said_day(one.decided_at, ask.language) if one.decided_at else "—",
        ]
        for one in found
        if one.state != "published"
    ]
    return Shown({"rows": rows})


def _state(one: Withdrawal) -> Words:
    return DRAFT if one.drafted and one.state == "withheld" else STATES[one.state]


def _name(one: Withdrawal, ask: PageAsk) -> dict[str, str]:
    title = one.title or one.about.rpartition(":")[2] or "—"
    if not one.about:
        return {"text": title}
    return {"text": title, "href": f"/{ask.area}/opendata/publishing/{part_of_path(one.about)}"}


async def show_one(ask: PageAsk) -> PageReply:
    """A data set or a record: whether it is public, and what a decision would change."""
    return await _one(ask, ())


async def act_one(ask: PageAsk) -> PageReply:
    """Withdraw, publish, erase for good."""
    one, do = ask.path.get("id", ""), _first(ask, "do")
    if do == "withhold":
        done = await ask.city.run("opendata.withhold_data", WithholdData(one, _first(ask, "reason").strip()))
    elif do == "publish":
        done = await ask.city.run("opendata.publish_data", PublishData(one))
    elif do == "erase":
        form = EraseData(one, _first(ask, "sure") == "yes")
        done = await ask.city.run("opendata.erase_data", form)
    else:
        return Missing()
    if isinstance(done, Refused):
        return Missing() if done.code == "not_found" else await _one(ask, done.faults)
    return Moved(f"opendata/publishing/{part_of_path(one)}")


async def _about(ask: PageAsk, entity_id: str) -> _About | None:
    data_set = await ask.city.get(DataSet, entity_id)
    if data_set is not None:
        return _About(entity_id, data_set.title, data_set)
    kind = entity_id.removeprefix("urn:ngsi-ld:").partition(":")[0]
    names = (kind,) if kind in standard_types() else tuple(standard_types())
    for name in names:
        record = await ask.city.get(record_view(name), entity_id)
        if record is not None:
            title = str(getattr(record, "name", "") or standard_types()[name].words.say(ask.language))
            return _About(entity_id, title, await ask.city.get(DataSet, record.data_set), record)
    return None


async def _one(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    entity_id = ask.path.get("id", "")
    kept = await ask.city.get(Withdrawal, withdrawal_id(entity_id))
    about = await _about(ask, entity_id)
    if about is None and kept is None:
        return Missing()
    values = {
        "about": about,
        "title": about.title if about is not None else (kept.title if kept is not None else "") or "—",
        "kept": kept,
        "is_public": kept is None or kept.state == "published",
        "is_at_work": kept is not None and kept.state in AT_WORK,
        "state": _state(kept).say(ask.language)
        if kept is not None
        else STATES["published"].say(ask.language),
        "colour": COLOURS.get(kept.state, "key") if kept is not None else "good",
        "faults": faults,
        "address": part_of_path(entity_id),
        **await _reach(ask, about, entity_id),
    }
    return Shown(values, 422 if faults else 200)


async def _reach(ask: PageAsk, about: _About | None, entity_id: str) -> dict[str, Any]:
    """What a decision on it reaches: how many records, how many of them everybody will see (`shown`), at which addresses, on which layers, which files it came in."""
    data_set = about.data_set if about is not None else None
    if about is None or data_set is None or data_set.record_type not in standard_types():
        return {
            "total": None,
            "shown": None,
            "addresses": (),
            "layers": (),
            "files": (),
            "in_hidden_set": False,
        }
    kind = data_set.record_type
    if about.is_whole:
        view = record_view(kind)
        wanted = Query(q=where(view, "data_set", "==", about.id), limit=1, total=True)
        total, addresses = (await ask.city.find(view, wanted)).total, _addresses(ask, about.id, kind)
        apart = await _hidden_apart(ask, about.id)
    else:
        total, addresses, apart = 1, _addresses_of_record(ask, entity_id, kind), 0
    shown = await ask.city.playing("map_layer", _Layer, Query(q=_drawing(data_set), limit=LAYERS_MAX))
    titles = await ask.city.named([one.seen.id for one in shown])
    layers = [(one.title, f"/{ask.area}/maps/layers/{part_of_path(one.id)}") for one in titles.values()]
    deliveries = await ask.city.find(
        Delivery, Query(q=where(Delivery, "data_set", "==", data_set.id), limit=SHOWN_MAX)
    )
    whole = await ask.city.get(Withheld, data_set.id) if not about.is_whole else None
    return {
        "total": total,
        "shown": (total or 0) - apart,
        "addresses": addresses,
        "layers": layers,
        "files": [one.file_name for one in deliveries.items],
        "in_hidden_set": whole is not None,
    }


async def _hidden_apart(ask: PageAsk, data_set: str) -> int:
    """How many records of a data set were withdrawn by themselves: they stay hidden when the whole of it is published."""
    of_set = where(Withdrawal, "data_set", "==", data_set)
    hidden = where(Withdrawal, "state", "==", ("withholding", "withheld"))
    one = where(Withdrawal, "about", "!=", data_set)
    return (
        await ask.city.find(Withdrawal, Query(q=every(of_set, hidden, one), limit=1, total=True))
    ).total or 0


def _drawing(data_set: Any) -> Any:
    return where(_Layer, "collection", "==", (data_set.id.rpartition(":")[2], data_set.record_type))


def _addresses(ask: PageAsk, data_set: str, kind: str) -> list[str]:
    base = f"/{ask.area}"
    return [
        f"{base}/data/{data_set}",
        f"{base}/data/{data_set}/records.csv",
        f"{base}/data/{data_set}/records.geojson",
        f"{base}/ogc/collections/{data_set.rpartition(':')[2]}",
        f"{base}/catalog.jsonld",
        f"/ngsi-ld/v1/entities?type={kind}",
    ]


def _addresses_of_record(ask: PageAsk, entity_id: str, kind: str) -> list[str]:
    place = [f"/{ask.area}/places/{entity_id}"] if "place" in standard_types()[kind].plays else []
    return [
        *place,
        f"/{ask.area}/ogc/collections/{kind}/items/{entity_id}",
        f"/ngsi-ld/v1/entities/{entity_id}",
    ]


async def show_withdrawn(ask: PageAsk) -> PageReply | None:
    """What everybody is told where a data set was: that it was withdrawn (410); None where there was none."""
    gone = await ask.city.get(WithdrawnDataSet, withdrawn_id(ask.path.get("id", "")))
    if gone is None or gone.data_set != ask.path.get("id", ""):
        return None
    at = said_day(gone.withdrawn_at, ask.language) if gone.withdrawn_at else ""
    return Shown({"at": at}, 410, template="withdrawn.html")


def _first(ask: PageAsk, name: str) -> str:
    return next(iter(ask.fields.get(name, ())), "")


_WORDS: Final = Words("公開と非公開", "What is public", "見（み）せる・見（み）せない")
PAGES: Final = (
    Page("opendata/publishing", "publishing_all.html", _WORDS, show_all, roles=(STAFF,)),
    Page("opendata/publishing/{id:path}", "publishing.html", _WORDS, show_one, act_one, (STAFF,)),
)
