"""A town with the services that hold data of people, and the word of a command that was done."""

from __future__ import annotations

from typing import Any

from kaiteki.main.cities import load_service_settings
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted
from kaiteki.services.reports.manifest import service as reports
from kaiteki.services.reports.settings import Settings as ReportSettings
from kaiteki.services.trust.manifest import service as trust
from kaiteki.services.trust.settings import Settings
from reader import TOKEN, Reader
from town import Town


def trust_town(settings: Settings | None = None) -> Town:
    """まちレポ beside 個人情報・同意."""
    own = {
        "reports": load_service_settings("demo", "reports", ReportSettings),
        "trust": settings or Settings(desk_office="roads"),
    }
    return Town(reports, trust, settings=own)


async def done(
    town: Town, command: str, form: Any, person: Person = NOBODY, browser: str = ""
) -> dict[str, Any]:
    """Run a command that must be accepted; its answer."""
    said = await town.run(command, form, person, browser=browser)
    assert isinstance(said, Accepted), said
    return said.answer


async def choose(reader: Reader, purpose: str, back: str = "desk") -> int:
    """Say at the head of the desk for what one looks; the status of the answer."""
    found = TOKEN.search((await reader.get("/demo/desk")).text)
    form = {"purpose": purpose, "back": back}
    return (await reader.post("/demo/desk/purpose", form, found[1] if found else "")).status


async def tell(town: Town, person: Person = NOBODY, browser: str = "", **contact: str) -> str:
    """A report of a bench with a contact; its number."""
    form = {
        "category": "park",
        "description": "ベンチの板が割れている",
        "latitude": 35.358,
        "longitude": 141.05,
        "address": "桜木公園",
        **contact,
    }
    return (await done(town, "reports.submit", form, person, browser))["number"]
