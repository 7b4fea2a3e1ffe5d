"""Laws of forms: what is right is read whole, what is wrong is named all at once, posted text means what JSON means."""

import datetime
from typing import Annotated, Any, Literal

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.kit.forms import (
    LIST_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    Label,
    check,
    describe,
    parse,
    parse_fields,
    schema,
)
from kaiteki.model.faults import FAULTS
from kaiteki.model.instant import Instant
from kaiteki.model.words import LANGUAGES, Words

SIZES = (("s", Words("小", "Small")), ("l", Words("大", "Large")))


class Place(msgspec.Struct, frozen=True):
    longitude: Annotated[float, Label(Words("経度", "Longitude")), msgspec.Meta(ge=-180, le=180)]
    latitude: Annotated[float, Label(Words("緯度", "Latitude")), msgspec.Meta(ge=-90, le=90)]


class Wish(msgspec.Struct, frozen=True):
    title: Annotated[
        str,
        Label(Words("件名", "Subject", "なにについて"), hint=Words("短く", "Short")),
        msgspec.Meta(min_length=2, max_length=10),
    ]
    count: Annotated[int, Label(Words("数", "Count"), unit="枚"), msgspec.Meta(ge=1, le=9)]
    mood: Literal["good", "bad"]
    size: Annotated[str, Label(Words("大きさ", "Size"), choices=SIZES)] = "s"
    zip: Annotated[str, msgspec.Meta(pattern=r"^\d{3}-\d{4}$")] | None = None
    agreed: bool = False
    tags: Annotated[tuple[str, ...], msgspec.Meta(max_length=3)] = ()
    place: Place | None = None
    day: datetime.date | None = None
    at: Instant | None = None
    text: str = ""


RIGHT: dict[str, Any] = {"title": "ごみ", "count": 2, "mood": "good"}


def faults(given_form: dict[str, Any], posted: bool = False) -> dict[str, str]:
    """Field to code of what is wrong."""
    read = parse(Wish, RIGHT | given_form, posted)
    return {one.field: one.code for one in read} if isinstance(read, tuple) else {}


def test_a_right_form_is_read() -> None:
    assert parse(Wish, RIGHT) == Wish("ごみ", 2, "good")
    whole = RIGHT | {
        "zip": "260-0013",
        "agreed": True,
        "tags": ["a", " b "],
        "place": {"longitude": 140.1, "latitude": 35},
        "day": "2026-11-22",
        "at": "2026-11-22T00:00:00Z",
        "text": " ガ\r\nス ",
    }
    assert parse(Wish, whole) == Wish(
        "ごみ",
        2,
        "good",
        zip="260-0013",
        agreed=True,
        tags=("a", " b "),
        place=Place(140.1, 35),
        day=datetime.date(2026, 11, 22),
        at=Instant(1_795_305_600_000_000),
        text="ガ\nス",
    )


def test_all_that_is_wrong_is_named_at_once() -> None:
    wrong = {
        "title": "x",
        "count": 10,
        "mood": "so so",
        "size": "xxl",
        "zip": "260",
        "agreed": "perhaps",
        "tags": ["a", "b", "c", "d"],
        "place": {"longitude": 200, "latitude": "north"},
        "day": "tomorrow",
        "at": "soon",
        "text": "a\x00b",
        "colour": "red",
    }
    assert faults(wrong) == {
        "title": "too_short",
        "count": "too_large",
        "mood": "choice",
        "size": "choice",
        "zip": "pattern",
        "agreed": "invalid",
        "tags": "too_many",
        "place.longitude": "too_large",
        "place.latitude": "not_a_number",
        "day": "not_a_date",
        "at": "not_a_date",
        "text": "characters",
        "colour": "unknown",
    }


@pytest.mark.parametrize(
    ("given_form", "expected"),
    [
        ({"title": ""}, {"title": "missing"}),
        ({"title": "  \n"}, {"title": "missing"}),
        ({"title": None}, {"title": "missing"}),
        ({"title": "x" * 11}, {"title": "too_long"}),
        ({"title": 5}, {"title": "invalid"}),
        ({"count": 0}, {"count": "too_small"}),
        ({"count": "2"}, {"count": "not_a_number"}),
        ({"count": float("nan")}, {"count": "not_a_number"}),
        ({"text": "x" * (TEXT_LENGTH_MAX + 1)}, {"text": "too_long"}),
        ({"tags": ["x"] * (LIST_LENGTH_MAX + 1)}, {"tags": "too_many"}),
        ({"tags": [1]}, {"tags.0": "invalid"}),
        ({"place": {}}, {}),
        ({"place": {"longitude": 1}}, {"place.latitude": "missing"}),
        ({"place": [1, 2]}, {"place": "invalid"}),
    ],
)
def test_what_is_wrong_has_its_code(given_form: dict[str, Any], expected: dict[str, str]) -> None:
    assert faults(given_form) == expected


