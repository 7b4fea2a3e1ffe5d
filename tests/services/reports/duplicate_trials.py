"""Trials for finding duplicates: what was reported before at real or drawn assets, and what somebody reports now.

Half of those who report mean something that was reported, in other words, from some metres away, with or without the
number of the asset; the others mean the next asset, another kind of trouble, or a place nobody spoke of.
"""

from __future__ import annotations

import csv
import io
import math
import random
from collections.abc import Sequence
from pathlib import Path

import msgspec
from report_samples import w

from kaiteki.model.instant import Instant
from kaiteki.services.reports.duplicates import Seen
from kaiteki.services.reports.model import Photo, Report
from kaiteki.services.reports.settings import Category, Settings

DAY = 86_400_000_000
NOW = Instant(400 * DAY)
Point = tuple[float, float]
WORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "light": (
        (
            "街灯が消えている",
            "街灯が消えていて真っ暗です",
            "夜になっても街灯がつかない",
            "電気がきれていて暗い",
        ),
        ("街灯が点滅している", "街灯がちかちかする", "電灯がついたり消えたりしている"),
        ("街灯の柱が傾いている", "街灯のポールが斜めで危ない", "柱が曲がって倒れそう"),
    ),
    "park": (
        ("ベンチの板が割れている", "ベンチの板がこわれて座れない", "木のベンチの板が折れている"),
        ("ブランコの鎖がさびている", "ブランコの鎖が切れそう", "ブランコがさびて危ない"),
        ("フェンスが破れている", "公園のフェンスに穴がある", "フェンスの網が破れて危険"),
        ("水飲み場の水が止まらない", "水飲み場の蛇口から水が出続ける", "水飲み場が壊れた"),
    ),
    "toilet": (
        ("トイレの水が流れない", "便器の水が流れなくて使えない", "トイレがつまって流れない"),
        ("トイレの鍵が壊れている", "個室の鍵がかからない", "トイレのドアの鍵がこわれた"),
    ),
    "speaker": (
        ("放送が聞こえない", "防災無線の音が出ていない", "夕方の放送が鳴らない"),
        ("雑音がひどい", "スピーカーから雑音がする", "放送の音が割れて雑音になる"),
    ),
}
CATALOGUE = Settings(categories=tuple(Category(code, w(code)) for code in WORDS))
FOLDERS = {"公園一覧": "park", "公衆トイレ一覧": "toilet", "同報無線子局一覧": "speaker"}


class Thing(msgspec.Struct, frozen=True):
    """Something that can break: what kind of report is made of it, and where it stands."""

    id: str
    kind: str
    point: Point


class Trial(msgspec.Struct, frozen=True):
    """What somebody reports, and the id of the report that means the same; empty where there is none."""

    seen: Seen
    means: str


class Set(msgspec.Struct, frozen=True):
    """Reports that are there, and trials against them."""

    known: tuple[Report, ...]
    trials: tuple[Trial, ...]


def real_things(folder: Path) -> list[Thing]:
    """The parks, toilets and loudspeakers of a real town."""
    found: list[Thing] = []
    for name, kind in FOLDERS.items():
        for file in sorted((folder / "yaizu" / name).glob("222127*.csv")):
            rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")))
            found += [
                Thing(f"urn:{kind}:{n}", kind, (float(row["経度"]), float(row["緯度"])))
                for n, row in enumerate(rows)
                if row.get("緯度") and row.get("経度")
            ]
    return found


def drawn_things(seed: int, streets: int = 60) -> list[Thing]:
    """Lights every 35 m along streets, and parks with a toilet: denser than any register of a town."""
    chance = random.Random(seed)
    found: list[Thing] = []
    for street in range(streets):
        at, towards = (chance.uniform(141.0, 141.1), chance.uniform(35.3, 35.4)), chance.uniform(0, math.tau)
        for n in range(6):
            there = (35.0 * n * math.cos(towards), 35.0 * n * math.sin(towards))
            found.append(Thing(f"urn:light:{street}-{n}", "light", shifted(at, there)))
        park = shifted(at, (chance.uniform(60, 400), chance.uniform(60, 400)))
        found.append(Thing(f"urn:park:{street}", "park", park))
        found.append(Thing(f"urn:toilet:{street}", "toilet", shifted(park, (25.0, 10.0))))
    return found


