"""A layer of the map as data: what it shows, how it is drawn, who answers for it, on which law it rests.

```
sets, cities/<name>/layers/*.toml ─► Settings.every ─(survey, take_over)─► MapLayer ◄─(desk: add, change, arrange)─ staff
                                                         │  ▲
                                                 withdraw▼  │publish
                                                      HeldMapLayer  (staff alone)
```

A layer that is not public is an entity of another type, `HeldMapLayer`, so that no list, count, filter, tile or file has to
remember to leave it out. What it shows are features of a collection of `/{area}/ogc`: all of a type, or one data set.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

ID: Final = "urn:ngsi-ld:MapLayer:"
HELD_ID: Final = "urn:ngsi-ld:HeldMapLayer:"
NAME: Final = r"^[a-z][a-z0-9-]{0,39}$"
COLOUR: Final = r"^#[0-9a-f]{6}$"
HTTPS: Final = r"^https://\S+$"
CHANGES_MAX: Final = 100
"""Lines of the log of a layer that are kept in it; earlier ones are in its history."""

Group: TypeAlias = Literal["roads", "planning", "designated", "sewers", "hazard", "facilities", "other"]
Sort: TypeAlias = Literal["point", "line", "area", "any"]
Rhythm: TypeAlias = Literal[
    "continuous", "daily", "weekly", "monthly", "quarterly", "annual", "irregular", "unknown"
]
"""How often a layer is brought up to date (as the EU frequency vocabulary names it)."""
Role: TypeAlias = Literal[
    "",
    "title",
    "number",
    "coverage_ratio",
    "floor_area_ratio",
    "height",
    "length",
    "width",
    "area",
    "date",
    "notice",
    "material",
    "diameter",
    "slope",
    "depth",
    "start",
    "end",
    "address",
    "note",
]
"""What a value of a feature is: title (what it is called), number, 建蔽率 and 容積率 (%), and so on."""

GROUPS: Final[dict[str, Words]] = {
    "roads": Words("認定道路・道路", "Roads", "道（みち）"),
    "planning": Words("都市計画", "City planning", "まちづくりの きまり"),
    "designated": Words("建築と道路", "Roads for building", "家（いえ）を たてる ときの きまり"),
    "sewers": Words("下水道", "Sewers", "下水道（げすいどう）"),
    "hazard": Words("防災・災害", "Hazards", "災害（さいがい）"),
    "facilities": Words("施設・設備", "Facilities", "みんなの 場所（ばしょ）"),
    "other": Words("そのほか", "Other", "ほか"),
}
RHYTHMS: Final[dict[str, Words]] = {
    "continuous": Words("随時", "Continuously", "いつも"),
    "daily": Words("毎日", "Daily", "まいにち"),
    "weekly": Words("毎週", "Weekly", "まいしゅう"),
    "monthly": Words("毎月", "Monthly", "まいつき"),
    "quarterly": Words("年4回", "Four times a year", "1年（ねん）に 4回（かい）"),
    "annual": Words("年1回", "Once a year", "1年（ねん）に 1回（かい）"),
    "irregular": Words("変更のあったとき", "When something changes", "かわった とき"),
    "unknown": Words("示されていません", "Not stated", "わかりません"),
}
SORTS: Final[dict[str, Words]] = {
    "point": Words("点", "Points", "てん"),
    "line": Words("線", "Lines", "せん"),
    "area": Words("面", "Areas", "めん"),
    "any": Words("データのとおり", "As the data are", "データの とおり"),
}
DONE: Final[dict[str, Words]] = {
    "taken": Words("まちのデータから公開", "Taken from the data of the area", "はじめて 出（だ）しました"),
    "renewed": Words("まちのデータが変わった", "Renewed from the data of the area", "あたらしく しました"),
    "added": Words("職員が作った", "Made at the desk", "つくりました"),
    "changed": Words("職員が直した", "Changed at the desk", "なおしました"),
    "went_back": Words("前の状態に戻した", "Went back to an earlier state", "もとに もどしました"),
    "arranged": Words("順番を変えた", "Order changed", "じゅんばんを かえました"),
    "withdrawn": Words("公開をやめた", "Withdrawn", "見（み）せるのを やめました"),
    "published": Words("公開した", "Published", "見（み）せました"),
}
REFERENCE: Final = Words(
    "この地図は参考図です。権利や義務の証明には使えません。正確な内容は担当課の窓口で確かめてください。",
    "This map is for reference. It proves no right or duty; please ask the office in charge for the exact content.",
    "この 地図（ちず）は さんこうです。くわしい ことは 市役所（しやくしょ）で 聞（き）いて ください。",
)
"""What a layer says that has no note of its own."""
NOT_TRANSLATED: Final = Words("", "(Not translated yet.)", "（やさしい ことばは まだ ありません。）")


class Ground(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The law that a layer or a class of it rests on: its name and clause as they are cited, what it rules, where its text stands."""

    law: Words
    clause: str = ""
    rules: Words = Words("", "")
    address: Annotated[str, msgspec.Meta(pattern=HTTPS)] | None = None


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A property of the features that the layer tells of: its words, unit (of numbers), what it is, and the law by which it holds."""

    property: str
    words: Words
    unit: str = ""
    role: Role = ""
    ground: Ground | None = None


class Class(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The features whose property `Style.by` has this value: words and colours of the legend, and the grounds that are theirs."""

    value: str
    words: Words
    colour: Annotated[str, msgspec.Meta(pattern=COLOUR)]
    outline: Annotated[str, msgspec.Meta(pattern=COLOUR)] | None = None
    dash: tuple[float, ...] = ()
    grounds: tuple[Ground, ...] = ()


