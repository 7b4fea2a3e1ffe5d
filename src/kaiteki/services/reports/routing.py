"""Which office gets a report: owner of what stands there, then category × zone, with the reason in words."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.words import Words
from kaiteki.services.reports.geography import Point, covers, distance_m, out_of_reach
from kaiteki.services.reports.settings import EVERY, HALL, Category, Owner, Settings, Zone

_UNKNOWN: Final = Words(ja="場所不明", en="place unknown", easy="場所が わかりません")


class Routed(msgspec.Struct, frozen=True):
    """The office, the ward, whether the ward is sure, and the trace of the rules that led there."""

    office: str
    zone: str
    zone_sure: bool
    reason: tuple[Words, ...]


def route(
    settings: Settings, category: Category, point: Point | None, address: str, owner: Owner | None = None
) -> Routed:
    """The office for a category at a place. `owner` is who looks after the asset in question, None when unknown.

    An asset that is known to be the area's own goes by the usual routes, whatever it stands on.
    """
    ward, sure, trace = find_ward(settings, point, address)
    around = [z for z in settings.zones if z.kind != "ward" and point is not None and covers(z, point)]
    zone = ward.code if ward else ""
    if owner is not None and settings.office(owner.office):
        return Routed(owner.office, zone, sure, (*trace, _belongs(owner), _owned(settings, owner.office)))
    if owner is not None:
        trace = (*trace, _belongs(owner))
    for held in around if owner is None else ():
        if held.owner and settings.office(held.owner):
            return Routed(held.owner, zone, sure, (*trace, _stands_in(held), _owned(settings, held.owner)))
    here = {z.code: z for z in (*around, *([ward] if ward else []))}
    for row in settings.routes:
        if row.category in (EVERY, category.code) and (row.zone == EVERY or row.zone in here):
            because = _rule(settings, category, here.get(row.zone), row.office)
            return Routed(row.office, zone, sure, (*trace, because))
    fallback = settings.offices[0].code if settings.offices else HALL
    because = _rule(settings, category, None, fallback)
    return Routed(fallback, zone, sure, (*trace, because))


def find_ward(
    settings: Settings, point: Point | None, address: str
) -> tuple[Zone | None, bool, tuple[Words, ...]]:
    """The ward of a place: by polygon, else by the words of the address, else the nearest centre (not sure)."""
    wards = [z for z in settings.zones if z.kind == "ward"]
    if point is not None:
        for ward in wards:
            if ward.polygon and covers(ward, point):
                return ward, True, (_lies_in(ward, Words("位置", "position", "場所（ばしょ）")),)
    for ward in wards:
        if any(name in address for name in ward.names or (ward.words.ja,)):
            return ward, True, (_lies_in(ward, Words("住所", "address", "住所（じゅうしょ）")),)
    centred = [(z, z.centre) for z in wards if z.centre is not None]
    if point is None or not centred:
        return None, False, () if not wards or point is not None else (_UNKNOWN,)
    nearest = min(centred, key=lambda pair: distance_m(point, pair[1]))[0]
    return (
        nearest,
        False,
        (_lies_in(nearest, Words("近さから推定", "nearest centre", "近（ちか）い ところ")),),
    )


def is_far(settings: Settings, longitude: float | None, latitude: float | None) -> bool:
    """Whether a place that is given is too far from the wards of the area to be meant."""
    if longitude is None or latitude is None:
        return False
    return out_of_reach(settings.zones, (longitude, latitude), settings.reach_m)


def _lies_in(ward: Zone, by: Words) -> Words:
    w = ward.words
    return Words(
        ja=f"{w.ja}（{by.ja}）", en=f"{w.en} (by {by.en})", easy=f"{w.say('ja-easy')}（{by.say('ja-easy')}）"
    )


def _stands_in(zone: Zone) -> Words:
    w = zone.words
    return Words(ja=f"{w.ja}の上にあります", en=f"It lies on {w.en}", easy=f"{w.say('ja-easy')}に あります")


def _belongs(owner: Owner) -> Words:
    w = owner.words
    return Words(
        ja=f"設備の台帳：{w.ja}のもの",
        en=f"By the register it belongs to: {w.en}",
        easy=f"{w.say('ja-easy')}の ものです",
    )


def _owned(settings: Settings, code: str) -> Words:
    office = settings.office(code)
    words = office.words if office else Words(code, code)
    return Words(
        ja=f"管理者は {words.ja}",
        en=f"It belongs to {words.en}",
        easy=f"{words.say('ja-easy')}が 世話を しています",
    )


def _rule(settings: Settings, category: Category, zone: Zone | None, code: str) -> Words:
    office = settings.office(code)
    to = office.words if office else Words(code, code)
    area = zone.words if zone else Words("全域", "everywhere", "どこでも")
    c = category.words
    return Words(
        ja=f"{area.ja} × {c.ja} → {to.ja}",
        en=f"{area.en} × {c.en} → {to.en}",
        easy=f"{area.say('ja-easy')} × {c.say('ja-easy')} → {to.say('ja-easy')}",
    )
