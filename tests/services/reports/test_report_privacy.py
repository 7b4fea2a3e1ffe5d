"""What the public may know of a report: the law over every face, for hidden, withdrawn and sensitive ones, now and in the past."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from register_samples import register, stand
from report_samples import (
    A_PHOTO,
    B_PHOTO,
    HERE,
    PHOTO,
    PICTURES,
    SETTINGS,
    done,
    kept,
    sent,
    submitted,
    w,
)

from kaiteki.kit.files.seen import PhotoSeen
from kaiteki.kit.pages import Upload
from kaiteki.kit.rulings.seeing import visible, visible_past
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.entity import encode_entity
from kaiteki.model.visibility import Seer
from kaiteki.ports.clock import Clock
from kaiteki.services.reports.geography import distance_m
from kaiteki.services.reports.manifest import service
from kaiteki.services.reports.model import report_id
from kaiteki.services.reports.settings import Category, Settings, Zone
from kaiteki.services.reports.veil import coarse, veil, whole
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B, Town

YARD = ((140.11, 35.11), (140.12, 35.11), (140.12, 35.12), (140.11, 35.12))
CAREFUL = msgspec.structs.replace(
    SETTINGS,
    categories=(*SETTINGS.categories, Category("home", w("空き家"), sensitive=True)),
    zones=(*SETTINGS.zones, Zone("yard", w("団地"), kind="private", polygon=YARD)),
)
SECRETS = ("青木さん", "3丁目7", "35.1301", "140.1001", B_PHOTO, "A-77", "見ました")
SECRET: dict[str, Any] = {
    "description": "青木さんの家のとなり",
    "address": "北区 3丁目7",
    "latitude": 35.1301,
    "longitude": 140.1001,
    "asset": "urn:ngsi-ld:StreetLight:A-77",
    "photos": [{"digest": B_PHOTO}],
}
Step = tuple[str, dict[str, Any]]
HIDE: Sequence[Step] = (("hide", {}),)
WITHDRAW: Sequence[Step] = (("withdraw", {}),)


@pytest.fixture(params=["memory", "sqlite"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Town:
    """The careful town over each store."""

    def opened(clock: Clock) -> Store:
        return open_memory(clock) if request.param == "memory" else open_sqlite(tmp_path / "data", clock)

    return Town(service, register, settings={"reports": CAREFUL}, opened=opened)


async def secret_report(town: Town, category: str, steps: Sequence[Step]) -> str:
    """A report full of secrets to which a resident added words; then come the steps."""
    await stand(town, "A-77")
    number = await submitted(town, RESIDENT_A, category=category, **SECRET)
    this = {"id": report_id(number)}
    await done(town, "update", {**this, "text": "きょうも 見ました", "photos": [PHOTO]}, RESIDENT_A)
    for command, more in steps:
        await done(town, command, {**this, **more}, BOSS)
    return number


CASES: dict[str, tuple[str, Sequence[Step]]] = {
    "hidden": ("park", HIDE),
    "withdrawn": ("park", WITHDRAW),
    "sensitive": ("home", ()),
    "corrected into a sensitive kind": ("park", (("correct", {"category": "home"}),)),
}


@pytest.mark.parametrize("case", CASES)
async def test_nothing_kept_back_stands_in_what_the_public_may_read(town: Town, case: str) -> None:
    number = await secret_report(town, *CASES[case])
    declared = next(one for one in service.types if one.name == "Report")
    nobody = Seer(town.city().seer.person)
    row = (await town.store.entities.load("demo", [report_id(number)]))[report_id(number)]
    entity = row.entity()
    shown = visible(town.engine.rulings, "demo", nobody, entity)
    assert shown is not None
    public = msgspec.structs.replace(
        entity, attributes={name: entity.attributes[name] for name in shown if name in entity.attributes}
    )
    said = encode_entity(public).decode()
    assert [secret for secret in SECRETS if secret in said] == []
    report = await kept(town, number)
    assert [secret for secret in SECRETS if secret in str(report)] == []
    assert declared.public_past is not None
    desk = whole(await kept(town, number, BOSS))
    assert (desk.description, desk.address, desk.point) == (
        "青木さんの家のとなり",
        "北区 3丁目7",
        (140.1001, 35.1301),
    )


@pytest.mark.parametrize("case", CASES)
async def test_the_past_of_a_report_keeps_its_secrets(town: Town, case: str) -> None:
    """History and events keep every value for ever: what of it may be shown holds no secret, whoever comes to show it."""
    number = await secret_report(town, *CASES[case])
    row = (await town.store.entities.load("demo", [report_id(number)]))[report_id(number)]
    pasts = await town.store.history.past("demo", report_id(number))
    assert any("青木さん" in str(one.instance) for one in pasts)
    for entity in (row.entity(), None):
        past = visible_past(town.engine.rulings, "demo", Seer(RESIDENT_B), row.entity().types, entity)
        allowed = past.attributes if past is not None else frozenset[str]()
        assert allowed is not None
        said = str([one.instance for one in pasts if one.attribute in allowed])
        assert [secret for secret in SECRETS if secret in said] == []
    of_staff = visible_past(town.engine.rulings, "demo", Seer(BOSS), row.entity().types, row.entity())
    assert of_staff is not None and of_staff.attributes is None
    events = [one for one in await town.store.events.read(0) if ":Report" in one.entity_id]
    assert [secret for secret in SECRETS if secret in str(events)] == []


async def test_no_query_of_a_stranger_finds_a_secret_place_or_word(town: Town) -> None:
    await secret_report(town, "home", ())
    from_here = msgspec.structs.replace(town.city().asking, person=RESIDENT_B)
    city = town.cities.of(from_here)
    assert [hit.title for hit in (await city.search("青木さん")).items] == []
    assert [hit.title for hit in (await city.search("3丁目7")).items] == []


SEEN_BY_STRANGERS: dict[str, tuple[str, Sequence[Step], PhotoSeen]] = {
    "open": ("park", (), PhotoSeen.EVERYBODY),
    "hidden": ("park", HIDE, PhotoSeen.NOBODY),
    "shown again": ("park", (*HIDE, ("publish", {})), PhotoSeen.EVERYBODY),
    "withdrawn": ("park", WITHDRAW, PhotoSeen.NOBODY),
    "sensitive": ("home", (), PhotoSeen.NOBODY),
    "corrected into a sensitive kind": ("park", (("correct", {"category": "home"}),), PhotoSeen.NOBODY),
    "this photo hidden": ("park", (("hide", {"photos": [B_PHOTO]}),), PhotoSeen.NOBODY),
    "another photo hidden": ("park", (("hide", {"photos": [A_PHOTO]}),), PhotoSeen.EVERYBODY),
    "hiding taken back": ("park", (*HIDE, ("take_back", {})), PhotoSeen.EVERYBODY),
}


@pytest.mark.parametrize("case", SEEN_BY_STRANGERS)
async def test_a_photo_is_seen_by_those_who_may_read_what_names_it(town: Town, case: str) -> None:
    category, steps, seen = SEEN_BY_STRANGERS[case]
    await secret_report(town, category, steps)
    photo = B_PHOTO
    for stranger in (town.city(), town.city(RESIDENT_B), town.city(RESIDENT_A)):
        assert await stranger.sees_photo(photo) is seen
    staff = PhotoSeen.EVERYBODY if seen is PhotoSeen.EVERYBODY else PhotoSeen.PERSON
    assert await town.city(CLERK).sees_photo(photo) is staff
    assert await town.city(BOSS).sees_photo("0" * 64) is PhotoSeen.NOBODY


async def test_a_photo_that_staff_hid_stays_hidden_wherever_the_same_file_is_sent_again(town: Town) -> None:
    first = {"id": report_id(await secret_report(town, "park", (("hide", {"photos": [B_PHOTO]}),)))}
    second = {"id": report_id(await submitted(town, RESIDENT_B, photos=[{"digest": B_PHOTO}]))}
    people = (town.city(), town.city(RESIDENT_A), town.city(RESIDENT_B))
    assert [await one.sees_photo(B_PHOTO) for one in people] == [PhotoSeen.NOBODY] * 3
    assert await town.city(CLERK).sees_photo(B_PHOTO) is PhotoSeen.PERSON
    await done(town, "hide", second, BOSS)
    await done(town, "publish", first, BOSS)
    assert not await town.city().shows(B_PHOTO), "the second is hidden as a whole"
    await done(town, "publish", second, BOSS)
    assert await town.city().shows(B_PHOTO)
    assert not await town.city().shows("0" * 64)


async def test_a_photo_of_a_withdrawn_or_waiting_report_hides_nothing_of_others(town: Town) -> None:
    await secret_report(town, "park", WITHDRAW)
    assert not await town.city().shows(B_PHOTO)
    await submitted(town, RESIDENT_B, photos=[{"digest": B_PHOTO}])
    await secret_report(town, "home", ())
    assert await town.city().shows(B_PHOTO)


async def test_a_digest_is_named_only_by_who_sent_the_file_and_all_others_hear_the_same(town: Town) -> None:
    await secret_report(town, "park", (("hide", {"photos": [B_PHOTO]}),))
    heard: list[Accepted | Refused] = []
    for digest in (A_PHOTO, B_PHOTO, "0" * 64):
        form = {"category": "park", **HERE, "photos": [{"digest": digest}]}
        heard.append(await town.run("reports.submit", form, RESIDENT_B))
    said = heard[0]
    assert isinstance(said, Refused)
    assert heard == [said] * 3, "public, hidden and unknown sound alike"
    assert [(one.field, one.code) for one in said.faults] == [("photos", "unsent")]
    await sent(town, A_PHOTO, browser="phone")
    form = {"category": "park", **HERE, "photos": [{"digest": A_PHOTO}]}
    signed_in_since = await town.run("reports.submit", form, RESIDENT_B, browser="phone")
    assert isinstance(signed_in_since, Accepted)


async def test_who_has_neither_account_nor_browser_names_what_came_with_the_same_request(town: Town) -> None:
    city, form = town.city(), {"category": "park", **HERE, "photos": [{"digest": A_PHOTO}]}
    assert isinstance(await city.run("reports.submit", form), Refused)
    assert await city.keep_photo(Upload("", "image/png", PICTURES[A_PHOTO])) == A_PHOTO
    assert isinstance(await city.run("reports.submit", form), Accepted)
    assert isinstance(await town.city().run("reports.submit", form), Refused)


async def test_what_is_shown_again_is_whole_again(town: Town) -> None:
    number = await secret_report(town, "park", HIDE)
    await done(town, "publish", {"id": report_id(number)}, BOSS)
    report = await kept(town, number)
    assert (report.name, report.address, report.log[1].why) == (
        "青木さんの家のとなり",
        "北区 3丁目7",
        "きょうも 見ました",
    )
    assert [p.digest for p in report.photos] == [B_PHOTO, A_PHOTO]
    assert report.log[1].photos == (A_PHOTO,)


async def test_a_hidden_photo_is_gone_from_the_log_as_well(town: Town) -> None:
    number = await secret_report(town, "park", (("hide", {"photos": [A_PHOTO]}),))
    assert A_PHOTO not in str(await kept(town, number))
    await done(town, "publish", {"id": report_id(number)}, BOSS)
    assert (await kept(town, number)).log[1].photos == (A_PHOTO,)


async def test_hiding_taken_back_shows_everything_again(town: Town) -> None:
    number = await secret_report(town, "park", HIDE)
    await done(town, "take_back", {"id": report_id(number)}, BOSS)
    assert (await kept(town, number)).address == "北区 3丁目7"


async def test_who_follows_a_sensitive_report_reads_the_outline(town: Town) -> None:
    number = await secret_report(town, "home", ())
    await done(town, "follow", {"id": report_id(number)}, RESIDENT_B)
    again = {"id": report_id(number), "text": "また 見ました"}
    said = await town.run("reports.update", again, RESIDENT_A)
    assert isinstance(said, Accepted)
    assert [one.to for one in said.messages] == ["b"]
    assert [secret for secret in SECRETS if secret in str(said.messages)] == []


async def test_a_report_on_private_ground_shows_its_outline(town: Town) -> None:
    number = await submitted(town, latitude=35.115, longitude=140.115)
    report = await kept(town, number)
    assert report.description == "" and report.point is not None
    assert 0 < distance_m(report.point, (140.115, 35.115)) <= CAREFUL.outline_grid_m


@given(st.floats(139.0, 141.0), st.floats(24.0, 45.5))
def test_a_coarse_place_is_the_same_for_its_whole_cell_and_near(longitude: float, latitude: float) -> None:
    rough = coarse((longitude, latitude), 500)
    assert distance_m((longitude, latitude), rough) <= 500 * 0.75
    assert coarse(rough, 500) == rough


async def test_veiling_twice_changes_nothing(town: Town) -> None:
    for category in ("park", "home"):
        report = await kept(town, await secret_report(town, category, HIDE), BOSS)
        assert veil(report, CAREFUL) == report
        assert veil(whole(report), CAREFUL) == report
    assert Settings().outline_grid_m >= 250, "a cell holds many homes"
