"""The standard types, read from the data beside this module: nine parameters for each item, and what speaks for a type.

The parameters are those of the municipal standard data models: 項目名, 英字名, 入力例, 型, 項目必須, 値必須, 全半角,
取り得る値, 単位. 値必須 ○ asks for a value; a row without a name is refused where the type is `named`.

What is verified of the names. 項目名 and 別名: against the headers of published files (designated shelters of GSI, a municipal
catalogue in the standard columns, GTFS-JP); the tests marked `shared` import those. 英字名 are no copy of the official 項目定義書:
* seen as headers of municipal tables published in English: localGovernmentCode, name, nameKana, category, fullAddress,
  prefecture, city, latitude, longitude, contactPointPhoneNumber;
* seen, but for case and joints, in entities of a municipal city OS after the GIF model: streetAddress, cityBlock, nameEn,
  streetAddressId, buildingNameEtc. It differs in two: Identification is our identifier, CityAndCounty our city;
* known to differ: the lists `hazards` and `openedFor`, which others keep as one attribute a hazard (floodFromRivers, …);
* verified against nothing: every other 英字名, which translates its 項目名. To change one renames a stored attribute;
* of the public toilets the official ones are known since (numbers of toilets are counted under other names there): stored names stay.

What is verified of the order of the columns, and of which edition, stands in order.py.

words.csv says the items in やさしい日本語 and English by their 項目名: all items of the types that play `place`, which residents see.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import msgspec

from kaiteki.model.area import Field
from kaiteki.model.headings import fold
from kaiteki.model.open_data import TableStandard
from kaiteki.model.words import Words
from kaiteki.services.opendata import standard
from kaiteki.services.opendata.standard.order import Order, order_of_header, order_read, read_order

GENERIC: Final = "OpenDataRecord"
"""The type of tables that no standard type fits."""


class Item(msgspec.Struct, frozen=True):
    """One item of a standard table. `words` say its label to people; `flag` is the word that a 旗 item puts into the list `name`."""

    label: str
    words: Words
    name: str
    example: str
    kind: str
    asked: bool
    required: bool
    width: Literal["全角", "半角", ""]
    allowed: str
    unit: str
    aliases: tuple[str, ...] = ()
    flag: str = ""

    @property
    def key(self) -> str:
        """What tells the item from the others of its type: `hazards.flood`, `name`."""
        return f"{self.name}.{self.flag}" if self.flag else self.name


class StandardType(msgspec.Struct, frozen=True):
    """One standard table. `keywords` and `signature` are what the guess of a type goes by; `category` is its official name, where it has one.

    `orders` are those of its columns in the editions of the standard of which they are known, the newest first.
    """

    name: str
    words: Words
    items: tuple[Item, ...]
    keywords: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    shape: Literal["point", "line", "area", "any"] = "any"
    plays: frozenset[str] = frozenset()
    columns: tuple[str, ...] = ()
    named: bool = True
    title: str = "name"
    field: Field = "town"
    theme: str = "GOVE"
    category: str = ""
    orders: tuple[Order, ...] = ()

    def item(self, key: str) -> Item | None:
        """The item of a key."""
        return next((item for item in self.items if item.key == key), None)

    def order_in(self, edition: str) -> Order | None:
        """The order in an edition; None where it is not known."""
        return next((one for one in self.orders if one.edition.name == edition), None)

    def order_of(self, header: Sequence[str]) -> Order | None:
        """The order in which a table with this header comes out; None where that of no edition is known."""
        return order_of_header(self.orders, header)

    def order_read(self, header: Sequence[str]) -> Order | None:
        """The order that a header follows whole; None where it follows none."""
        return order_read(self.orders, header)

    @property
    def standards(self) -> tuple[TableStandard, ...]:
        """The orders as the catalogue knows them."""
        return tuple(one.standard for one in self.orders)


@cache
def _items(group: str) -> tuple[Item, ...]:
    text = files(standard).joinpath("items", f"{group}.csv").read_text("utf-8")
    return tuple(_item(record) for record in csv.DictReader(text.splitlines()))


@cache
def _told() -> dict[str, Words]:
    text = files(standard).joinpath("words.csv").read_text("utf-8")
    return {
        row["項目名"]: Words(ja=row["項目名"], en=row["英語"], easy=row["やさしい日本語"])
        for row in csv.DictReader(text.splitlines())
    }


def _words(label: str, name: str) -> Words:
    """The words of words.csv; without a row there, the 英字名 in English: `routeColor` is "Route color"."""
    english = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return _told().get(label) or Words(ja=label, en=english[:1].upper() + english[1:].lower())


def _item(record: dict[str, Any]) -> Item:
    name, _, flag = str(record["英字名"]).partition(".")
    return Item(
        label=record["項目名"],
        words=_words(record["項目名"], name),
        name=name,
        example=record["入力例"],
        kind=record["型"],
        asked=record["項目必須"] == "○",
        required=record["値必須"] == "○",
        width=record["全半角"],
        allowed=record["取り得る値"],
        unit=record["単位"],
        aliases=tuple(alias for alias in (record["別名"] or "").split("|") if alias),
        flag=flag,
    )


@cache
def standard_types() -> dict[str, StandardType]:
    """All standard types by name, in the order of the table; a later item of a name replaces one of an earlier group."""
    text = files(standard).joinpath("types.toml").read_text("utf-8")
    found: dict[str, StandardType] = {}
    for row in tomllib.loads(text)["type"]:
        items: dict[str, Item] = {}
        for group in row["groups"]:
            for item in _items(group):
                items[item.key] = item
        words = row["words"]
        found[row["name"]] = StandardType(
            name=row["name"],
            words=Words(ja=words["ja"], en=words["en"], easy=words["easy"]),
            items=tuple(items.values()),
            keywords=tuple(row.get("keywords", ())),
            signature=tuple(fold(name) for name in row.get("signature", ())),
            shape=row["shape"],
            plays=frozenset(row["plays"]),
            columns=tuple(row["columns"]),
            named=row.get("named", True),
            title=row.get("title", "name"),
            field=row.get("field", "town"),
            theme=row["theme"],
            category=row.get("category", ""),
            orders=tuple(
                read_order(row["order"], edition, row["category"]) for edition in row.get("editions", ())
            ),
        )
    return found


@cache
def known_names() -> frozenset[str]:
    """Every folded name that any item goes by; a row with many of them is a header."""
    names: set[str] = set()
    for kind in standard_types().values():
        for item in kind.items:
            names.update(fold(name) for name in (item.label, item.name, *item.aliases))
        names.update(fold(one.heading) for order in kind.orders for one in order.columns)
    return frozenset(names)


@cache
def names_of_others() -> frozenset[str]:
    """Every folded name by which an item goes that is not the name of a record (地区名, 学校名 where they are parts of it)."""
    return frozenset(
        fold(name)
        for kind in standard_types().values()
        for item in kind.items
        if item.key != "name"
        for name in (item.label, *item.aliases)
    )


def is_known(name: str) -> bool:
    """Whether a column of this name occurs in a standard table."""
    return fold(name) in known_names()
