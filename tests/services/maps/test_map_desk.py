"""Laws of the desk of maps: a form keeps what it shows, a new layer is held, everything wrong is said at once, nobody else may."""

from __future__ import annotations

import msgspec
import pytest
from map_town import STATIONS, ZONES, map_town, take_over

from kaiteki.kit.forms import parse_fields
from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.main.cities import known_cities, load_service_settings
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.maps import desk
from kaiteki.services.maps.edit import Edit, form_of, layer_of
from kaiteki.services.maps.lines import read_classes, read_grounds, read_items, write_items
from kaiteki.services.maps.model import HeldMapLayer, MapLayer, say_note
from kaiteki.services.maps.rules import content_of
from kaiteki.services.maps.settings import Settings
from town import CLERK, RESIDENT_A, Town

FORM = {
    "name": "benches",
    "title": "ベンチ",
    "title_en": "Benches",
    "title_easy": "ベンチ",
    "group": "facilities",
    "collection": "ParkEquipment",
    "maintainer": "公園課",
    "items": "name = 名前 | Name | なまえ | | title\nowner = 管理者 | Owner",
}


def asked(town: Town, person: Person, path: dict[str, str], **fields: str) -> PageAsk:
    posted = {name: (value,) for name, value in fields.items()}
    city = town.city(person)
    return PageAsk("demo", path, {}, posted, {}, person, "ja", town.clock.now(), 1, city, Settings())


async def page(reply: PageReply) -> Shown:
    assert isinstance(reply, Shown)
    return reply


async def test_a_layer_is_made_at_the_desk_and_seen_by_nobody_until_it_is_published() -> None:
    town = map_town(STATIONS)
    await take_over(town)
    assert await town.run("maps.add", FORM, RESIDENT_A) == Refused("not_allowed")
    assert isinstance(await desk.act_edit(asked(town, CLERK, {"name": "new"}, **FORM)), Moved)
    assert (await town.city().find(MapLayer, Query(total=True))).total == 1
    shown = await page(await desk.show_desk(asked(town, CLERK, {})))
    (held,) = shown.values["held"]
    assert (held["title"], held["known"], held["last"]) == ("ベンチ", True, "職員が作った")
    step = asked(town, CLERK, {}, do="publish", id=held["layer"].id, why="準備ができた")
    assert isinstance(await desk.act_desk(step), Moved)
    public = await town.city().get(MapLayer, "urn:ngsi-ld:MapLayer:benches")
    assert ([line.what for line in public.log], public.items[1].words.en) == (["added", "published"], "Owner")
    assert await take_over(town) == 0


@pytest.mark.parametrize(
    ("field", "wrong", "code"),
    [
        *(("title", text, "missing") for text in ("", "　 ")),
        ("title_en", "", "missing"),
        *((name, "あ" * 201, "too_long") for name in ("title", "title_en", "title_easy")),
        ("name", "Two Words", "pattern"),
        ("maintainer", " ", "missing"),
    ],
)
async def test_the_names_of_a_layer_are_checked_by_the_command_whoever_sends_it(
    field: str, wrong: str, code: str
) -> None:
    town = map_town(STATIONS)
    told = parse_fields(Edit, {name: (text,) for name, text in FORM.items()})
    assert isinstance(told, Edit)
    for form in ({**FORM, field: wrong}, msgspec.structs.replace(told, **{field: wrong})):
        said = await town.run("maps.add", form, CLERK)
        assert isinstance(said, Refused)
        assert [(one.field, one.code) for one in said.faults] == [(field, code)]
    assert (await town.city(CLERK).find(HeldMapLayer, Query(total=True))).total == 0


async def test_a_layer_of_this_name_and_every_wrong_line_is_said_at_once() -> None:
    town = map_town(STATIONS)
    await take_over(town)
    taken = await town.run("maps.add", {**FORM, "name": "stations"}, CLERK)
    assert isinstance(taken, Refused) and [one.code for one in taken.faults] == ["taken"]
    wrong = {**FORM, "items": "名前", "classes": "x = よ | y | z | 赤", "grounds": "| |", "filter": "name ="}
    said = await town.run("maps.add", wrong, CLERK)
    assert isinstance(said, Refused)
    assert {one.field for one in said.faults} == {"items", "classes", "grounds", "filter"}
    shown = await page(await desk.act_edit(asked(town, CLERK, {"name": "new"}, **{**FORM, "title": ""})))
    assert (shown.status, [one.field for one in shown.values["faults"]]) == (422, ["title"])


