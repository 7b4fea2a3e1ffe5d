"""Downloads of the finder hold every type that was found."""

from __future__ import annotations

import csv
import io
import json

from importing_hall import Hall, ask_of, source

from kaiteki.kit.pages import PageReply, Streamed
from kaiteki.services.opendata import publish


async def town_with(count: int) -> Hall:
    """A town with so many AEDs, the last of them with a column of its own, and one toilet."""
    rows = [f"{n:05},機器{n},本町{n},35.6,140.1,{'夜も可' if n == count - 1 else ''}" for n in range(count)]
    aed = "NO,名称,住所,緯度,経度,夜間\n" + "\n".join(rows)
    toilet = "NO,名称,住所,緯度,経度,男性トイレ総数\n1,駅前,本町,35.6,140.1,3\n"
    hall = Hall()
    await hall.bring(source("aed.csv", aed.encode()), source("toilet.csv", toilet.encode()))
    return hall


def streamed(reply: PageReply) -> Streamed:
    assert isinstance(reply, Streamed)
    return reply


async def whole(reply: PageReply) -> bytes:
    return b"".join([part async for part in streamed(reply).parts])


async def test_a_download_of_the_finder_holds_every_type_that_was_found() -> None:
    hall = await town_with(3)
    body = await whole(await publish.places_csv(ask_of(hall, query={"kind": ""})))
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert [(r["名称"], r["男性トイレ総数"], r["夜間"]) for r in rows] == [
        ("機器0", "", ""),
        ("機器1", "", ""),
        ("機器2", "", "夜も可"),
        ("駅前", "3", ""),
    ]
    collection = json.loads(await whole(await publish.places_geojson(ask_of(hall, query={"kind": ""}))))
    assert [one["properties"]["type"] for one in collection["features"]] == ["AED"] * 3 + ["PublicToilet"]


async def test_nothing_found_is_a_head_without_lines_and_a_collection_without_features() -> None:
    hall = await town_with(1)
    nothing = ask_of(hall, query={"kind": "Park"})
    assert (await whole(await publish.places_csv(nothing))).decode("utf-8-sig").strip() == ""
    empty = json.loads(await whole(await publish.places_geojson(nothing)))
    assert empty == {"type": "FeatureCollection", "features": []}
