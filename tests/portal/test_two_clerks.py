"""Two clerks with the same form, over every command that edits a whole entity: neither undoes the other, and both see what crossed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any, NamedTuple, cast

import msgspec
import pytest
from trial_site import MORNING, PASSWORD, TrialSite, open_site
from typed_forms import form_with, send

from kaiteki.kit.manifest import Command, Service
from kaiteki.kit.views import write
from kaiteki.main.cities import load_service_settings
from kaiteki.main.parts import SERVICES
from kaiteki.model.access import ANYONE, RESIDENT
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Grant
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.consultations.model import (
    Consultation,
    ConsultationAnswer,
    ConsultationDraft,
    Wording,
    answer_id,
    consultation_id,
)
from kaiteki.services.maps.model import MapLayer
from kaiteki.services.opendata.model import DataSet, ImportMapping, KeptChoice, record_view
from kaiteki.services.opendata.requests.model import DataSetRequest, request_id
from kaiteki.services.reports.model import Report, Theme, report_id, theme_id
from reader import Reader

LAYER = MapLayer(
    id="urn:ngsi-ld:MapLayer:zones", title=Words("地区", "Zones"), collection="District",
    source=Words("都市計画課", "Planning"), maintainer=Words("都市計画課", "Planning"),
)  # fmt: skip
MAPPING = ImportMapping("urn:ngsi-ld:ImportMapping:m", "AED", "AED", False, (KeptChoice("なまえ", "name"), KeptChoice("ばしょ", "nameKana"), KeptChoice("めも")))  # fmt: skip
SET = DataSet(
    id="urn:ngsi-ld:DataSet:a", title="AED", record_type="AED", mapping=MAPPING.id, description="まちのAED"
)
RECORD = record_view("AED")(id="urn:ngsi-ld:AED:a:1", data_set=SET.id, name="市役所", fullAddress="見本市1")  # pyright: ignore[reportCallIssue]
WISH = DataSetRequest(request_id("Y-2026-00001"), "Y-2026-00001", "received", MORNING, MORNING, "木の一覧", "調べもの", "CSVで", published=True)  # fmt: skip
THEME = Theme(
    theme_id("lamps"),
    Words("暗い道", "Dark"),
    Words("知らせて", "Tell"),
    "light",
    MORNING,
    Instant(MORNING + 10**12),
)
REPORT = Report(report_id("R-2026-00001"), "R-2026-00001", "穴", "road", address="見本市港区1")


DRAFT = ConsultationDraft("urn:ngsi-ld:ConsultationDraft:d", "計画案", "plan", "緑のこと", "", "", "", "planning", "2026-11-22", "2026-12-31")  # fmt: skip
ASKED = Consultation(
    consultation_id("PC-2026-00001"), "PC-2026-00001", "計画案", "plan", "緑のこと", "", (), "", "planning",
    MORNING, Instant(MORNING + 10**13), "open", MORNING, answer_count=1,
)  # fmt: skip
REPLY = ConsultationAnswer(
    answer_id(ASKED.number, 1), "1", ASKED.id, 1, held=Wording("木をふやす", "ふやします", "same")
)


class Scene(NamedTuple):
    """Where a command edits what: what stands, the page, two fields, what is typed into them, and the button."""

    kept: tuple[msgspec.Struct, ...]
    address: str
    one: str
    other: str
    typed: tuple[str, str, str]
    """Into the one by the first clerk, into the one by the second, into the other."""
    button: Mapping[str, str] = {}


SCENES: dict[str, Scene] = {
    "maps.change": Scene((LAYER,), "/demo/maps/desk/zones", "source", "licence", ("出典い", "出典ろ", "CC BY 4.0")),
    "opendata.describe": Scene((SET,), f"/demo/data/{SET.id}/describe", "description", "keywords", ("説明い", "説明ろ", "かぎ")),
    "opendata.correct_record": Scene((SET, RECORD), f"/demo/data/{SET.id}/correct?record={RECORD.id}", "v0", "v1", ("施設い", "施設ろ", "見本市2"), {"do": "keep", "reason": "窓口で分かった"}),
    "opendata.correct_mapping": Scene((SET, MAPPING), f"/demo/data/{SET.id}/mapping", "item#0", "item#1", ("-", "nameEn", "-")),
    "opendata.publish_request": Scene((WISH,), "/demo/opendata/requests?open=Y-2026-00001", "purpose", "use", ("目的い", "目的ろ", "毎月"), {"do": "publish_request"}),
    "participation.prepare": Scene((DRAFT,), "/demo/participation/desk?draft=d", "about", "how", ("内容い", "内容ろ", "郵送で"), {"do": "prepare"}),
    "participation.write_answer": Scene((ASKED, REPLY), "/demo/participation/desk/comments/PC-2026-00001", "summary", "reply", ("概要い", "概要ろ", "考え方"), {"do": "rewrite"}),
    "reports.open_theme": Scene((THEME,), "/demo/reports/desk/themes?edit=lamps", "text", "title_en", ("内容い", "内容ろ", "Lamps"), {"do": "keep"}),
    "reports.correct": Scene((REPORT,), "/demo/reports/desk?open=R-2026-00001", "place_address", "category", ("港区2", "港区3", "park"), {"do": "correct"}),
}  # fmt: skip
NOTHING_IS_OVERWRITTEN: dict[str, str] = {
    "maps.add": "refused where there is a layer of the name",
    "opendata.take_file": "each file is a delivery of its own",
    "opendata.bring_in": "a delivery comes in once",
    "opendata.declare_source": "each makes a source of its own",
    "opendata.declare_catalogue": "the form is empty; it makes a catalogue",
    "opendata.keep_inventory": "rows of a file, no form of what is kept",
    "opendata.try_mapping": "a draft, which counts for nothing until who uses it has seen it",
    "opendata.release": "each release is a data set of its own",
    "opendata.grant_budget": "a form that begins empty: a decision with its date",
    "opendata.keep_use": "the node keeps what it counted",
    "points.keep_recipient": "each recipient is one of its own, and stays as it was added",
    "points.keep_reward": "each reward is one of its own, and stays as it was added",
    "points.settle": "what a partner answers comes in once; an answer that comes again changes nothing",
    "points.keep_campaign": "each campaign is one of its own, and stays as it was begun",
    "points.grant": "each grant is a transfer of its own, within the caps",
    "participation.take_in_vote": "each file is a vote of its own",
    "trust.record": "a paper is a record of its own",
    "counter.feed": "a number of a machine is put into the line, which is read and written whole",
    "counter.issue": "each number is a ticket of its own",
    "counter.seat": "who sits at a window says what it is; nothing typed is kept there",
    **dict.fromkeys(
        ("counter.call", "counter.recall", "counter.begin", "counter.miss", "counter.hold", "counter.resume"),
        "a step from one place alone: who comes second is refused",
    ),
    **dict.fromkeys(
        ("counter.finish", "counter.transfer", "counter.undo"),
        "a step from one place alone: who comes second is refused",
    ),
}
"""Commands with several fields that what their service keeps has as well, and why they need no comparison."""


async def opened(name: str) -> tuple[TrialSite, Reader, Reader]:
    """A site with what is edited, and two clerks."""
    service = next(one for one in SERVICES if one.name == name.partition(".")[0])
    settings = load_service_settings("demo", service.name, service.settings) if service.settings else None
    site = await open_site(service, settings=settings)
    await site.identity.register("second", "次田 次郎", PASSWORD, [Grant("demo", "staff")])
    for view in SCENES[name].kept:
        after = write(view, None, site.clock.at)

        def decide(loaded: Any, after: Any = after) -> Decision[None]:
            return Decision([Change(None, after)], None)

        await site.store.entities.change("demo", (), decide, By(action="trial"))
    clerks = [Reader(site.app, **{"accept-language": "ja"}) for _ in range(2)]
    for clerk, login in zip(clerks, ("desk", "second"), strict=True):
        await clerk.sign_in(login, PASSWORD)
    return site, clerks[0], clerks[1]


def value(form: list[tuple[str, str]], key: str) -> str:
    name, _, nth = key.partition("#")
    return [one for given, one in form if given == name][int(nth or 0)]


async def form_at(reader: Reader, address: str) -> list[tuple[str, str]]:
    page = await reader.get(address)
    assert page.status == 200, page.text[:2000]
    return form_with(page.text, "opened")


@pytest.mark.parametrize("name", SCENES)
async def test_what_the_first_changed_stays_when_the_second_changes_something_else(name: str) -> None:
    scene = SCENES[name]
    _, first, second = await opened(name)
    forms = [await form_at(one, scene.address) for one in (first, second)]
    for who, form, change in (
        (first, forms[0], {scene.one: scene.typed[0]}),
        (second, forms[1], {scene.other: scene.typed[2]}),
    ):
        sent = await send(who, scene.address, form, **change, **scene.button)
        assert sent.status == 303, sent.text
    after = await form_at(first, scene.address)
    assert (value(after, scene.one), value(after, scene.other)) == (scene.typed[0], scene.typed[2])


@pytest.mark.parametrize("choice", ["mine", "theirs"])
@pytest.mark.parametrize("name", SCENES)
async def test_where_both_changed_a_field_the_second_chooses(name: str, choice: str) -> None:
    scene = SCENES[name]
    _, first, second = await opened(name)
    forms = [await form_at(one, scene.address) for one in (first, second)]
    assert (
        await send(first, scene.address, forms[0], **{scene.one: scene.typed[0]}, **scene.button)
    ).status == 303
    both = {scene.one: scene.typed[1], scene.other: scene.typed[2]}
    crossed = await send(second, scene.address, forms[1], **both, **scene.button)
    assert crossed.status == 409 and "見本 花子" in crossed.text, crossed.text
    assert all(one in crossed.text for one in scene.typed[:2])
    still = await form_at(first, scene.address)
    assert (value(still, scene.one), value(still, scene.other)) == (
        scene.typed[0],
        value(forms[0], scene.other),
    )
    form = form_with(crossed.text, "opened")
    radios = re.findall(r'type="radio" id="(mine|theirs)-1" name="([^"]+)" value="([^"]+)"', crossed.text)
    chosen = {which: (unescape(field), mark) for which, field, mark in radios}[choice]
    assert (await send(second, scene.address, form, **dict([chosen]))).status == 303
    after = await form_at(first, scene.address)
    expected = scene.typed[1 if choice == "mine" else 0]
    assert (value(after, scene.one), value(after, scene.other)) == (expected, scene.typed[2])


async def test_a_third_who_changes_the_field_meanwhile_is_not_undone_by_the_choice() -> None:
    scene = SCENES["opendata.describe"]
    _, first, second = await opened("opendata.describe")
    forms = [await form_at(one, scene.address) for one in (first, second)]
    await send(first, scene.address, forms[0], description="い")
    crossed = await send(second, scene.address, forms[1], description="ろ")
    await send(first, scene.address, await form_at(first, scene.address), description="は")
    mark = re.search(r'id="mine-1" name="([^"]+)" value="([^"]+)"', crossed.text)
    assert mark is not None
    again = await send(second, scene.address, form_with(crossed.text, "opened"), **{mark[1]: mark[2]})
    assert again.status == 409 and "は" in again.text and "ろ" in again.text


async def test_a_fault_in_the_form_forgets_neither_what_was_typed_nor_with_what_it_was_opened() -> None:
    scene = SCENES["opendata.describe"]
    _, first, second = await opened("opendata.describe")
    form = await form_at(second, scene.address)
    await send(first, scene.address, await form_at(first, scene.address), description="い")
    wrong = await send(second, scene.address, form, since="去年", keywords="かぎ")
    assert wrong.status == 422
    mended = await send(second, scene.address, form_with(wrong.text, "opened"), since="2026-01-01")
    assert mended.status == 303
    after = await form_at(first, scene.address)
    assert (value(after, "description"), value(after, "keywords")) == ("い", "かぎ")


@pytest.mark.parametrize("told", ["[]", "{", '{"description": 1}'])
async def test_what_is_no_word_of_how_a_form_was_opened_overwrites_nothing(told: str) -> None:
    scene = SCENES["opendata.describe"]
    _, first, _ = await opened("opendata.describe")
    form = await form_at(first, scene.address)
    assert (await send(first, scene.address, form, opened=told, description="い")).status == 409
    assert value(await form_at(first, scene.address), "description") == "まちのAED"


def editing() -> dict[str, Command]:
    return {
        f"{service.name}.{one.name}": one for service in SERVICES for one in service.commands if one.edits
    }


def of_kept_fields(service: Service, command: Command) -> set[str]:
    """The fields of a command of the town hall that what its service keeps has as well."""
    if not frozenset(command.roles) - {ANYONE, RESIDENT}:
        return set()
    views = [one.view for one in service.types if command.on in ("", one.name)]
    kept = {field.name for view in views for field in msgspec.structs.fields(view)}
    own = {field.name for field in msgspec.structs.fields(cast("Any", command.form))}
    return (own & kept) - {"id", "why"}


def test_every_command_that_writes_over_kept_fields_compares_or_says_why_not() -> None:
    assert editing().keys() == SCENES.keys()
    over = {f"{s.name}.{c.name}" for s in SERVICES for c in s.commands if len(of_kept_fields(s, c)) > 1}
    assert over - editing().keys() == NOTHING_IS_OVERWRITTEN.keys()
