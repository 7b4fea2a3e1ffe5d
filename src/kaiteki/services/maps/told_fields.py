"""A field of a layer as somebody reads it, beside what it was: texts in all languages, of lists and of the style what differs."""

from __future__ import annotations

from typing import Any, Final, cast

from kaiteki.kit.forms import describe
from kaiteki.model.words import Words
from kaiteki.services.maps.edit import Edit
from kaiteki.services.maps.lines import write_classes, write_grounds, write_items
from kaiteki.services.maps.model import GROUPS, RHYTHMS, SORTS, Layer, Style

_CHOICES: Final = {"group": GROUPS, "geometry": SORTS, "rhythm": RHYTHMS}
_YES: Final = Words("はい", "Yes", "はい")
_NO: Final = Words("いいえ", "No", "いいえ")
_PARTS: Final = ("colour", "width", "opacity", "by", "only")
_FURTHER: Final = {
    "outline": Words("外枠の色", "Outline", "わくの 色（いろ）"),
    "dash": Words("破線", "Dashes", "きれた 線（せん）"),
    "symbol": Words("しるし", "Symbol", "しるし"),
    "zooms": Words("表示する拡大率", "Zooms", "見（み）える 大（おお）きさ"),
}


def text_of(layer: Layer, other: Layer, field: str, language: str) -> str:
    """What stands in a field, as far as the other one says something else there; empty where nothing does."""
    value, beside = getattr(layer, field), getattr(other, field)
    if field in _CHOICES:
        return _CHOICES[field][value].say(language)
    if isinstance(value, Style):
        return _style(value, beside, language)
    if field == "items":
        return _lines(write_items(layer.items), write_items(other.items))
    if field == "grounds":
        return _lines(write_grounds(layer.grounds), write_grounds(other.grounds))
    return _plain(value, language)


def _style(style: Style, other: Style, language: str) -> str:
    named = {one.name: one.words for one in describe(Edit)}
    parts = {**{name: named[name] for name in _PARTS}, **_FURTHER}
    told = [
        f"{words.say(language)}：{_plain(getattr(style, part), language)}"
        for part, words in parts.items()
        if getattr(style, part) != getattr(other, part)
    ]
    if style.classes != other.classes:
        told.append(_lines(write_classes(style.classes), write_classes(other.classes)))
    return "\n".join(told)


def _lines(text: str, other: str) -> str:
    """The lines that the other one has not; all of them where both have the same in another order."""
    beside, own = other.splitlines(), text.splitlines()
    return "\n".join(own if sorted(own) == sorted(beside) else (one for one in own if one not in beside))


def _plain(value: Any, language: str) -> str:
    if isinstance(value, Words):
        return "\n".join(dict.fromkeys(one for one in (value.ja, value.en, value.easy) if one))
    if isinstance(value, bool):
        return (_YES if value else _NO).say(language)
    if isinstance(value, tuple):
        return " ".join(map(str, cast("tuple[float, ...]", value)))
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)
