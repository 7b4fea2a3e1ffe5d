"""The form of a layer as staff fill it in, and the rules that take it: a new layer is held until it is published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from kaiteki.kit.editing import Edits, Standing
from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.words import Words
from kaiteki.services.maps.lines import (
    english,
    read_classes,
    read_grounds,
    read_items,
    write_classes,
    write_grounds,
    write_items,
)
from kaiteki.services.maps.model import (
    COLOUR,
    GROUPS,
    HELD_ID,
    ID,
    NAME,
    REFERENCE,
    RHYTHMS,
    SORTS,
    Group,
    HeldMapLayer,
    Layer,
    MapLayer,
    Rhythm,
    Sort,
    Style,
)
from kaiteki.services.maps.rules import both_ids, noted, with_content
from kaiteki.services.maps.unread import fault_of_filter

_LINE: Final = msgspec.Meta(max_length=200)
_LONG: Final = msgspec.Meta(max_length=1000)
_DAY: Final = msgspec.Meta(pattern=r"^(\d{4}-\d\d-\d\d)?$")


def _label(ja: str, en: str, easy: str, hint: Words | None = None, area: bool = False) -> Label:
    return Label(Words(ja, en, easy), hint=hint, widget="area" if area else None)


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A layer as a form. `name` is the last part of its address; lists are lines as `lines` reads them."""

    name: Annotated[
        str,
        _label(
            "アドレスの名前（半角の英数字）",
            "Name in addresses",
            "アドレスの 名前（なまえ）",
            Words("例：zones", "Such as: zones", "れい：zones"),
        ),
        msgspec.Meta(pattern=NAME),
    ]
    title: Annotated[str, _label("名前", "Title in Japanese", "なまえ"), _LINE]
    title_en: Annotated[str, _label("名前（英語）", "Title in English", "なまえ（英語（えいご））"), _LINE]
    title_easy: Annotated[
        str,
        _label("名前（やさしい日本語）", "Title in plain Japanese", "なまえ（やさしい 日本語（にほんご））"),
        _LINE,
    ] = ""
    group: Annotated[Group, Label(Words("分類", "Group", "しゅるい"), choices=tuple(GROUPS.items()))]
    collection: Annotated[
        str,
        _label(
            "データ（型の名前かデータセットの番号）",
            "Collection (type or data set)",
            "データの 名前（なまえ）",
            Words(
                "例：PublicToilet。番号はデータセットのページのアドレスの最後",
                "Such as PublicToilet, or the last part of the id of a data set",
                "れい：PublicToilet",
            ),
        ),
        msgspec.Meta(max_length=100),
    ]
    filter: Annotated[
        str,
        _label(
            "絞り込み（CQL2）",
            "Filter (CQL2)",
            "しぼりこみ（CQL2）",
            Words(
                "例：category = '図書館'、設置台数 > 3、\"設置日（元号）\" >= DATE('2020-04-01')。空なら全部",
                "Such as category = '図書館', 設置台数 > 3, \"設置日（元号）\" >= DATE('2020-04-01'); empty: all",
                "なければ ぜんぶ",
            ),
        ),
        _LONG,
    ] = ""
    geometry: Annotated[Sort, Label(Words("形", "Shape", "かたち"), choices=tuple(SORTS.items()))] = "any"
    legal_note: Annotated[str, _label("注意書き", "Legal note in Japanese", "ちゅうい", area=True), _LONG] = (
        ""
    )
    legal_note_en: Annotated[
        str,
        _label("注意書き（英語）", "Legal note in English", "ちゅうい（英語（えいご））", area=True),
        _LONG,
    ] = ""
    legal_note_easy: Annotated[
        str,
        _label(
            "注意書き（やさしい日本語）",
            "Legal note in plain Japanese",
            "ちゅうい（やさしい 日本語（にほんご））",
            area=True,
        ),
        _LONG,
    ] = ""
    source: Annotated[str, _label("出典", "Source", "もとの データ"), _LINE] = ""
    source_en: Annotated[
        str, _label("出典（英語）", "Source in English", "もとの データ（英語（えいご））"), _LINE
    ] = ""
    as_of: Annotated[
        str, _label("時点（年-月-日）", "As of (year-month-day)", "いつの データ（年-月-日）"), _DAY
    ] = ""
    licence: Annotated[str, _label("利用条件", "Licence", "つかう きまり"), _LINE] = ""
    maintainer: Annotated[str, _label("担当課", "Maintained by", "たんとう"), _LINE]
    maintainer_en: Annotated[
        str, _label("担当課（英語）", "Maintained by, in English", "たんとう（英語（えいご））"), _LINE
    ] = ""
    still: Annotated[
        bool,
        _label(
            "日本語だけを直した。訳はこのままで合っている",
            "Only the Japanese was changed; its translations still hold",
            "日本語（にほんご）だけ なおした。ほかは そのまま",
            Words(
                "注意書き・出典・担当課の日本語を直したとき、直していない訳は消え、訳ができるまで日本語が出ます。",
                "Where the Japanese of note, source or office is changed, a translation that was left as it was goes, and the Japanese is shown until there is a new one.",
                "日本語（にほんご）を なおすと、ふるい 訳（やく）は きえます。",
            ),
        ),
    ] = False
    rhythm: Annotated[
        Rhythm, Label(Words("更新の頻度", "Updated", "あたらしく する"), choices=tuple(RHYTHMS.items()))
    ] = "irregular"
    colour: Annotated[
        str, _label("色（#rrggbb）", "Colour (#rrggbb)", "色（いろ）"), msgspec.Meta(pattern=COLOUR)
    ] = "#1f5fa8"
    width: Annotated[
        float, _label("線や点の太さ（ピクセル）", "Width (pixels)", "太（ふと）さ"), msgspec.Meta(gt=0, le=40)
    ] = 2.0
    opacity: Annotated[
        float,
        _label("面の濃さ（0〜1）", "Opacity of areas (0 to 1)", "こさ（0〜1）"),
        msgspec.Meta(ge=0, le=1),
    ] = 0.35
    by: Annotated[
        str,
        _label("色分けに使う項目", "Property of the classes", "色（いろ）を わける 項目（こうもく）"),
        _LINE,
    ] = ""
    classes: Annotated[
        str,
        _label(
            "色分け（1行に1つ：値 = 日本語 | English | やさしい | #色）",
            "Classes (a line each: value = 日本語 | English | easy | #colour)",
            "色（いろ）わけ",
            Words(
                "値は、数や日付の範囲でもよい（両端を含む。先の行が優先）。例：1..3、4..、..0、2020-01-01..2021-12-31",
                "A value may be a stretch of numbers or days, ends included; the first line wins: 1..3, 4.., ..0, 2020-01-01..2021-12-31",
                "数（かず）は 1..3 や 4.. とも 書（か）けます",
            ),
            area=True,
        ),
        msgspec.Meta(max_length=4000),
    ] = ""
    only: Annotated[
        bool, _label("色分けにないものは含めない", "Only what has a class", "色（いろ）わけの ものだけ")
    ] = False
    items: Annotated[
        str,
        _label(
            "項目（1行に1つ：項目 = 日本語 | English | やさしい | 単位 | 役割）",
            "Items (a line each: property = 日本語 | English | easy | unit | role)",
            "項目（こうもく）",
            area=True,
        ),
        msgspec.Meta(max_length=4000),
    ] = ""
    grounds: Annotated[
        str,
        _label(
            "根拠（1行に1つ：法令名 | English | 条項 | 内容 | English | https://…）",
            "Grounds (a line each: law | English | clause | what | English | https://…)",
            "もとの きまり",
            area=True,
        ),
        msgspec.Meta(max_length=4000),
    ] = ""
    order: Annotated[
        int,
        _label("順番（小さいほど先）", "Order (low comes first)", "じゅんばん"),
        msgspec.Meta(ge=0, le=9999),
    ] = 100
    importance: Annotated[
        int,
        _label("重要さ（0〜100）", "Importance (0 to 100)", "たいせつさ（0〜100）"),
        msgspec.Meta(ge=0, le=100),
    ] = 50
    open_data: Annotated[
        bool,
        _label(
            "オープンデータのカタログに載せる",
            "List it in the catalogue of open data",
            "オープンデータに する",
        ),
    ] = False
    why: Annotated[str, _label("直した理由", "Why it is changed", "わけ"), _LINE] = ""


