"""How the fields of the pages fill a draft, how a draft looks as fields of a form, and the command that it becomes."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import PageAsk
from kaiteki.model.decision import Fault, Refused
from kaiteki.services.reports.draft import Draft
from kaiteki.services.reports.faults import fault
from kaiteki.services.reports.forms import PhotoForm
from kaiteki.services.reports.looks import place_of
from kaiteki.services.reports.model import Theme
from kaiteki.services.reports.photos import keep_photo
from kaiteki.services.reports.queries import first_of, settings_in
from kaiteki.services.reports.questions import check_answers, questions_of
from kaiteki.services.reports.settings import Question

CONTACT: Final = ("contact_name", "contact_email", "contact_phone")
ADDRESS_LENGTH_MAX: Final = 200
DESCRIPTION_LENGTH_MAX: Final = 4000
CONTACT_LENGTH_MAX: Final = 100
KEY_LENGTH_MAX: Final = 100
ASSET_LENGTH_MAX: Final = 200


async def questions_for(ask: PageAsk, draft: Draft) -> tuple[Question, ...]:
    """What is asked about the draft's kind, and in its theme; not for the number of a thing that was chosen."""
    theme = await ask.city.get(Theme, draft.theme) if draft.theme else None
    asked = questions_of(settings_in(ask).category(draft.category), theme)
    return tuple(question for question in asked if not (draft.asset and question.of_asset))


def placed_by(ask: PageAsk, draft: Draft) -> Draft:
    """The draft with the place that the fields say: words, a position, or both."""
    latitude, longitude = (_degrees(first_of(ask.fields, f"place_{part}")) for part in ("lat", "lon"))
    there = latitude is not None and longitude is not None and abs(latitude) <= 90 and abs(longitude) <= 180
    point = (longitude, latitude) if there else None
    address = first_of(ask.fields, "place_address")[:ADDRESS_LENGTH_MAX]
    same = (address, point) == (draft.address, draft.point)
    return msgspec.structs.replace(
        draft,
        address=address,
        latitude=latitude if there else None,
        longitude=longitude if there else None,
        by_photo=draft.by_photo and point == draft.point,
        asset=draft.asset if same else "",
        asked_asset=draft.asked_asset and same,
    )


def misplaced(ask: PageAsk, draft: Draft) -> str:
    """What is wrong with the place that the fields say: `unreadable` degrees, a `missing` place, or nothing."""
    given = any(first_of(ask.fields, f"place_{part}").strip() for part in ("lat", "lon"))
    if given and draft.latitude is None:
        return "unreadable"
    return "" if draft.placed else "missing"


def _degrees(text: str) -> float | None:
    try:
        # a Japanese keyboard writes wide digits and a wide point
        return float(unicodedata.normalize("NFKC", text))
    except ValueError:
        return None


def told_by(ask: PageAsk, draft: Draft, questions: Sequence[Question]) -> Draft:
    """The draft with the words and answers of the fields."""
    said = first_of(ask.fields, "description").replace("\r\n", "\n")[:DESCRIPTION_LENGTH_MAX]
    answers: dict[str, Any] = {}
    for question in questions:
        given = [one for one in ask.fields.get(f"answer-{question.code}", ()) if one.strip()]
        if given:
            answers[question.code] = given if question.kind == "many" else given[0].strip()
    return msgspec.structs.replace(draft, description=said, answers=answers)


def dropping(ask: PageAsk, draft: Draft) -> Draft:
    """The draft without the photos that its reporter took out."""
    dropped = ask.fields.get("drop", ())
    return msgspec.structs.replace(draft, photos=tuple(p for p in draft.photos if p.digest not in dropped))


def wrong_in(ask: PageAsk, draft: Draft, questions: Sequence[Question]) -> tuple[Fault, ...]:
    """What is still wrong with words, photos and answers, at the fields of the pages."""
    wrong = check_answers(tuple(questions), draft.answers)
    faults = [msgspec.structs.replace(f, field=f.field.replace("answers.", "answer-")) for f in wrong]
    if not draft.description and not draft.photos and not draft.answers:
        faults.append(fault("description", "missing"))
    if len(draft.description) > settings_in(ask).description_max:
        faults.append(fault("description", "too_long", settings_in(ask).description_max))
    return tuple(faults)


