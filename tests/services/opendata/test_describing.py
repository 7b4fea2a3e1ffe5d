"""Staff describe a data set: what they say is kept with its history, seen at once in the catalogue, and wrong words stand at their field."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from importing_hall import source
from test_catalogue import TOLD, Desk, desk
from test_catalogue_pages import AED, ask_of, table

from kaiteki.kit.engine import Asking
from kaiteki.kit.pages import Missing, Moved, PageAsk, Shown
from kaiteki.model.decision import Accepted, Refused
from kaiteki.services.opendata.describing import Describe, act_describe, show_describe
from town import CLERK, RESIDENT_A


@pytest.fixture
async def town() -> Desk:
    """A table of which nothing is said."""
    at = desk(settings=TOLD)
    await at.hall.bring(source("aed.csv", AED.encode()))
    return at


def asking(at: Desk, path: str, **fields: str) -> PageAsk:
    """A clerk asks, or sends the form."""
    return msgspec.structs.replace(
        ask_of(at, path),
        person=CLERK,
        city=at.cities.of(Asking(at.hall.area, CLERK)),
        fields={name: (value,) for name, value in fields.items()},
        settings=TOLD,
    )


async def test_what_staff_say_stands_in_the_catalogue_at_once(town: Desk) -> None:
    one = await table(town, "aed")
    told = {
        "title": "AEDの場所",
        "description": "市の施設のAEDです。",
        "licence": "公共データ利用規約（第1.0版）",
        "office": "gardens",
        "rhythm": "ANNUAL",
        "theme": "JUST",
        "keywords": "命、救急, 命",
        "since": "2025-04-01",
        "until": "2026-03-31",
    }
    reply = await act_describe(asking(town, one.id, **told))
    assert isinstance(reply, Moved) and reply.path == f"data/{one.id}"
    (entry,) = (await town.catalogue()).entries
    assert entry.title.ja == "AEDの場所" and entry.about.ja == "市の施設のAEDです。"
    assert (entry.licence, entry.rhythm, entry.theme) == ("PDL-1.0", "ANNUAL", "JUST")
    assert (entry.keywords, entry.since, entry.until) == (("命", "救急"), "2025-04-01", "2026-03-31")
    assert entry.office is not None and entry.office.code == "gardens"
    shown = await show_describe(asking(town, one.id))
    assert isinstance(shown, Shown) and shown.values["told"]["keywords"] == "命、救急"


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("office", "nobody"),
        ("rhythm", "SOMETIMES"),
        ("theme", "FUN"),
        ("since", "2025年4月"),
        ("since", "2025-02-30"),
        ("until", "2024-01-01"),
        ("keywords", "、".join(f"語{n}" for n in range(21))),
        ("title", ""),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    town: Desk, field: str, told: str
) -> None:
    one = await table(town, "aed")
    said: dict[str, Any] = {"title": "AED", "since": "2025-04-01", field: told}
    reply = await act_describe(asking(town, one.id, **said))
    assert isinstance(reply, Shown) and reply.status == 422
    assert list(reply.values["wrong"]) == [field] and reply.values["told"][field] == told
    assert await table(town, "aed") == one


async def test_staff_alone_describe_and_only_what_is_there(town: Desk) -> None:
    one = await table(town, "aed")
    form = Describe(one.id, "AED")
    nobody = await town.cities.of(Asking(town.hall.area, RESIDENT_A)).run("opendata.describe", form)
    clerk = await town.cities.of(Asking(town.hall.area, CLERK)).run("opendata.describe", form)
    assert isinstance(nobody, Refused) and nobody.code == "not_allowed"
    assert isinstance(clerk, Accepted)
    assert isinstance(await show_describe(asking(town, "urn:ngsi-ld:DataSet:none")), Missing)
