"""A town that asks what people think of a draft, for tests."""

from __future__ import annotations

from typing import Any

from kaiteki.kit.catalogue.settings import Office
from kaiteki.kit.messages import Letter
from kaiteki.kit.views import where
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.consultations.manifest import service
from kaiteki.services.consultations.model import Consultation
from kaiteki.services.consultations.settings import Settings
from town import CLERK, RESIDENT_A, Town

OFFICES = Settings(
    offices=(Office("roads", Words("道路課", "Roads")), Office("parks", Words("公園課", "Parks")))
)
DRAFT = {
    "title": "みどりの計画（案）",
    "kind": "plan",
    "about": "公園を30か所ふやします。",
    "text": "第1章 公園をふやす。",
    "documents": "計画案 https://www.example.jp/plan.pdf\n概要版 https://www.example.jp/short.pdf",
    "how": "郵送：見本市港1-1 企画課",
    "opens_on": "2026-11-22",
    "closes_on": "2026-12-21",
    "office": "roads",
}
MONTH_S = 31 * 86_400
ANSWER = {"summary": "公園をふやしてほしい。", "reply": "ふやします。要望が多いためです。", "effect": "same"}


def open_town(settings: Settings = OFFICES) -> Town:
    """A town whose offices ask."""
    return Town(service, settings={"participation": settings})


async def done(
    town: Town, command: str, form: Any, person: Person = CLERK, browser: str = ""
) -> dict[str, Any]:
    """Run a command that must be accepted; its answer."""
    said = await town.run(f"participation.{command}", form, person, browser=browser)
    assert isinstance(said, Accepted), said
    return said.answer


async def announced(town: Town, **other: str) -> str:
    """A draft that everybody is asked about; its id."""
    draft = await done(town, "prepare", {**DRAFT, **other})
    return (await done(town, "announce", {"id": draft["id"]}))["id"]


async def said(
    town: Town, this: str, text: str, person: Person = RESIDENT_A, browser: str = "", wishes: bool = True
) -> int:
    """An opinion by web; its number."""
    form = {"id": this, "text": text, "wishes": wishes}
    return (await done(town, "say_opinion", form, person, browser))["n"]


async def answered(town: Town, this: str, *numbers: int, **other: str) -> int:
    """A new answer that some opinions get; its number."""
    n = (await done(town, "write_answer", {"id": this, **ANSWER, **other}))["n"]
    await done(town, "map_opinions", {"id": this, "answer": n, "numbers": list(numbers)})
    return n


async def seen(town: Town, this: str, person: Person = NOBODY) -> Consultation:
    """A public comment as somebody sees it."""
    found = await town.city(person).get(Consultation, this)
    assert isinstance(found, Consultation)
    return found


async def letters(town: Town, holder: str) -> list[Letter]:
    """What somebody was told, in order."""
    found = await town.city(Person(holder)).find(Letter, Query(q=where(Letter, "to", "==", holder)))
    return list(found.items)
