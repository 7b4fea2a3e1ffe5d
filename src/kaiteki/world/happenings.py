"""What happens in a town on a day: who reports what, where, when, and how it goes on. A pure function of (seed, town, day)."""

from __future__ import annotations

import math
import random
from typing import Literal

import msgspec

from kaiteki.world.chance import dice, weighted
from kaiteki.world.town import Spot, Town, draw_spot
from kaiteki.world.weather import DAY_S, JAPAN_OFFSET_S

Fate = Literal["mended", "task", "temporary", "working", "waiting"]
"""How far it comes: mended by the office, mended by residents, mended for now, work under way, not looked at yet."""

REPORTS_A_DAY = 5.0
REPORTS_A_DAY_MAX = 40
HOURS: tuple[tuple[int, float], ...] = (
    (6, 2), (7, 5), (8, 6), (9, 5), (10, 5), (11, 4), (12, 6), (13, 4),
    (14, 4), (15, 5), (16, 6), (17, 7), (18, 6), (19, 4), (20, 3), (21, 2), (22, 1),
)  # fmt: skip
"""When people report: hour of the day and weight."""
FATES: tuple[tuple[Fate, float], ...] = (
    ("mended", 60),
    ("working", 12),
    ("task", 12),
    ("temporary", 6),
    ("waiting", 10),
)


class Kind(msgspec.Struct, frozen=True):
    """A kind of thing that breaks. `words` are looked for in the categories of a city, `picture` names a drawing."""

    code: str
    words: tuple[str, ...]
    picture: str
    texts: tuple[str, ...]
    cure: str
    weight: float
    together: bool = False
    """Residents can mend it themselves."""


KINDS: tuple[Kind, ...] = (
    Kind(
        "hole", ("pothole", "road", "道路", "舗装", "穴"), "hole",
        ("道路に穴があいていて、自転車がよけています。", "舗装がめくれて段差になっています。", "マンホールのまわりが沈んでいます。"),
        "穴を埋め、舗装をならしました。", 5,
    ),
    Kind(
        "light", ("light", "lamp", "街灯", "防犯灯", "照明"), "light",
        ("街灯が消えていて、夜まっくらです。", "防犯灯がちかちかしています。", "ここの明かりが一週間ほどつきません。"),
        "電球を取りかえ、点灯を確かめました。", 4,
    ),
    Kind(
        "bench", ("bench", "park", "公園", "ベンチ", "遊具"), "bench",
        ("ベンチの板が割れていて座れません。", "公園のベンチがぐらぐらします。", "ベンチの塗装がはげて、とげが出ています。"),
        "板を取りかえました。", 3, True,
    ),
    Kind(
        "litter", ("litter", "rubbish", "garbage", "dump", "waste", "ごみ", "ゴミ", "不法投棄"), "litter",
        ("茂みに空き缶やペットボトルがたまっています。", "古いタイヤが捨てられています。", "ごみ置き場のネットが破れ、散らかっています。"),
        "回収し、まわりを掃除しました。", 4, True,
    ),
    Kind(
        "paint", ("graffiti", "落書き", "らくがき"), "paint",
        ("壁にスプレーの落書きがあります。", "地下道に落書きが増えています。"),
        "落書きを消しました。", 2, True,
    ),
    Kind(
        "weeds", ("tree", "weed", "green", "樹木", "街路樹", "雑草", "草"), "weeds",
        ("草がのびて歩道が半分ふさがっています。", "街路樹の枝が信号をかくしています。", "垣根が道にはみ出して見通しが悪いです。"),
        "草を刈り、枝を切りました。", 4, True,
    ),
    Kind(
        "sign", ("sign", "mirror", "guard", "標識", "カーブミラー", "ガードレール", "看板"), "sign",
        ("カーブミラーが横を向いています。", "標識が傾いて読みにくいです。", "ガードレールがへこんでいます。"),
        "向きを直し、固定しました。", 2,
    ),
    Kind(
        "drain", ("drain", "water", "gutter", "側溝", "排水", "水たまり", "下水"), "drain",
        ("側溝に落ち葉がつまり、雨のたびに水たまりになります。", "側溝のふたが割れています。"),
        "側溝をさらい、ふたを取りかえました。", 3,
    ),
)  # fmt: skip


class Happening(msgspec.Struct, frozen=True):
    """Something that somebody sees and reports. Times are seconds since the epoch; 0 for what does not come to pass."""

    number: int
    at_s: float
    kind: Kind
    text: str
    spot: Spot
    photo: int
    """The seed of its photo, 0 for none."""
    fate: Fate
    assigned_s: float = 0.0
    started_s: float = 0.0
    mended_s: float = 0.0
    confirmed_s: float = 0.0


def happenings_of(seed: int, town: Town, day: int) -> list[Happening]:
    """The happenings of a day (days since the epoch, in the time of Japan), by time."""
    source = dice(seed, town.area, "day", day)
    count = min(_poisson(source, REPORTS_A_DAY), REPORTS_A_DAY_MAX)
    midnight = day * DAY_S - JAPAN_OFFSET_S
    times = sorted(
        midnight + weighted(source, HOURS) * 3600.0 + source.uniform(0, 3600) for _ in range(count)
    )
    return [_happening(dice(seed, town.area, day, at), town, index, at) for index, at in enumerate(times)]


def _happening(source: random.Random, town: Town, index: int, at_s: float) -> Happening:
    kind = weighted(source, [(kind, kind.weight) for kind in KINDS])
    fate = weighted(source, FATES)
    if fate == "task" and not kind.together:
        fate = "mended"
    assigned = at_s + 3600 * min(source.lognormvariate(math.log(3), 0.9), 40)
    started = assigned + 3600 * min(source.lognormvariate(math.log(14), 0.7), 90)
    if fate == "task":
        mended = started + 3600 * source.uniform(60, 110)
    else:
        mended = started + 3600 * min(source.lognormvariate(math.log(20), 0.8), 160)
    confirmed = mended + 3600 * source.uniform(1, 20)
    return Happening(
        number=index,
        at_s=at_s,
        kind=kind,
        text=source.choice(kind.texts),
        spot=draw_spot(town, source),
        photo=source.randrange(1, 2**31) if source.random() < 0.8 else 0,
        fate=fate,
        assigned_s=0.0 if fate == "waiting" else assigned,
        started_s=0.0 if fate == "waiting" else started,
        mended_s=mended if fate in ("mended", "task", "temporary") else 0.0,
        confirmed_s=confirmed if fate in ("mended", "task") else 0.0,
    )


def _poisson(source: random.Random, mean: float) -> int:
    """How many when there are `mean` on average (Knuth)."""
    limit, product, count = math.exp(-mean), source.random(), 0
    while product > limit and count < REPORTS_A_DAY_MAX:
        count += 1
        product *= source.random()
    return count