def shifted(place: Point, metres: Point) -> Point:
    """A place some metres east and north of another."""
    shrink = math.cos(math.radians(place[1]))
    return place[0] + metres[0] / 111_195 / shrink, place[1] + metres[1] / 111_195


def split(things: Sequence[Thing], seed: int) -> tuple[Set, Set]:
    """A training set and a held-out set of different things, so that nothing of the second was seen in the first."""
    chance = random.Random(seed)
    mixed = list(things)
    chance.shuffle(mixed)
    half = len(mixed) // 2
    return draw_set(mixed[:half], seed + 1), draw_set(mixed[half:], seed + 2)


def draw_set(things: Sequence[Thing], seed: int) -> Set:
    """Reports on two of three things, a trial of each that means it, and one that means something new for each thing.

    On some of the other things lies a report from long ago that was mended: what breaks there now is new.
    """
    chance = random.Random(seed)
    known: list[Report] = []
    trials: list[Trial] = []
    for n, thing in enumerate(things):
        trouble = chance.randrange(len(WORDS[thing.kind]))
        if chance.random() < 2 / 3:
            look = chance.getrandbits(64)
            report = _report(n, thing, trouble, look, chance)
            known.append(report)
            trials.append(Trial(_seen(thing, trouble, look, chance), report.id))
        elif chance.random() < 0.5:
            mended = _report(n, thing, trouble, chance.getrandbits(64), chance)
            old = Instant(NOW - round(chance.uniform(20, 300) * DAY))
            known.append(msgspec.structs.replace(mended, id=f"old:{n}", date_submitted=old, status="closed"))
    reported = {report.id[2:] for report in known if report.id.startswith("r:")}
    for n, thing in enumerate(things):
        silent = str(n) not in reported
        kind = thing.kind if silent else chance.choice([code for code in WORDS if code != thing.kind])
        other = Thing(thing.id if silent else "", kind, thing.point)
        trouble = chance.randrange(len(WORDS[kind]))
        trials.append(Trial(_seen(other, trouble, chance.getrandbits(64), chance), ""))
    return Set(tuple(known), tuple(trials))


def _report(n: int, thing: Thing, trouble: int, look: int, chance: random.Random) -> Report:
    text = chance.choice(WORDS[thing.kind][trouble])
    place = shifted(thing.point, (chance.gauss(0, 9), chance.gauss(0, 9)))
    return Report(
        f"r:{n}",
        f"R-{n}",
        text,
        thing.kind,
        description=text,
        location={"type": "Point", "coordinates": list(place)},
        asset=thing.id if chance.random() < 0.6 else "",
        photos=(Photo("d", look=f"{look:016x}"),) if chance.random() < 0.6 else (),
        status="closed" if chance.random() < 0.04 else "received",
        date_submitted=Instant(NOW - round(chance.expovariate(1 / 12) * DAY)),
    )


def _seen(thing: Thing, trouble: int, look: int, chance: random.Random) -> Seen:
    accuracy = chance.choice((8.0, 12.0, 20.0, 35.0))
    place = shifted(thing.point, (chance.gauss(0, accuracy * 0.7), chance.gauss(0, accuracy * 0.7)))
    category = thing.kind if chance.random() < 0.95 else chance.choice(list(WORDS))
    bent = look
    for bit in chance.sample(range(64), 5):
        bent ^= 1 << bit
    shot = bent if chance.random() < 0.35 else chance.getrandbits(64)
    text = chance.choice(WORDS[thing.kind][trouble]) + chance.choice(
        ("", "。", "。直してください", "。気をつけて")
    )
    return Seen(
        point=place,
        category=category,
        text=text if chance.random() < 0.8 else "",
        asset=thing.id if chance.random() < 0.6 else "",
        looks=(f"{shot:016x}",),
        accuracy_m=accuracy,
        at=NOW,
    )