def test_posted_fields_are_read_as_people_type_them() -> None:
    fields = {
        "title": [" ごみ "],
        "count": ["2"],
        "mood": ["good"],
        "agreed": ["on"],
        "tags": ["a", "", "b"],
        "place.longitude": ["140.1"],
        "place.latitude": ["35"],
        "zip": [""],
        "at": ["2026-11-22T09:00"],
        "csrf": ["secret"],
    }
    assert parse_fields(Wish, fields) == Wish(
        "ごみ",
        2,
        "good",
        agreed=True,
        tags=("a", "b"),
        place=Place(140.1, 35),
        at=Instant(1_795_305_600_000_000),
    )
    nothing = parse_fields(Wish, {})
    assert isinstance(nothing, tuple)
    assert [(one.field, one.code) for one in nothing] == [
        ("title", "missing"),
        ("count", "missing"),
        ("mood", "missing"),
    ]
    half = parse_fields(Wish, fields | {"place.latitude": [""]})
    assert isinstance(half, tuple)
    assert [(one.field, one.code) for one in half] == [("place.latitude", "missing")]


class Amount(msgspec.Struct, frozen=True):
    """Numbers as people type them."""

    rows: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    share: Annotated[float, msgspec.Meta(gt=0, lt=10)] = 1.0
    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,2}(\.[0-9])?$")] = "1"
    name: str = ""


def test_digits_in_full_width_are_digits_where_a_number_is_asked_for() -> None:
    typed = {"rows": ["１"], "share": ["２．５"], "code": ["０．９"], "name": ["１番"]}
    assert parse_fields(Amount, typed) == Amount(1, 2.5, "0.9", "１番")
    assert parse_fields(Amount, {"rows": ["１００"]}) == Amount(100)
    for typed_in, code in (
        ("０", "too_small"),
        ("－３", "too_small"),
        ("１０１", "too_large"),
        ("一", "not_a_number"),
        ("1.5", "not_a_number"),
    ):
        read = parse_fields(Amount, {"rows": [typed_in]})
        assert isinstance(read, tuple) and [one.code for one in read] == [code], typed_in
    for typed_in, code in (("０", "too_small"), ("１０", "too_large")):
        read = parse_fields(Amount, {"share": [typed_in]})
        assert isinstance(read, tuple) and [one.code for one in read] == [code], typed_in
    strict = parse(Amount, {"rows": "１"})
    assert isinstance(strict, tuple), "a program sends numbers"


def test_a_fault_speaks_every_language() -> None:
    read = parse(Wish, RIGHT | {"title": "x"})
    assert isinstance(read, tuple)
    said = [read[0].words.say(language) for language in LANGUAGES]
    assert said == [
        "「件名」は2文字以上で入力してください。",
        "「なにについて」は 2文字（もじ）より 長（なが）く 書（か）いてください。",
        "“Subject” needs at least 2 characters.",
    ]
    assert all(row.ja and row.en and row.easy for row in FAULTS.values())


wishes = st.builds(
    Wish,
    title=st.text("あいうab", min_size=2, max_size=10),
    count=st.integers(1, 9),
    mood=st.sampled_from(["good", "bad"]),
    size=st.sampled_from(["s", "l"]),
    zip=st.none() | st.just("260-0013"),
    agreed=st.booleans(),
    tags=st.lists(st.text("xyz", min_size=1, max_size=3), max_size=3).map(tuple),
    place=st.none() | st.builds(Place, st.floats(-180, 180), st.floats(-90, 90)),
    day=st.none() | st.dates(),
)


@settings(max_examples=60)
@given(wishes)
def test_what_was_built_is_read_again_by_json_by_post_and_by_schema(wish: Wish) -> None:
    document = msgspec.to_builtins(wish)
    assert parse(Wish, document) == wish
    assert check(wish) == ()
    posted: dict[str, list[str]] = {}
    for name, value in (document | {f"place.{k}": v for k, v in (document["place"] or {}).items()}).items():
        if isinstance(value, list | tuple):
            posted[name] = [str(one) for one in value]
        elif value is not None and not isinstance(value, dict):
            posted[name] = ["on" if value is True else str(value)]
    if not wish.agreed:
        del posted["agreed"]
    assert parse_fields(Wish, posted) == wish
    jsonschema.validate(msgspec.json.decode(msgspec.json.encode(wish)), schema(Wish))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from([*Wish.__struct_fields__, "other"])


@settings(max_examples=60)
@given(st.dictionaries(names, json_values), st.booleans())
def test_nothing_makes_it_fail(document: dict[str, Any], posted: bool) -> None:
    read = parse(Wish, document, posted)
    assert isinstance(read, Wish) or (len(read) > 0 and all(one.code in FAULTS for one in read))


def test_a_form_describes_its_fields() -> None:
    described = {one.name: one for one in describe(Wish)}
    assert list(described)[:3] == ["title", "count", "mood"]
    assert {name: one.widget for name, one in described.items()} == {
        "title": "text",
        "count": "number",
        "mood": "choice",
        "size": "choice",
        "zip": "text",
        "agreed": "check",
        "tags": "area",
        "place.longitude": "number",
        "place.latitude": "number",
        "day": "date",
        "at": "moment",
        "text": "text",
    }
    title, count = described["title"], described["count"]
    assert (title.required, title.min_length, title.max_length, title.hint) == (
        True,
        2,
        10,
        Words("短く", "Short"),
    )
    assert (count.minimum, count.maximum, count.unit) == (1, 9, "枚")
    assert described["size"].choices == SIZES
    assert [one.default for one in describe(Wish, values=Wish("ごみ", 2, "bad"))][:3] == ["ごみ", 2, "bad"]