def needed_for_edit(form: Edit, asked: Asked) -> Sequence[str]:
    """The layer of this name, public and held."""
    return both_ids(form.name)


def add(state: State, form: Edit, asked: Asked) -> Accepted | Refused:
    """A new layer, held until it is published."""
    if any(state.get(one) is not None for one in both_ids(form.name)):
        words = Words(
            "この名前の層はもうあります",
            "There is a layer of this name",
            "この 名前（なまえ）は もう あります",
        )
        return Refused("invalid", (Fault("name", "taken", words),))
    layer = layer_of(form, Layer(title=Words("", "")))
    if isinstance(layer, Refused):
        return layer
    made = with_content(HeldMapLayer(id=HELD_ID + form.name, title=layer.title, edited=True), layer)
    return Accepted((noted(made, "added", asked, form.why),), answer={"name": form.name})


def change(state: State, form: Edit, asked: Asked) -> Accepted | Refused:
    """A layer as the form has it; whether it is public stays as it is."""
    there = state.get(ID + form.name) or state.get(HELD_ID + form.name)
    if not isinstance(there, MapLayer):
        return Refused("not_found")
    layer = layer_of(form, there)
    if isinstance(layer, Refused):
        return layer
    changed = with_content(there, layer, edited=True)
    return Accepted((noted(changed, "changed", asked, form.why),), answer={"name": form.name})