class Style(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How features are drawn. `width` and `dash` in pixels, `opacity` of areas, `symbol` the name of an icon of the portal for
    points, `zooms` the lowest and highest zoom of the web map. `by`: the property whose value chooses a class; `only`: features of
    no class do not belong to the layer."""

    colour: Annotated[str, msgspec.Meta(pattern=COLOUR)] = "#1f5fa8"
    outline: Annotated[str, msgspec.Meta(pattern=COLOUR)] | None = None
    width: Annotated[float, msgspec.Meta(gt=0, le=40)] = 2.0
    dash: tuple[float, ...] = ()
    opacity: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.35
    symbol: str = ""
    zooms: tuple[float, float] = (0.0, 24.0)
    by: str = ""
    only: bool = False
    classes: tuple[Class, ...] = ()


class LayerChange(msgspec.Struct, frozen=True):
    """A line of the log of a layer: when, what (`DONE`), why."""

    at: Instant
    what: Annotated[str, Label(Words("したこと", "What", "した こと"), choices=tuple(DONE.items()))]
    why: str = ""


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """What a layer says of itself. `collection` is the id of a collection of `/{area}/ogc` (a type, or a data set), `filter` CQL2
    text over its properties. `as_of` is the day (ISO 8601) that the source speaks of. A lower `order` is listed first and drawn on
    top. Where several layers share a tile that cannot hold all, half of it is shared equally and the rest goes to those of the higher
    `importance` (0 to 100). `open_data`: it stands in the catalogue of open data, where what it shows does."""

    title: Words
    group: Annotated[Group, Label(Words("分類", "Group", "しゅるい"), choices=tuple(GROUPS.items()))] = (
        "other"
    )
    summary: Words = Words("", "")
    collection: str = ""
    filter: str = ""
    geometry: Annotated[Sort, Label(Words("形", "Shape", "かたち"), choices=tuple(SORTS.items()))] = "any"
    style: Style = Style()
    legal_note: Words = REFERENCE
    grounds: tuple[Ground, ...] = ()
    source: Words = Words("", "")
    as_of: str = ""
    licence: str = ""
    maintainer: Words = Words("", "")
    rhythm: Annotated[
        Rhythm, Label(Words("更新の頻度", "Updated", "あたらしく する"), choices=tuple(RHYTHMS.items()))
    ] = "unknown"
    items: tuple[Item, ...] = ()
    order: int = 100
    importance: Annotated[int, msgspec.Meta(ge=0, le=100)] = 50
    open_data: bool = False


def say_note(layer: Layer, language: str) -> str:
    """The legal note of a layer; with the mark that it is not translated yet, where the Japanese stands in for it."""
    said = layer.legal_note.say(language)
    return said if layer.legal_note.has(language) else f"{said} {NOT_TRANSLATED.say(language)}"


class MapLayer(Layer, frozen=True, kw_only=True):
    """A public layer. `told` is the digest of the row of the area's folder that it was taken from last, empty where it was made at
    the desk; `edited`: staff changed it, so the folder is no longer followed."""

    id: str
    told: str = ""
    edited: bool = False
    log: tuple[LayerChange, ...] = ()

    @property
    def name(self) -> str:
        """The last part of its id: what addresses call it."""
        return self.id.rpartition(":")[2]


class HeldMapLayer(MapLayer, frozen=True, kw_only=True):
    """A layer that is not public: withdrawn, or not published yet."""