async def test_what_is_changed_keeps_the_rest_and_leaves_a_line() -> None:
    town = map_town(ZONES)
    await take_over(town)
    before = await town.city().get(MapLayer, "urn:ngsi-ld:MapLayer:zones")
    form = msgspec.structs.replace(form_of(before), as_of="2026-10-01", why="告示")
    assert isinstance(await town.run("maps.change", form, CLERK), Accepted)
    after = await town.city().get(MapLayer, before.id)
    assert content_of(after) == {**content_of(before), "as_of": "2026-10-01"}
    assert (after.log[-1].what, after.log[-1].why) == ("changed", "告示")


@pytest.mark.parametrize("area", known_cities())
def test_the_form_of_every_layer_of_the_areas_keeps_it_as_it_is(area: str) -> None:
    for told in load_service_settings(area, "maps", Settings).layers:
        layer = MapLayer(id=f"urn:ngsi-ld:MapLayer:{told.name}", **content_of(told))
        fields = {
            name: (str(value).lower() if isinstance(value, bool) else str(value),)
            for name, value in msgspec.structs.asdict(form_of(layer)).items()
            if value != ""
        }
        form = parse_fields(Edit, fields)
        assert isinstance(form, Edit), (told.name, form)
        kept = layer_of(form, layer)
        assert not isinstance(kept, Refused), (told.name, kept)
        assert content_of(kept) == content_of(layer), told.name


def test_lines_say_which_of_them_cannot_be_read() -> None:
    for read in (read_items, read_classes):
        fault = read("a = あ | a | あ | #112233\nb")
        assert (isinstance(fault, Fault) and "2行目" in fault.words.ja) or read is read_items
    fault = read_grounds("法 | Act | 1条\n法 | Act | 2条 | | | http://x")
    assert isinstance(fault, Fault) and fault.words.ja.startswith("「根拠」の2行目")


async def test_a_held_layer_is_changed_without_becoming_public() -> None:
    town = map_town(ZONES)
    await take_over(town)
    assert isinstance(await town.run("maps.withdraw", {"id": "urn:ngsi-ld:MapLayer:zones"}, CLERK), Accepted)
    held = await town.city(CLERK).get(HeldMapLayer, "urn:ngsi-ld:HeldMapLayer:zones")
    form = msgspec.structs.replace(form_of(held), title="まち")
    assert isinstance(await town.run("maps.change", form, CLERK), Accepted)
    assert (await town.city().find(MapLayer, Query(total=True))).total == 0
    assert (await town.city(CLERK).get(HeldMapLayer, held.id)).title.ja == "まち"


async def kept(town: Town, **fields: str | bool) -> MapLayer:
    """The layer of the town after staff changed these fields of its form."""
    before = await town.city().get(MapLayer, "urn:ngsi-ld:MapLayer:zones")
    assert before is not None
    form = msgspec.structs.replace(form_of(before), **fields)
    assert isinstance(await town.run("maps.change", form, CLERK), Accepted)
    after = await town.city().get(MapLayer, before.id)
    assert after is not None
    return after


async def test_what_has_no_translation_stays_without_and_what_has_an_old_one_loses_it() -> None:
    town = map_town(ZONES)
    await take_over(town)
    first = await kept(town, legal_note="仮の注意", legal_note_en="", maintainer="道路課", maintainer_en="")
    assert (first.legal_note, first.maintainer) == (Words("仮の注意", ""), Words("道路課", ""))
    shown = form_of(first)
    assert (shown.legal_note_en, shown.legal_note_easy, shown.maintainer_en) == ("", "", "")
    assert say_note(first, "ja") == "仮の注意" and first.maintainer.say("en") == "道路課"
    assert say_note(first, "en") == "仮の注意 (Not translated yet.)"
    told = await kept(town, legal_note_en="A note", legal_note_easy="ちゅうい")
    assert [say_note(told, one) for one in ("ja", "en", "ja-easy")] == ["仮の注意", "A note", "ちゅうい"]
    # the Japanese is put right, the translations say what no longer holds
    stale = await kept(town, legal_note="正しい注意", legal_note_en="A note", legal_note_easy="ちゅうい！")
    assert stale.legal_note == Words("正しい注意", "", "ちゅうい！")
    await kept(town, legal_note_en="The right note")
    still = await kept(town, legal_note="正しい　注意", still=True)
    assert still.legal_note == Words("正しい　注意", "The right note", "ちゅうい！")


def test_lines_keep_what_has_no_english_without_it() -> None:
    items = read_items("owner = 管理者")
    grounds = read_grounds("都市計画法 | | 8条")
    assert not isinstance(items, Fault) and not isinstance(grounds, Fault)
    assert (items[0].words, grounds[0].law) == (Words("管理者", ""), Words("都市計画法", ""))
    assert (items[0].words.say("en"), write_items(items)) == ("管理者", "owner = 管理者")