def kept_layer(state: State, form: Edit, asked: Asked) -> Standing | None:
    """The layer as its form, while there is one."""
    there = state.get(ID + form.name) or state.get(HELD_ID + form.name)
    return Standing(there, form_of(there)) if isinstance(there, MapLayer) else None


EDITS: Final = Edits(
    kept_layer,
    attributes={
        **{f"{name}_en": name for name in ("title", "legal_note", "source", "maintainer")},
        **{f"{name}_easy": name for name in ("title", "legal_note")},
        **dict.fromkeys(("colour", "width", "opacity", "by", "classes", "only"), "style"),
    },
)


def layer_of(form: Edit, before: Layer) -> Layer | Refused:
    """What the form says of a layer, or everything that is wrong with it; what it does not ask for stays."""
    items = read_items(form.items, before.items)
    classes = read_classes(form.classes, before.style.classes)
    grounds = read_grounds(form.grounds, before.grounds)
    faults = [
        one for one in (items, classes, grounds, fault_of_filter(form.filter)) if isinstance(one, Fault)
    ]
    if faults or isinstance(items, Fault) or isinstance(classes, Fault) or isinstance(grounds, Fault):
        return Refused("invalid", tuple(faults))
    style = msgspec.structs.replace(
        before.style,
        colour=form.colour,
        width=form.width,
        opacity=form.opacity,
        by=form.by,
        classes=classes,
        only=form.only,
    )
    note = renewed(
        before.legal_note, Words(form.legal_note, form.legal_note_en, form.legal_note_easy), form.still
    )
    return msgspec.structs.replace(
        before,
        title=Words(form.title, form.title_en, form.title_easy),
        group=form.group,
        collection=form.collection,
        filter=form.filter,
        geometry=form.geometry,
        style=style,
        legal_note=note if form.legal_note else REFERENCE,
        grounds=grounds,
        source=renewed(before.source, Words(form.source, form.source_en, before.source.easy), form.still),
        as_of=form.as_of,
        licence=form.licence,
        maintainer=renewed(
            before.maintainer, Words(form.maintainer, form.maintainer_en, before.maintainer.easy), form.still
        ),
        rhythm=form.rhythm,
        items=items,
        order=form.order,
        importance=form.importance,
        open_data=form.open_data,
    )


def renewed(before: Words, told: Words, still: bool) -> Words:
    """What the form says. Where the Japanese was changed and a translation left as it was, the translation goes, so that nobody reads
    what holds no longer; unless staff say that it still holds."""
    if still or told.ja == before.ja:
        return told
    return Words(
        told.ja, told.en if told.en != before.en else "", told.easy if told.easy != before.easy else ""
    )


def form_of(layer: MapLayer) -> Edit:
    """A layer as the form shows it."""
    style: Style = layer.style
    return Edit(
        name=layer.name,
        title=layer.title.ja,
        title_en=layer.title.en,
        title_easy=layer.title.easy,
        group=layer.group,
        collection=layer.collection,
        filter=layer.filter,
        geometry=layer.geometry,
        legal_note=layer.legal_note.ja,
        legal_note_en=english(layer.legal_note),
        legal_note_easy=layer.legal_note.easy,
        source=layer.source.ja,
        source_en=english(layer.source),
        as_of=layer.as_of,
        licence=layer.licence,
        maintainer=layer.maintainer.ja,
        maintainer_en=english(layer.maintainer),
        rhythm=layer.rhythm,
        colour=style.colour,
        width=style.width,
        opacity=style.opacity,
        by=style.by,
        classes=write_classes(style.classes),
        only=style.only,
        items=write_items(layer.items),
        grounds=write_grounds(layer.grounds),
        order=layer.order,
        importance=layer.importance,
        open_data=layer.open_data,
    )
