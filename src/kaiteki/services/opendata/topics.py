"""What the search of an area offers of the hazards: for each the places where one is safe from it."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Topic
from kaiteki.model.words import Words
from kaiteki.services.opendata.finder import ASKED_HAZARDS, SHELTERS
from kaiteki.services.opendata.hazards import HAZARDS

_KEYWORDS: Final[dict[str, tuple[str, ...]]] = {
    "earthquake": ("地震避難", "震災"),
    "tsunami": ("津波", "つなみ"),
    "flood": ("洪水", "水害", "浸水", "大雨", "台風", "typhoon"),
    "inlandFlood": ("内水",),
    "stormSurge": ("高潮",),
    "landslide": ("土砂", "土石流", "地滑り", "地すべり", "がけ崩れ", "崖崩れ", "mudslide"),
    "largeFire": ("火災", "火事"),
    "volcano": ("火山", "噴火", "eruption"),
}
"""What people call a hazard beside its name. A quake alone is no keyword: who tells what it broke wants to report."""


def topics_of(_: object) -> tuple[Topic, ...]:
    """A topic for each hazard that the finder of places knows, leading to the shelters and sites for it."""
    return tuple(_topic(code) for code in ASKED_HAZARDS)


def _topic(code: str) -> Topic:
    words = HAZARDS[code]
    return Topic(
        words=Words(
            ja=f"{words.ja}のとき逃げるところ",
            en=f"Where to go: {words.en}",
            easy=f"逃（に）げる ところ：{words.say('ja-easy')}",
        ),
        path="places",
        query=f"kind={SHELTERS}&hazard={code}",
        keywords=_KEYWORDS.get(code, ()),
    )
