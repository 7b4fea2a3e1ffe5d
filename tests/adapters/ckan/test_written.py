"""Packages that are told again are the bytes of before, for as long as nothing of them is another; and no more than fit."""

from __future__ import annotations

import msgspec
from ckan_client import AED, Client
from hypothesis import given
from hypothesis import strategies as st
from importing_hall import source

from kaiteki.adapters.ckan.written import Written
from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.engine import Asking
from kaiteki.model.words import Words

ENTRIES = [Entry(f"urn:{n}", f"n{n}", "table", Words("", ""), Words("", "")) for n in range(4)]
AGAIN = [msgspec.structs.replace(one) for one in ENTRIES]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 1), st.integers(0, 40))))
def test_what_is_told_is_what_would_be_made(asked: list[tuple[int, bool, int, int]]) -> None:
    """Entries come anew, marks change, packages are long and short: the answer is that of the last time of the very same, or made."""
    written, last = Written(bytes_max=100), {}
    for place, anew, marks, length in asked:
        one = (AGAIN if anew else ENTRIES)[place]
        made: list[str] = []

        def make(made: list[str] = made, length: int = length) -> dict[str, object]:
            made.append("x" * length)
            return {"id": made[0]}

        told = msgspec.json.decode(written.take(one, marks, make))["id"]
        known = last.get(place)
        assert told == made[0] if made else known == (id(one), marks, told)
        last[place] = (id(one), marks, told)
        assert written.bytes <= 100
    written.only({one.id: one for one in ENTRIES[:2]})
    written.only({})
    assert written.bytes == 0


async def test_a_page_is_made_once_and_anew_where_something_changed() -> None:
    town = Client()
    await town.fill()
    first = (await town.result("package_search"))["results"]
    assert first == (await town.result("package_search"))["results"]
    assert first == [await town.result("package_show", id=one["id"]) for one in first]
    # another table: its package is another, those of the others are as they were
    await town.hall.bring(source("aed.csv", (AED + "3,公園,本町3,35.62,140.13,\n").encode()))
    then = {one["name"]: one for one in (await town.result("package_search"))["results"]}
    records = {
        one["name"]: next(extra["value"] for extra in one["extras"] if extra["key"] == "records")
        for one in [*first, *then.values()]
    }
    aed = next(name for name in records if "aed" in name)
    assert records[aed] == "3"
    assert [one for one in first if one["name"] != aed] == [
        one for one in then.values() if one["name"] != aed
    ]
    # a file whose size became known
    catalogue = await town.cities.of(Asking("demo")).catalogue()
    path = next(part.path for part in catalogue.by_name[aed].distributions if part.format == "CSV")
    scale = catalogue.scale(path)
    assert scale is not None
    scale(1234)
    found = (await town.result("package_search"))["results"]
    sizes = {part["format"]: part["size"] for one in found if one["name"] == aed for part in one["resources"]}
    assert sizes.pop("CSV") == 1234 and set(sizes.values()) == {None}
