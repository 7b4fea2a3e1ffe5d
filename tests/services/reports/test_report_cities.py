"""What the areas in the project decide about reports is whole: every code that is named exists, every text has its languages."""

from __future__ import annotations

import pytest

from kaiteki.main.cities import load_service_settings
from kaiteki.services.reports.routing import route
from kaiteki.services.reports.settings import EVERY, Settings

CITIES = ("chiba", "kashiwa", "demo")


@pytest.mark.parametrize("city", CITIES)
def test_every_code_that_is_named_exists(city: str) -> None:
    settings = load_service_settings(city, "reports", Settings)
    offices = {office.code for office in settings.offices}
    kinds = (*settings.categories, *settings.disaster.categories)
    categories = {category.code for category in kinds} | {EVERY}
    zones = {zone.code for zone in settings.zones} | {EVERY}
    assert len(categories) > 10
    assert {row.office for row in settings.routes} | {z.owner for z in settings.zones if z.owner} <= offices
    assert {row.category for row in settings.routes} <= categories
    assert {owner.office for owner in settings.owners if owner.office} <= offices
    assert {row.zone for row in settings.routes} <= zones
    for category in settings.categories:
        assert not (category.solvable and category.traffic)
        for words in (category.words, category.hint, *(q.words for q in category.questions)):
            assert words.ja and words.en and words.easy


@pytest.mark.parametrize(
    ("category", "place", "address", "office", "trace"),
    [
        ("road", (141.02, 35.32), "", "roads", ["港区域（位置）", "全域 × 道路の穴・段差 → 土木事務所"]),
        (
            "road",
            (141.05, 35.3471),
            "",
            "state-roads",
            ["畑区域（位置）", "国道99号の上にあります", "管理者は 国道事務所"],
        ),
        (
            "road",
            (141.05, 35.36),
            "",
            "parks",
            ["丘区域（位置）", "見本中央公園 × 道路の穴・段差 → 公園緑地課"],
        ),
        (
            "litter",
            None,
            "見本市港区域1-2",
            "waste",
            ["港区域（住所）", "全域 × ごみ・不法投棄 → 環境課"],
        ),
        ("other", None, "駅前", "hall", ["場所不明", "全域 × そのほか → 市役所（総合窓口）"]),
    ],
)
def test_a_report_finds_its_office_and_says_why(
    category: str, place: tuple[float, float] | None, address: str, office: str, trace: list[str]
) -> None:
    settings = load_service_settings("demo", "reports", Settings)
    found = settings.category(category)
    assert found is not None
    routed = route(settings, found, place, address)
    assert (routed.office, [line.ja for line in routed.reason]) == (office, trace)


def test_in_chiba_the_ward_comes_from_the_address_or_is_said_to_be_guessed() -> None:
    settings = load_service_settings("chiba", "reports", Settings)
    road = settings.category("road")
    assert road is not None
    near = route(settings, road, (140.064, 35.641), "")
    assert (near.zone, near.zone_sure, near.office) == ("121061", False, "doboku-chuo")
    told = route(settings, road, (140.064, 35.641), "千葉市稲毛区小仲台")
    assert (told.zone, told.zone_sure, told.office) == ("121037", True, "doboku-hanami")
