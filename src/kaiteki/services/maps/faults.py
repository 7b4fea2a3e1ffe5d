"""What an address of the map asks for that the map does not have or cannot read: told on the page, with what to do.

A layer that is withdrawn is told like one that never was, so that nobody learns of it (decision 37).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.position import read_position
from kaiteki.model.words import Words
from kaiteki.services.maps.model import MapLayer
from kaiteki.services.maps.viewport import (
    OPACITY_MIN,
    PAGES_MAX,
    SHOWN_MAX,
    ZOOM_MAX,
    ZOOM_MIN,
    names_of,
    read_number,
    read_place,
)

SAID_MAX: Final = 40
"""Characters of what was asked for that are told back."""
FAULTS_MAX: Final = 8
_MISSING: Final = Words(
    "「{said}」という地図はありません。名前が変わったか、公開が終わった可能性があります。「地図を選ぶ」から選んでください。",
    "There is no layer “{said}”. It may have another name now, or is no longer public. Please choose one under “Choose layers”.",
    "「{said}」の 地図（ちず）は ありません。「地図（ちず）を えらぶ」から えらんで ください。",
)
_MANY: Final = Words(
    f"一度に出せる地図は{SHOWN_MAX}枚までです。出していない地図が{{count}}枚あります：{{said}}。どれかを外してから選んでください。",
    f"Up to {SHOWN_MAX} layers are shown at once. {{count}} {{n|layer is|layers are}} left out: {{said}}. Take one off, then choose another.",
    f"いちどに 出（だ）せるのは {SHOWN_MAX}まいまでです。{{count}}まい 出（だ）して いません：{{said}}。どれかを けしてから えらんで ください。",
)
_FURTHER: Final = Words("{first}ほか{count}枚", "{first} and {count} more", "{first}ほか {count}まい")
NAMED_MAX: Final = 10
"""Layers for which there is no room that are named."""
_UNREAD: Final[Mapping[str, Words]] = {
    "at": Words(
        "場所「{said}」を読めませんでした。「経度,緯度」（例：140.106,35.607）で書くか、上の欄で住所や施設をさがしてください。",
        "The place “{said}” could not be read. Write longitude,latitude (such as 140.106,35.607), or look for an address above.",
        "場所（ばしょ）「{said}」が わかりませんでした。うえで さがして ください。",
    ),
    "swapped": Words(
        "場所「{said}」は緯度,経度の順と読んで、入れ替えました。アドレスでは「経度,緯度」の順です。",
        "The place “{said}” was read as latitude,longitude and swapped. An address says longitude,latitude.",
        "場所（ばしょ）「{said}」は じゅんばんを かえて 読（よ）みました。",
    ),
    "z": Words(
        f"大きさ「{{said}}」を読めませんでした。{ZOOM_MIN:g}から{ZOOM_MAX:g}までの数で書くか、「＋」「－」で変えてください。",
        f"The zoom “{{said}}” could not be read. It is a number from {ZOOM_MIN:g} to {ZOOM_MAX:g}; or use + and −.",
        "大（おお）きさ「{said}」が わかりませんでした。＋と－で かえて ください。",
    ),
    "opacity": Words(
        f"濃さ「{{said}}」を読めませんでした。{OPACITY_MIN}から100までの数を、地図の順に「,」で並べます。いまは読めないところを100%で出しています。",
        f"The opacity “{{said}}” could not be read. It is a number from {OPACITY_MIN} to 100 for each layer, with commas between; what could not be read is 100% now.",
        "こさ「{said}」が わかりませんでした。いまは 100%です。",
    ),
    "page": Words(
        f"一覧のページ「{{said}}」はありません。1から{PAGES_MAX}までです。近いページを出しています。",
        f"There is no page “{{said}}” of the list; they go from 1 to {PAGES_MAX}. The nearest one is shown.",
        "ページ「{said}」は ありません。",
    ),
}


class Fault(msgspec.Struct, frozen=True):
    """A part of the address (`field`) as it was written (`said`), and what to tell about it; `layers`: the titles of those it is about."""

    field: str
    said: str
    words: Words
    layers: Sequence[Words] = ()

    def say(self, language: str) -> str:
        """The sentence in a language."""
        if not self.layers:
            return self.words.fill(language, said=self.said)
        named = ("、" if language != "en" else ", ").join(
            one.say(language) for one in self.layers[:NAMED_MAX]
        )
        count = len(self.layers)
        if count > NAMED_MAX:
            named = _FURTHER.fill(language, first=named, count=count - NAMED_MAX)
        return self.words.fill(language, said=named, count=count, n=count)


def is_unfit(fault: Fault) -> bool:
    """Whether a fault is a value that cannot be read: not a layer that is not there, or a place that was read the other way round."""
    return any(fault.words is words for name, words in _UNREAD.items() if name != "swapped")


def faults_of(query: Mapping[str, str], layers: Sequence[MapLayer]) -> tuple[Fault, ...]:
    """What of an address is not to be had, in the order of the page, at most FAULTS_MAX."""
    found = [*_layers(query, layers)]
    for field, fits in _FITS.items():
        said = query.get(field, "").strip()
        if said and not fits(said):
            found.append(Fault(field, _cut(said), _UNREAD[field]))
    place = read_position(query.get("at", ""), latitude_first=False)
    if place is not None and place.swapped:
        found.append(Fault("at", _cut(query["at"].strip()), _UNREAD["swapped"]))
    return tuple(found[:FAULTS_MAX])


def _layers(query: Mapping[str, str], layers: Sequence[MapLayer]) -> list[Fault]:
    known = {one.name: one for one in layers}
    names = names_of(query)
    there = [name for name in names if name in known]
    missing = [Fault("layers", _cut(name), _MISSING) for name in names if name not in known]
    left = there[SHOWN_MAX:]
    many = (
        [Fault("layers", _cut(",".join(left)), _MANY, [known[name].title for name in left])] if left else []
    )
    return many + missing


def _cut(text: str) -> str:
    return text if len(text) <= SAID_MAX else text[:SAID_MAX] + "…"


def _is_zoom(text: str) -> bool:
    zoom = read_number(text)
    return zoom is not None and ZOOM_MIN <= zoom <= ZOOM_MAX


def _is_opacity(text: str) -> bool:
    return all(
        one.isascii() and one.isdigit() and len(one) < 4 and OPACITY_MIN <= int(one) <= 100
        for one in text.split(",")
    )


def _is_page(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= PAGES_MAX


_FITS: Final[Mapping[str, Callable[[str], bool]]] = {
    "at": lambda text: read_place(text) is not None,
    "z": _is_zoom,
    "opacity": _is_opacity,
    "page": _is_page,
}
