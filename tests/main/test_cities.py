"""The areas of the project load, add up, and state nothing that has no source; bad data are refused by file and field."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from kaiteki.main.cities import BadCity, known_cities, load_city, load_service_settings
from kaiteki.model.area import municipality_check_digit, share
from kaiteki.model.words import LANGUAGES

MINIMAL = """
code = "131016"
words = { ja = "千代田区", en = "Chiyoda" }
summary = { ja = "まんなか", en = "The middle" }
hall = { ja = "区役所", en = "Ward office" }
accent = "#0055ad"
centre = [139.75, 35.69]
bbox = [139.7, 35.6, 139.8, 35.7]
plane = 9
"""


@pytest.fixture
def cities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of areas of its own."""
    monkeypatch.setenv("KAITEKI_CITIES", str(tmp_path))
    return tmp_path


def write_city(folder: Path, text: str) -> str:
    """Make the area `second` out of a text."""
    (folder / "second").mkdir(exist_ok=True)
    (folder / "second" / "city.toml").write_text(text, encoding="utf-8")
    return "second"


def test_the_areas_of_the_project_load() -> None:
    assert {"chiba", "kashiwa", "demo"} <= set(known_cities())
    for name in known_cities():
        assert load_city(name).name == name


def test_the_commuting_table_of_chiba_adds_up() -> None:
    commuting = load_city("chiba").breakdown("commuting")
    assert commuting is not None
    sums = {part.code: part.value for part in commuting.parts}
    assert sums == {"inside": 237_192, "outside": 171_576, "unknown": 21_870}
    assert sum(sums.values()) == commuting.value == 430_638
    outside = next(part for part in commuting.parts if part.code == "outside")
    assert (len(outside.parts), sum(part.value for part in outside.parts)) == (15, 171_576)


def test_all_but_one_printed_share_of_the_commuting_table_is_as_computed() -> None:
    commuting = load_city("chiba").breakdown("commuting")
    assert commuting is not None
    parts = [inner for part in commuting.parts for inner in (part, *part.parts)]
    assert len(parts) == 18
    assert [part.code for part in parts if round(share(part, commuting), 1) != part.printed] == ["saitama"]


def test_the_share_of_those_who_work_in_chiba_names_its_denominator() -> None:
    chiba = load_city("chiba")
    commuting, stated = chiba.breakdown("commuting"), chiba.fact("works-in-city")
    assert commuting is not None and stated is not None and stated.note is not None
    known = sum(part.value for part in commuting.parts if part.code != "unknown")
    assert known == 408_768
    assert round(100 * 237_192 / known, 2) == 58.03
    assert "408,768" in stated.note.ja and "408,768" in stated.note.en


def test_the_life_science_network_of_kashiwa_has_142_members() -> None:
    network = load_city("kashiwa").breakdown("life-science-network")
    assert network is not None
    assert [part.value for part in network.parts] == [13, 14, 9, 9, 2, 95]
    assert network.value == 142


def test_what_no_source_states_is_unknown() -> None:
    assert load_city("kashiwa").fact("population") is None


def test_every_text_is_there_in_three_languages() -> None:
    for name in known_cities():
        texts = [json.dumps(row) for row in _words_in(msgspec.to_builtins(load_city(name)))]
        assert texts, name
        assert [text for text in texts if not all(_said(json.loads(text), one) for one in LANGUAGES)] == []


def _words_in(document: object) -> list[dict[str, str]]:
    if isinstance(document, dict):
        if set(document) == {"ja", "en", "easy"}:
            return [document]
        return [row for value in document.values() for row in _words_in(value)]
    if isinstance(document, list | tuple):
        return [row for value in document for row in _words_in(value)]
    return []


def _said(row: dict[str, str], language: str) -> str:
    return row["easy"] or row["ja"] if language == "ja-easy" else row[language]


def test_shelters_of_both_cities_lie_inside_them(shared_data: Path) -> None:
    for name in ("chiba", "kashiwa"):
        area = load_city(name)
        west, south, east, north = area.bbox
        files = list((shared_data / "shelters").glob(f"{area.code}-*.json"))
        assert len(files) == 2
        for file in files:
            features = json.loads(file.read_text(encoding="utf-8-sig"))["features"]
            places = [feature["geometry"]["coordinates"][:2] for feature in features]
            assert [
                place for place in places if not (west < place[0] < east and south < place[1] < north)
            ] == []


def test_check_digits_of_municipalities() -> None:
    known = {"12100": 2, "12217": 3, "13101": 6, "01100": 2, "27100": 4, "47201": 8}
    assert {code: municipality_check_digit(code) for code in known} == known


def test_a_second_area_is_a_folder(cities: Path) -> None:
    assert load_city(write_city(cities, MINIMAL)).words.ja == "千代田区"
    assert "second" in known_cities()


def test_bad_data_are_refused_with_file_and_reason(cities: Path) -> None:
    cases = {
        MINIMAL.replace("131016", "131017"): "131017 is not a municipality code",
        MINIMAL.replace("#0055ad", "#ffd43d"): "contrast",
        MINIMAL.replace("[139.75, 35.69]", "[35.69, 139.75]"): "centre: lies outside bbox",
        MINIMAL.replace("plane = 9", "plane = 20"): "plane",
        MINIMAL + "colour = 1": "colour",
        MINIMAL.replace("plane = 9", "plane = 'nine'"): "$.plane",
        MINIMAL + "code = ": "city.toml",
        MINIMAL
        + '[[facts]]\ncode="population"\nwords={ja="人口",en="P"}\nvalue=1\nunit={ja="人",en="p"}\nsource="x"': (
            "population: no source x"
        ),
    }
    for text, reason in cases.items():
        with pytest.raises(BadCity) as refused:
            load_city(write_city(cities, text))
        assert reason in str(refused.value) and "city.toml" in str(refused.value)


def test_a_table_that_does_not_add_up_is_refused(cities: Path) -> None:
    table = """
    [[sources]]
    code = "s"
    words = { ja = "資料", en = "Paper" }
    [[breakdowns]]
    code = "work"
    words = { ja = "仕事", en = "Work" }
    value = 10
    unit = { ja = "人", en = "people" }
    source = "s"
    parts = [{ code = "in", words = { ja = "内", en = "In" }, value = 9 }]
    """
    with pytest.raises(BadCity, match="work: its parts add up to 9, not to 10"):
        load_city(write_city(cities, MINIMAL + table))


def test_an_unknown_area_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadCity, match="chiba"):
        load_city("atlantis")
    with pytest.raises(BadCity, match="no name"):
        load_city("../etc")


class Limits(msgspec.Struct, frozen=True):
    """A service's settings."""

    photos_max: int = 3


def test_settings_of_a_service_come_from_the_area_or_are_its_defaults(cities: Path) -> None:
    name = write_city(cities, MINIMAL)
    assert load_service_settings(name, "reports", Limits) == Limits(3)
    (cities / name / "services").mkdir()
    (cities / name / "services" / "reports.toml").write_text("photos_max = 5", encoding="utf-8")
    assert load_service_settings(name, "reports", Limits) == Limits(5)


def test_a_named_folder_of_areas_that_is_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAITEKI_CITIES", str(tmp_path / "nowhere"))
    with pytest.raises(BadCity, match="nowhere, which it names, is no folder"):
        load_city("second")
