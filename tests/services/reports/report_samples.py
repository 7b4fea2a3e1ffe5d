"""A small area with categories, offices, zones and routes, and reports to begin with."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from PIL import Image

from kaiteki.kit.pages import Upload
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.words import Words
from kaiteki.services.reports.manifest import service
from kaiteki.services.reports.model import Report, report_id
from kaiteki.services.reports.settings import (
    Category,
    Hazard,
    Office,
    Option,
    Question,
    Route,
    Settings,
    Zone,
)
from town import Town


def w(text: str) -> Words:
    """The same word in all languages."""
    return Words(text, text, text)


SETTINGS = Settings(
    categories=(
        Category(
            "road",
            Words("道路の穴・段差", "Road damage", "道の あな"),
            questions=(
                Question(
                    "size",
                    w("大きさ"),
                    "one",
                    required=False,
                    options=(Option("fist", w("こぶし")), Option("person", w("人が入る"))),
                    danger=("person",),
                ),
            ),
            traffic=True,
        ),
        Category("park", Words("公園", "Park", "こうえん"), solvable=True),
        Category("good", Words("まちのいいところ", "Good place", "いい ところ"), kind="praise"),
    ),
    offices=(
        Office("hall", w("市役所")),
        Office("roads", w("土木事務所")),
        Office("green", w("公園課")),
        Office("state", w("国道事務所"), outside=True),
    ),
    zones=(
        Zone(
            "north",
            w("北区"),
            polygon=((140.0, 35.1), (140.2, 35.1), (140.2, 35.2), (140.0, 35.2)),
            names=("北区",),
        ),
        Zone("south", w("南区"), centre=(140.1, 35.0), names=("南区",)),
        Zone(
            "route1",
            w("国道1号"),
            kind="road",
            line=((140.0, 35.15), (140.2, 35.15)),
            within_m=20,
            owner="state",
        ),
        Zone(
            "pond",
            w("池の公園"),
            kind="park",
            polygon=((140.05, 35.16), (140.06, 35.16), (140.06, 35.17), (140.05, 35.17)),
        ),
    ),
    routes=(
        Route("green", zone="pond"),
        Route("roads", "road"),
        Route("green", "park"),
        Route("hall"),
    ),
    hazards=(Hazard(("倒れ", "感電"), w("すぐ危険"), "now"), Hazard(("通学路",), w("子どもが通る"))),
)
HERE = {"latitude": 35.13, "longitude": 140.1}


def _picture(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (4, 4), shade).save(out, "PNG")
    return out.getvalue()


PICTURES = {hashlib.sha256(one).hexdigest(): one for one in map(_picture, (0, 90, 180))}
"""Files that people of the tests may send, by digest."""
A_PHOTO, B_PHOTO, C_PHOTO = PICTURES
PHOTO = {"digest": A_PHOTO}
SOON = "2026-11-25T01:00:00Z"
LATER = "2026-11-25T03:00:00Z"
TASK = {"what": "ベンチの板を替える", "starts_at": SOON, "ends_at": LATER, "insurance": "市の保険に入ります"}


def open_town(settings: Settings = SETTINGS) -> Town:
    """A town where reports are at work."""
    return Town(service, settings={"reports": settings})


async def sent(town: Town, digest: str, person: Person = NOBODY, browser: str = "") -> None:
    """One of the pictures, taken in from a person."""
    kept = await town.city(person, browser).keep_photo(Upload("a.png", "image/png", PICTURES[digest]))
    assert kept == digest


async def with_photos(town: Town, form: dict[str, Any], person: Person, browser: str) -> dict[str, Any]:
    """The form, after the photos that it names were sent."""
    for photo in form.get("photos", ()):
        if isinstance(photo, dict):
            await sent(town, str(photo["digest"]), person, browser)
    return form


async def done(
    town: Town, command: str, form: dict[str, Any], person: Person = NOBODY, browser: str = ""
) -> Any:
    """The answer of a command that must be accepted; the photos of its form are sent first."""
    form = await with_photos(town, form, person, browser)
    said = await town.run(f"reports.{command}", form, person, browser=browser)
    assert isinstance(said, Accepted), said
    return said.answer


async def refused(
    town: Town, command: str, form: dict[str, Any], person: Person = NOBODY, browser: str = ""
) -> tuple[str, tuple[str, ...]]:
    """Code and fields of a refusal; the photos of its form are sent first."""
    form = await with_photos(town, form, person, browser)
    said = await town.run(f"reports.{command}", form, person, browser=browser)
    assert isinstance(said, Refused), said
    return said.code, tuple(fault.field for fault in said.faults)


async def submitted(town: Town, person: Person = NOBODY, browser: str = "phone", **more: Any) -> str:
    """A new report in the park; the answer is its number."""
    form = {"category": "park", "description": "ベンチがこわれている。板が1枚ない。", **HERE, **more}
    return (await done(town, "submit", form, person, browser))["number"]


async def kept(town: Town, number: str, person: Person = NOBODY) -> Report:
    """The report as a person sees it."""
    found = await town.city(person).get(Report, report_id(number))
    assert found is not None
    return found