async def keep_photos_of(ask: PageAsk, draft: Draft) -> tuple[Draft, tuple[Fault, ...]]:
    """The draft with the photos that came along; where it has no place yet, the one that a camera wrote into them."""
    settings = settings_in(ask)
    faults: list[Fault] = []
    photos, place = list(draft.photos), None
    uploads = [upload for upload in ask.files.get("photos", ()) if upload.content][: 2 * settings.photos_max]
    results = await asyncio.gather(*(keep_photo(ask, upload, "photos") for upload in uploads))
    for upload, kept in zip(uploads, results, strict=True):
        if isinstance(kept, Refused):
            faults.extend(kept.faults)
            continue
        if kept.digest in {photo.digest for photo in photos}:
            continue
        if len(photos) >= settings.photos_max:
            faults.append(fault("photos", "too_many", settings.photos_max))
            break
        place = place or await asyncio.to_thread(place_of, upload.content)
        photos.append(kept)
    draft = msgspec.structs.replace(draft, photos=tuple(photos))
    if place and not draft.placed:
        draft = msgspec.structs.replace(draft, longitude=place[0], latitude=place[1], by_photo=True)
    return draft, tuple(faults)


def fields_of(ask: PageAsk, draft: Draft) -> dict[str, list[str]]:
    """The draft as the fields of the one-page form: what a browser keeps of it when the network is gone."""
    category = settings_in(ask).category(draft.category)
    fields = {
        "title": category.words.say(ask.language) if category else "",
        "key": draft.key,
        "category": draft.category,
        "theme": draft.theme,
        "asset": draft.asset,
        "place_address": draft.address,
        "place_lat": "" if draft.latitude is None else repr(draft.latitude),
        "place_lon": "" if draft.longitude is None else repr(draft.longitude),
        "description": draft.description,
    }
    answers = {
        f"answer-{code}": [str(one) for one in given] if isinstance(given, list) else [str(given)]  # pyright: ignore
        for code, given in draft.answers.items()
    }
    kept = [msgspec.json.encode(photo).decode() for photo in draft.photos]
    return {name: [value] for name, value in fields.items() if value} | answers | {"kept": kept}


def draft_of(ask: PageAsk) -> Draft:
    """The draft that the fields of the one-page form tell of, without answers and new photos."""
    kept = ask.fields.get("kept", ())[: settings_in(ask).photos_max]
    draft = Draft(
        category=first_of(ask.fields, "category"),
        theme=first_of(ask.fields, "theme"),
        photos=tuple(photo for text in kept if (photo := _kept_photo(text))),
        key=first_of(ask.fields, "key")[:KEY_LENGTH_MAX],
    )
    draft = placed_by(ask, dropping(ask, draft))
    return msgspec.structs.replace(draft, asset=first_of(ask.fields, "asset")[:ASSET_LENGTH_MAX])


def _kept_photo(text: str) -> PhotoForm | None:
    try:
        return msgspec.json.decode(text, type=PhotoForm)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def submit_form(draft: Draft, fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The form of `reports.submit`: the same draft and fields give the same form, so a repeated sending is known as one."""
    return {
        "category": draft.category,
        "description": draft.description,
        "latitude": draft.latitude,
        "longitude": draft.longitude,
        "address": draft.address,
        "accuracy_m": draft.accuracy_m,
        "asset": draft.asset,
        "theme": draft.theme,
        "answers": draft.answers,
        "photos": [msgspec.to_builtins(photo) for photo in draft.photos],
        "follow": bool(fields.get("follow")),
        "draft": draft.key,
        **{name: first_of(fields, name)[:CONTACT_LENGTH_MAX] for name in CONTACT},
    }
