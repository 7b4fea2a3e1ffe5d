"""The hazards of the standard tables: the codes of their flags, and what people call them."""

from __future__ import annotations

from typing import Final

from kaiteki.model.words import Words

HAZARDS: Final[dict[str, Words]] = {
    "earthquake": Words(ja="地震", en="Earthquake", easy="地震（じしん）"),
    "tsunami": Words(ja="津波", en="Tsunami", easy="津波（つなみ）"),
    "flood": Words(ja="洪水", en="Flood", easy="洪水（川の水が あふれる）"),
    "inlandFlood": Words(ja="内水氾濫", en="Inland flooding", easy="雨で 道に 水が たまる"),
    "stormSurge": Words(ja="高潮", en="Storm surge", easy="高潮（海の水が 高くなる）"),
    "landslide": Words(ja="がけ崩れ・土石流・地滑り", en="Landslide", easy="がけくずれ"),
    "largeFire": Words(ja="大規模な火事", en="Large fire", easy="大きな 火事"),
    "volcano": Words(ja="火山現象", en="Volcanic activity", easy="火山（かざん）"),
    "earthquakeTsunami": Words(ja="地震・津波", en="Earthquake and tsunami", easy="地震・津波"),
    "stormFlood": Words(ja="風水害", en="Storm and flood", easy="台風・大雨"),
    "nankaiTroughInfo": Words(
        ja="南海トラフ地震臨時情報", en="Nankai Trough advisory", easy="南海トラフの お知らせ"
    ),
}
"""What a place is for, by the flags of the standard tables."""
