"""A layer goes back to what it was after a line of its log: shown field by field first, a change like any other, and undone as it is done.

    log of the layer ─► a line ─► what stood just after it (history, `Command.past`) ─► fields that differ from now
      ─► those that were ticked, each with the digest of what was shown as now ─► all still so ─► written, with a line in the log
                                                                               └► one is another now ─► refused (conflict), shown anew

Whether the layer is public stays as it is. What others changed meanwhile in a field that does not go back stays (docs/decisions/
0049-editing.md). The old state is not sent by whoever asks: the rule sees what the history says. A layer whose folder still says what
it said then follows the folder again, where it did so then and all of it is as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, cast

import msgspec

from kaiteki.kit.editing import digest
from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import State
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.words import Words
from kaiteki.services.maps.edit import form_of
from kaiteki.services.maps.labels import LABELS
from kaiteki.services.maps.model import DONE, HELD_ID, ID, HeldMapLayer, Layer, MapLayer
from kaiteki.services.maps.offered import faults_of
from kaiteki.services.maps.rules import both_ids, content_of, noted
from kaiteki.services.maps.settings import Settings
from kaiteki.services.maps.told_fields import text_of

FIELDS_MAX: Final = 40
_CONTENT: Final = tuple(one.name for one in msgspec.structs.fields(Layer))
DATA: Final = "urn:ngsi-ld:DataSet:"
NO_PAST: Final = Words(
    "このときの内容は残っていません。",
    "What the layer was then is not kept.",
    "その ときの 中身（なかみ）は のこって いません。",
)
GONE: Final = Words(
    "このときに使っていたデータは、いまはありません。データのほかの項目だけを戻すことはできます。",
    "The data that it showed then are there no more. The other fields can still go back.",
    "その ときの データは いま ありません。ほかは もどせます。",
)
MEANWHILE: Final = Words(
    "見ているあいだに、ほかの職員が直しました。いまの内容をもう一度確かめてください。",
    "Somebody else changed this meanwhile. Please look at it as it is now.",
    "ほかの 人（ひと）が なおしました。もう いちど 見（み）て ください。",
)
NOTHING: Final = Words(
    "戻すものを1つ以上選んでください。", "Please choose what is to go back.", "えらんで ください。"
)
_NOT_NOW: Final = Words("いまの状態ではできません", "This is not possible as it stands", "いまは できません")
_DONE_NOTE: Final = Words("前の状態に戻しました", "It is as it was", "もとに もどしました")


class GoBack(msgspec.Struct, frozen=True):
    """Bring fields of the layer `name` (all that differ, where none is named) to what they were after the line of its log of the moment
    `at` (ISO 8601). `seen` holds the digest of each field as it was when somebody looked at it, in the order of `fields`."""

    name: Annotated[str, msgspec.Meta(max_length=40)]
    at: Annotated[str, msgspec.Meta(max_length=40)]
    fields: Annotated[tuple[str, ...], msgspec.Meta(max_length=FIELDS_MAX)] = ()
    seen: Annotated[tuple[str, ...], msgspec.Meta(max_length=FIELDS_MAX)] = ()
    why: Annotated[
        str, Label(Words("戻す理由", "Why it goes back", "わけ")), msgspec.Meta(max_length=200)
    ] = ""


def needed_for_going_back(form: GoBack, asked: Asked) -> Sequence[str]:
    """The layer, public and held, and the data set that it showed then."""
    then = _then(asked.stood, form)
    return (*both_ids(form.name), *((DATA + then.collection,) if then is not None else ()))


def past_of_layer(form: GoBack, asked: Asked) -> tuple[Sequence[str], Instant] | None:
    """The layer just after the line of its log."""
    at = parse_instant(form.at)
    return (both_ids(form.name), Instant(at + 1)) if at is not None else None


def go_back(state: State, form: GoBack, asked: Asked) -> Accepted | Refused:
    """The fields are what they were, if nobody changed them since they were looked at."""
    there, then = state.get(ID + form.name) or state.get(HELD_ID + form.name), _then(asked.stood, form)
    if not isinstance(there, MapLayer):
        return Refused("not_found")
    if then is None:
        return Refused("invalid", (Fault("at", "no_past", NO_PAST),))
    differ = differing(there, then)
    wanted = tuple(one for one in form.fields if one in _CONTENT) or differ
    seen = dict(zip(form.fields, form.seen, strict=False))
    crossed = [one for one in wanted if seen.get(one, mark(there, one)) != mark(there, one)]
    if crossed:
        return Refused("conflict", tuple(Fault(one, "overtaken", MEANWHILE) for one in crossed))
    if not set(wanted) & set(differ):
        return Refused("invalid", (Fault("fields", "nothing", NOTHING),))
    if "collection" in wanted and "collection" in differ and _is_gone(state, then):
        return Refused("invalid", (Fault("collection", "gone", GONE),))
    after = msgspec.structs.replace(there, edited=True, **{one: getattr(then, one) for one in wanted})
    if not differing(after, then) and _follows(then, cast(Settings, asked.settings)):
        after = msgspec.structs.replace(after, edited=False, told=then.told)
    return Accepted((noted(after, "went_back", asked, form.why),), answer={"name": form.name})


def differing(now: Layer, then: Layer) -> tuple[str, ...]:
    """The fields of a layer that are not what they were."""
    return tuple(one for one in _CONTENT if getattr(now, one) != getattr(then, one))


def mark(layer: Layer, field: str) -> str:
    """The digest of a field as it stands."""
    return digest(msgspec.to_builtins(getattr(layer, field)))


def _then(stood: Mapping[str, Any], form: GoBack) -> MapLayer | None:
    """The layer as it stood, of which this line is the last of its log."""
    at = parse_instant(form.at)
    known = (stood.get(one) for one in both_ids(form.name))
    return next(
        (one for one in known if isinstance(one, MapLayer) and one.log and one.log[-1].at == at), None
    )


def _is_gone(state: State, then: Layer) -> bool:
    """Whether a layer showed a data set that is there no more; a type of its own is named with a capital letter."""
    return not then.collection[:1].isupper() and state.get(DATA + then.collection) is None


def _follows(then: MapLayer, settings: Settings) -> bool:
    """Whether a layer followed the folder of the area, and the folder says the same today."""
    return not then.edited and any(
        one.name == then.name and one.digest == then.told for one in settings.every
    )


def lines_of(layer: MapLayer, language: str) -> list[dict[str, Any]]:
    """The log of a layer, the newest line first, each but that one with the moment to go back to."""
    return [
        {
            "title": DONE[one.what].say(language),
            "at": one.at,
            "text": one.why,
            "back": format_instant(one.at) if one is not layer.log[-1] else "",
        }
        for one in reversed(layer.log)
        if one.what in DONE
    ]


async def show_back(ask: PageAsk) -> PageReply:
    """What would change, field by field."""
    return await _page(ask, ask.query.get("at", ""), (), None)


async def act_back(ask: PageAsk) -> PageReply:
    """Go back with what was ticked; where that is not possible, the page says why and shows it as it is now."""
    fields, at = tuple(ask.fields.get("fields", ())), _first(ask, "at")
    marks = {name: digest for name, _, digest in (one.partition(":") for one in ask.fields.get("seen", ()))}
    form = GoBack(
        ask.path.get("name", ""), at, fields, tuple(marks.get(one, "") for one in fields), _first(ask, "why")
    )
    if not fields:
        return await _page(ask, at, (Fault("fields", "nothing", NOTHING),), ())
    if lacking := await _lacking(ask, form):
        return await _page(ask, at, lacking, fields)
    done = await ask.city.run("maps.go_back", form)
    if isinstance(done, Refused):
        return await _page(ask, at, done.faults or (Fault("", done.code, _NOT_NOW),), fields)
    return Moved(f"maps/desk/{form.name}", _DONE_NOTE.say(ask.language))


async def _page(ask: PageAsk, at: str, faults: tuple[Fault, ...], ticked: Sequence[str] | None) -> PageReply:
    now, then = await _both(ask, at)
    if now is None:
        return Missing()
    line = then.log[-1] if then is not None and then.log else None
    rows = _rows(now, then, ask.language) if then is not None else ()
    wrong = faults or (() if then is not None else (Fault("", "no_past", NO_PAST),))
    return Shown(
        {
            "layer": now,
            "title": now.title.say(ask.language),
            "at": at,
            "done": DONE[line.what].say(ask.language) if line is not None and line.what in DONE else "",
            "line": line,
            "rows": rows,
            "ticked": tuple(one["field"] for one in rows) if ticked is None else ticked,
            "why": _first(ask, "why"),
            "faults": wrong,
        },
        422 if faults else 404 if wrong else 200,
    )


def _rows(now: MapLayer, then: MapLayer, language: str) -> Sequence[dict[str, str]]:
    return [
        {
            "field": one,
            "words": LABELS[one].say(language),
            "now": text_of(now, then, one, language),
            "then": text_of(then, now, one, language),
            "mark": mark(now, one),
        }
        for one in differing(now, then)
    ]


async def _both(ask: PageAsk, at: str) -> tuple[MapLayer | None, MapLayer | None]:
    """The layer as it is and as it was after the line of a moment."""
    name, moment = ask.path.get("name", ""), parse_instant(at)
    now = await ask.city.get(MapLayer, ID + name) or await ask.city.get(HeldMapLayer, HELD_ID + name)
    if moment is None:
        return now, None
    stood: dict[str, Any] = {}
    for view, entity_id in ((MapLayer, ID + name), (HeldMapLayer, HELD_ID + name)):
        stood[entity_id] = await ask.city.stood(view, entity_id, Instant(moment + 1))
    return now, _then(stood, GoBack(name, at))


async def _lacking(ask: PageAsk, form: GoBack) -> tuple[Fault, ...]:
    """What the layer would name that there is no more: its data, a column of them."""
    now, then = await _both(ask, form.at)
    if now is None or then is None:
        return ()
    after = msgspec.structs.replace(
        now, **{one: content_of(then)[one] for one in form.fields if one in _CONTENT}
    )
    known = {"by": "style", "classes": "style"}
    faults = await faults_of(ask, form_of(after), form_of(now))
    return tuple(
        Fault("collection", "gone", GONE)
        if one.field == "collection"
        else msgspec.structs.replace(one, field=known.get(one.field, one.field))
        for one in faults
    )


def _first(ask: PageAsk, name: str) -> str:
    return next(iter(ask.fields.get(name, ())), "").strip()
