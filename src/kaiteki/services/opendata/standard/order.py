"""In which order an edition of the standard has the columns of a table, under which headings, and from where that is known.

    editions.toml   the editions, and from where their order is known
    orders/*.csv    a table of an edition: its columns from the first to the last

Known are (facts of the tables alone: names and order of the columns):
* 公衆トイレ一覧 in the 自治体標準オープンデータセット（正式版）, 39 columns;
* in the older 推奨データセット (2017 to 2022) AED設置箇所一覧 (22), 公共施設一覧 (24), 指定緊急避難場所一覧 (26), 子育て施設一覧 (28) and
  公衆無線LANアクセスポイント一覧 (18); their order in the 正式版 is not known.
Of every other type no edition is known: its columns come in the order of items/, which was put together from the headers of published
files, and nothing says that this be the order of a standard.
"""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.model.addresses import PREFECTURES
from kaiteki.model.area import Area
from kaiteki.model.words import Words
from kaiteki.services.opendata import standard

Of: TypeAlias = Literal["", "code", "body", "prefecture", "city"]
"""What of the publishing body a column asks for; empty where it asks for something of the record alone."""


class Edition(msgspec.Struct, frozen=True):
    """An edition of the standard, and from where the order of its columns is known."""

    name: str
    words: Words
    known_from: str


class OrderedColumn(msgspec.Struct, frozen=True):
    """A column of an edition: its heading there, and the key of the item that fills it."""

    heading: str
    key: str
    of: Of = ""


class Order(msgspec.Struct, frozen=True):
    """The columns of a table in an edition, all of them, in its order."""

    edition: Edition
    columns: tuple[OrderedColumn, ...]


@cache
def editions() -> dict[str, Edition]:
    """The editions by name."""
    rows = tomllib.loads(files(standard).joinpath("editions.toml").read_text("utf-8"))["edition"]
    return {row["name"]: msgspec.convert(row, Edition) for row in rows}


def read_order(name: str, edition: str) -> Order:
    """The order of a table of an edition."""
    text = files(standard).joinpath("orders", f"{name}.csv").read_text("utf-8")
    columns = (
        msgspec.convert({"heading": row["項目名"], "key": row["英字名"], "of": row["団体"]}, OrderedColumn)
        for row in csv.DictReader(text.splitlines())
    )
    return Order(editions()[edition], tuple(columns))


class Body(msgspec.Struct, frozen=True):
    """The body that publishes, as the standard writes it: the code of six digits, 静岡県焼津市, 静岡県, 焼津市. Of nobody all are empty."""

    code: str = ""
    body: str = ""
    prefecture: str = ""
    city: str = ""

    def say(self, of: Of) -> str:
        """What a column asks for."""
        return str(getattr(self, of)) if of else ""


NOBODY_KNOWN: Final = Body()
"""Where nobody knows the area beforehand: cells that ask for it stay empty."""


def body_of(area: Area | None) -> Body:
    """The body of an area: the prefecture is that of its code (JIS X 0401), a prefecture has no 市区町村. Of a sample area nothing is said."""
    if area is None or area.sample:
        return NOBODY_KNOWN
    number = int(area.code[:2])
    prefecture = PREFECTURES[number - 1] if 1 <= number <= len(PREFECTURES) else ""
    city = "" if area.words.ja == prefecture else area.words.ja
    return Body(area.code, prefecture + city, prefecture, city)
