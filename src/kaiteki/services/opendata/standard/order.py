"""In which order an edition of the standard has the columns of a table, under which headings, and from where that is known.

    editions.toml                    the editions, and of each table in one from where its columns are known and what they were held against
    orders/{table}_{edition}.csv     its columns from the first to the last

Facts of the tables alone: names and order of the columns. Known are all fourteen tables of the older 推奨データセット (2017 to 2022), and
of the 自治体標準オープンデータセット（正式版） 公衆トイレ一覧, 指定緊急避難場所一覧 and 消防水利施設一覧. What was found of others in the
正式版 is in parts only (docs/guide/open-data-downloads.md says which), and nothing claims it.

A table comes out in the edition whose headings its file had, else in the newest that is known. A file that has all headings of an edition
in their order is read by it, column by column: 市区町村コード is the body that publishes in one edition and the one that designated the
place in the other.

What of a type no edition is known for comes in the order of items/, which was put together from the headers of published files, and
nothing says that this be the order of a standard.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Literal, TypeAlias

import msgspec

from kaiteki.model.headings import fold, has_all_in_order
from kaiteki.model.open_data import TableStandard, followed
from kaiteki.model.words import Words
from kaiteki.services.opendata import standard

Of: TypeAlias = Literal["", "code", "body", "prefecture", "city"]
"""What of the publishing body a column asks for; empty where it asks for something of the record alone."""


class Edition(msgspec.Struct, frozen=True):
    """An edition of the standard."""

    name: str
    words: Words
    iri: str


class OrderedColumn(msgspec.Struct, frozen=True):
    """A column of an edition: its heading there, and the key of the item that fills it."""

    heading: str
    key: str
    of: Of = ""


class Order(msgspec.Struct, frozen=True, dict=True):
    """The columns of a table in an edition, all of them, in its order; from where they are known, and what they were held against (empty
    where nothing was found)."""

    edition: Edition
    table: str
    columns: tuple[OrderedColumn, ...]
    known_from: str
    held_against: str = ""

    @cached_property
    def standard(self) -> TableStandard:
        """The order as the catalogue knows it."""
        headings = tuple(one.heading for one in self.columns)
        joint = "-" if "#" in self.edition.iri else "#"
        iri = f"{self.edition.iri}{joint}{self.table}"
        return TableStandard(self.edition.name, self.edition.words, self.table, iri, headings)

    def fills(self) -> dict[str, str]:
        """The item of each heading, by the folded heading."""
        return {fold(one.heading): one.key for one in self.columns}


@cache
def editions() -> dict[str, Edition]:
    """The editions by name."""
    return {row["name"]: msgspec.convert(row, Edition) for row in _read()["edition"]}


@cache
def _read() -> dict[str, list[dict[str, str]]]:
    return tomllib.loads(files(standard).joinpath("editions.toml").read_text("utf-8"))


def read_order(name: str, edition: str, table: str) -> Order:
    """The order of a table, which the standard calls `table`, in an edition."""
    source = next(row for row in _read()["order"] if row["name"] == f"{name}_{edition}")
    text = files(standard).joinpath("orders", f"{name}_{edition}.csv").read_text("utf-8")
    columns = (
        msgspec.convert({"heading": row["項目名"], "key": row["英字名"], "of": row["団体"]}, OrderedColumn)
        for row in csv.DictReader(text.splitlines())
    )
    return Order(
        editions()[edition], table, tuple(columns), source["known_from"], source.get("held_against", "")
    )


def order_of_header(orders: Sequence[Order], header: Sequence[str]) -> Order | None:
    """The order in which a table comes out whose file had this header (the newest order first); None where none is known."""
    chosen = followed([one.standard for one in orders], header)
    return next((one for one in orders if one.standard is chosen), None)


def order_read(orders: Sequence[Order], header: Sequence[str]) -> Order | None:
    """The order that a header follows whole, by which its columns are read; None where it follows none."""
    return next((one for one in orders if has_all_in_order(header, one.standard.headings)), None)
