"""Items, classes and grounds of a layer as lines of text that people write in a form, and back: one thing a line, parts divided by `|`.

```
items    property = 日本語 | English | やさしい日本語 | unit | role
classes  value    = 日本語 | English | やさしい日本語 | #colour
grounds  法令名 | English | 条項 | 内容 | English | https://…
```
What a line does not say (the ground of an item, outline and grounds of a class) stays as it was under the same property or value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final, TypeVar, cast, get_args

import msgspec

from kaiteki.model.decision import Fault
from kaiteki.model.words import Words
from kaiteki.services.maps.model import COLOUR, HTTPS, Class, Ground, Item, Role

LINES_MAX: Final = 60
_COLOUR: Final = re.compile(COLOUR)
_HTTPS: Final = re.compile(HTTPS)
_ROLES: Final = frozenset(cast("tuple[str, ...]", get_args(Role)))
_FIELDS: Final = {
    "items": Words("項目", "Items", "項目（こうもく）"),
    "classes": Words("色分け", "Classes", "色（いろ）わけ"),
    "grounds": Words("根拠", "Grounds", "もとの きまり"),
}
_ITEM: Final = Words(
    "「項目 = 日本語 | English | やさしい | 単位 | 役割」のように書きます",
    "write it as “property = 日本語 | English | easy | unit | role”",
    "「項目（こうもく）= 名前（なまえ）」と 書（か）きます",
)
_CLASS: Final = Words(
    "「値 = 日本語 | English | やさしい | #色」のように書きます",
    "write it as “value = 日本語 | English | easy | #colour”",
    "「値（あたい）= 名前（なまえ） | English | やさしい | #色（いろ）」と 書（か）きます",
)
T = TypeVar("T")


class Unread(Exception):
    """A line that cannot be read; the message is what is wrong with it, in three languages."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


def read_items(text: str, before: Sequence[Item] = ()) -> tuple[Item, ...] | Fault:
    """The items that lines tell, or what is wrong with the first that tells none."""
    known = {one.property: one for one in before}

    def read(line: str) -> Item:
        name, words, rest = _named(line, _ITEM)
        unit, role = (*rest, "", "")[:2]
        if role not in _ROLES:
            raise Unread(
                Words(f"役割「{role}」はありません", f"there is no role {role}", f"「{role}」は ありません")
            )
        old = known.get(name)
        return Item(name, words, unit, cast(Role, role), old.ground if old is not None else None)

    return _read("items", text, read)


def read_classes(text: str, before: Sequence[Class] = ()) -> tuple[Class, ...] | Fault:
    """The classes that lines tell, or what is wrong with the first that tells none."""
    known = {one.value: one for one in before}

    def read(line: str) -> Class:
        value, words, rest = _named(line, _CLASS)
        colour = rest[0].lower() if rest else ""
        if not _COLOUR.fullmatch(colour):
            raise Unread(
                Words(
                    "色は #1f5fa8 のように書きます",
                    "a colour is like #1f5fa8",
                    "色（いろ）は #1f5fa8 のように 書（か）きます",
                )
            )
        old = known.get(value)
        if old is not None:
            return msgspec.structs.replace(old, words=words, colour=colour)
        return Class(value, words, colour)

    return _read("classes", text, read)


def read_grounds(text: str, before: Sequence[Ground] = ()) -> tuple[Ground, ...] | Fault:
    """The grounds that lines tell, or what is wrong with the first that tells none; a line that was not touched stays as it was."""
    known = {write_grounds((one,)): one for one in before}

    def read(line: str) -> Ground:
        if line in known:
            return known[line]
        parts = [part.strip() for part in line.split("|")]
        law, en, clause, rules, rules_en, address = (*parts, "", "", "", "", "", "")[:6]
        if not law:
            raise Unread(
                Words(
                    "法令名がありません",
                    "the law has no name",
                    "法律（ほうりつ）の 名前（なまえ）が ありません",
                )
            )
        if address and not _HTTPS.fullmatch(address):
            raise Unread(
                Words(
                    "アドレスは https:// で始めます",
                    "an address begins with https://",
                    "https:// から 書（か）きます",
                )
            )
        return Ground(Words(law, en), clause, Words(rules, rules_en), address or None)

    return _read("grounds", text, read)


def write_items(items: Sequence[Item]) -> str:
    """The same as lines."""
    return "\n".join(f"{one.property} = " + _joined(one.words, one.unit, one.role) for one in items)


def write_classes(classes: Sequence[Class]) -> str:
    """The same as lines."""
    return "\n".join(f"{one.value} = " + _joined(one.words, one.colour) for one in classes)


def write_grounds(grounds: Sequence[Ground]) -> str:
    """The same as lines."""
    return "\n".join(
        " | ".join(
            (one.law.ja, english(one.law), one.clause, one.rules.ja, english(one.rules), one.address or "")
        ).rstrip(" |")
        for one in grounds
    )


def english(words: Words) -> str:
    """What was written in English; nothing where the Japanese stands in for it."""
    return words.en if words.has("en") else ""


def _joined(words: Words, *more: str) -> str:
    return " | ".join((words.ja, english(words), words.easy, *more)).rstrip(" |")


def _named(line: str, pattern: Words) -> tuple[str, Words, list[str]]:
    name, sign, told = line.partition("=")
    parts = [part.strip() for part in told.split("|")]
    if not sign or not name.strip() or not parts[0]:
        raise Unread(pattern)
    ja, en, easy = (*parts, "", "")[:3]
    return name.strip(), Words(ja, en, easy), parts[3:]


def _read(field: str, text: str, read: Callable[[str], T]) -> tuple[T, ...] | Fault:
    lines = [line.strip() for line in unicodedata.normalize("NFC", text).splitlines() if line.strip()]
    if len(lines) > LINES_MAX:
        return Fault(
            field,
            "too_many",
            Words(f"{LINES_MAX}行までです", f"at most {LINES_MAX} lines", f"{LINES_MAX}行（ぎょう）までです"),
        )
    found: list[T] = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(read(line))
        except Unread as wrong:
            words = wrong.words
            name = _FIELDS[field]
            told = Words(
                f"「{name.ja}」の{number}行目：{words.ja}",
                f"{name.en}, line {number}: {words.en}",
                f"「{name.easy}」の {number}行目（ぎょうめ）：{words.easy}",
            )
            return Fault(field, "invalid", told)
    return tuple(found)
