"""Maps, told as data."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.grounds import DUTY
from kaiteki.kit.manifest import Command, EntityType, Page, Purpose, Service, Survey
from kaiteki.kit.query_fields import QueryField, text, whole
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.open_data import OpenData
from kaiteki.model.words import Words
from kaiteki.services.maps import browse, desk, here, listed, roads, taking, view
from kaiteki.services.maps.edit import EDITS, Edit, add, change, needed_for_edit
from kaiteki.services.maps.going_back import (
    GoBack,
    act_back,
    go_back,
    needed_for_going_back,
    past_of_layer,
    show_back,
)
from kaiteki.services.maps.labels import LABELS
from kaiteki.services.maps.ledger_model import LEDGERS, SECTION_PART, Entry, Section
from kaiteki.services.maps.lots import PARCEL_PART, ParcelSeen
from kaiteki.services.maps.model import HeldMapLayer, Layer, MapLayer
from kaiteki.services.maps.rules import (
    Arrange,
    Step,
    TakeOver,
    arrange,
    needed_for_step,
    needed_for_taking,
    publish,
    take_over,
    withdraw,
)
from kaiteki.services.maps.settings import Settings
from kaiteki.services.maps.sheets.page import show_sheet, write_pdf, write_png
from kaiteki.services.maps.sheets.papers import SIDES
from kaiteki.services.maps.shown import DATA_SET, DataSetSeen
from kaiteki.services.maps.viewport import WINDOW, read_window

CONTENT: Final = tuple(one.name for one in msgspec.structs.fields(Layer))
MAP_LAYER: Final = EntityType(
    name="MapLayer",
    view=MapLayer,
    words=Words("地図の層", "Map layers", "地図（ちず）の 中身（なかみ）"),
    title="title",
    columns=("title", "group", "collection", "as_of", "order"),
    labels=LABELS,
    public=(*CONTENT, "log"),
    plays=frozenset({"map_layer"}),
    page="maps/layers/{id}",
    listing="maps/layers",
    desk="maps/desk",
    workings=frozenset({"told", "edited", "style", "items", "grounds"}),
    open_data=OpenData(
        attributes=(
            "title",
            "group",
            "collection",
            "legal_note",
            "source",
            "as_of",
            "licence",
            "maintainer",
            "rhythm",
        ),
        theme="REGI",
        about=Words(
            "まちが公開している地図の一覧です。どのデータを描いたか、出典、時点、注意書きが分かります。",
            "The maps that the town publishes: which data they draw, source, date and legal note of each.",
            "まちの 地図（ちず）の リストです。",
        ),
        rhythm="IRREG",
        keywords=("地図", "道路台帳", "都市計画"),
    ),
)
HELD_LAYER: Final = EntityType(
    name="HeldMapLayer",
    view=HeldMapLayer,
    words=Words(
        "公開していない地図の層", "Map layers that are not public", "見（み）せて いない 地図（ちず）"
    ),
    title="title",
    columns=("title", "group", "collection", "as_of", "order"),
    labels=LABELS,
    desk="maps/desk",
    workings=frozenset({"told", "edited", "style", "items", "grounds"}),
)

SHEET: Final = Words("縮尺どおりに印刷する地図", "Map to print to scale", "印刷（いんさつ）する 地図（ちず）")

_PLACE: Final = {"q": text(), "at": text(), "position": text()}
ASKS_OF_MAP: Final = {
    # what names layers may be as long as an address is
    **dict.fromkeys(("layers", "opacity", "order"), text(2_000)),
    **dict.fromkeys(("q", "at", "z", "date", "compare", "page", "do"), text()),
    "window": QueryField(lambda said: read_window(said) is not None, WINDOW),
}
"""What the address of the map may say. Place, zoom, opacity, page and days are looked at beside the map."""
ASKS_OF_SHEET: Final = {
    "layers": text(2_000),
    **dict.fromkeys(("at", "scale", "paper", "date", "compare"), text()),
}
"""What the address of a print sheet may say; `read_sheet` looks at each."""
ASKS_OF_PICTURE: Final = {**ASKS_OF_SHEET, **dict.fromkeys(SIDES, text())}

service: Final = Service(
    name="maps",
    words=Words("まちの地図", "Maps of the town", "まちの 地図（ちず）"),
    summary=Words(
        "道路、都市計画、下水道、災害などの地図と、その場所で決まっていることを見られます。",
        "See the maps of roads, city planning, sewers and hazards, and what holds at a place.",
        "道（みち）や 災害（さいがい）の 地図（ちず）を 見（み）ます。",
    ),
    field="town",
    stage="pilot",
    package="kaiteki.services.maps",
    types=(MAP_LAYER, HELD_LAYER),
    purposes={
        "publish": Purpose(
            Words("地図の公開", "Publication of maps", "地図（ちず）を 見（み）せる"),
            ground=DUTY,
            recipients=Words(
                "公開データなので、どなたでも", "Everybody: the data are public", "みんなが 使（つか）えます"
            ),
        )
    },
    commands=(
        Command(
            "take_over",
            Words("まちのデータから取り込む", "Take over from the data of the area", "とりこむ"),
            TakeOver,
            take_over,
            needed_for_taking,
            (ADMIN,),
        ),
        Command(
            "add",
            Words("層を作る", "Make a layer", "つくる"),
            Edit,
            add,
            needed_for_edit,
            page="maps/desk",
        ),
        Command(
            "change",
            Words("層を直す", "Change a layer", "なおす"),
            Edit,
            change,
            needed_for_edit,
            page="maps/desk",
            edits=EDITS,
        ),
        Command(
            "go_back",
            Words("前の状態に戻す", "Go back to an earlier state", "もとに もどす"),
            GoBack,
            go_back,
            needed_for_going_back,
            page="maps/desk",
            past=past_of_layer,
        ),
        Command(
            "withdraw",
            Words("公開をやめる", "Withdraw", "見（み）せるのを やめる"),
            Step,
            withdraw,
            needed_for_step,
            on="MapLayer",
        ),
        Command(
            "publish",
            Words("公開する", "Publish", "見（み）せる"),
            Step,
            publish,
            needed_for_step,
            on="HeldMapLayer",
        ),
        Command(
            "arrange",
            Words("順番を変える", "Change the order", "じゅんばんを かえる"),
            Arrange,
            arrange,
            needed_for_step,
            on="MapLayer",
        ),
    ),
    pages=(
        Page(
            "maps",
            "map.html",
            Words("まちの地図", "Map of the town", "まちの 地図（ちず）"),
            view.show_map,
            asks=ASKS_OF_MAP,
            menu=True,
            icon="map",
            summary=Words(
                "道路・都市計画・災害などを重ねて見る、測る、印刷する",
                "Roads, planning, hazards on one map: look, measure, print",
                "道（みち）や 災害（さいがい）を 地図（ちず）で 見（み）ます",
            ),
        ),
        Page(
            "maps/layers",
            "layers.html",
            Words("地図の一覧", "List of maps", "地図（ちず）の 一覧（いちらん）"),
            browse.show_layers,
            asks={},
            menu=True,
            icon="map",
            summary=Words(
                "道路・都市計画・下水道・災害の地図とその出典",
                "Maps of roads, planning, sewers, hazards, with their sources",
                "道（みち）や 災害（さいがい）の 地図（ちず）",
            ),
        ),
        Page(
            "maps/layers/{id}",
            "layer.html",
            Words("地図の層", "Map layer", "地図（ちず）の 中身（なかみ）"),
            listed.show_layer,
            asks={**_PLACE, "after": text(listed.AFTER_LENGTH_MAX)},
        ),
        Page(
            "maps/here",
            "here.html",
            Words("この場所のこと", "About this place", "この 場所（ばしょ）の こと"),
            here.show_here,
            asks={**_PLACE, "page": whole(1, here.PAGES_MAX)},
            menu=True,
            icon="here",
            summary=Words(
                "用途地域・建蔽率・容積率・浸水履歴などと、その根拠",
                "Zones, ratios, flood records and their grounds at a place",
                "その 場所（ばしょ）の きまりと、あったこと",
            ),
            keywords=Words(
                "用途地域 建蔽率 建ぺい率 容積率 都市計画 浸水 ハザード",
                "zoning coverage ratio floor area ratio hazard",
                "きまり たてもの 水（みず）",
            ),
        ),
        Page(
            "maps/desk",
            "desk.html",
            Words("地図の層の管理", "Map layers", "地図（ちず）の 中身（なかみ）"),
            desk.show_desk,
            act=desk.act_desk,
            roles=(STAFF,),
            menu=True,
            icon="map",
        ),
        Page(
            "maps/desk/{name}",
            "edit.html",
            Words("層を直す", "Change a layer", "なおす"),
            desk.show_edit,
            act=desk.act_edit,
            roles=(STAFF,),
        ),
        Page(
            "maps/desk/{name}/back",
            "back.html",
            Words("前の状態に戻す", "Go back to an earlier state", "もとに もどす"),
            show_back,
            act=act_back,
            roles=(STAFF,),
            asks={"at": text()},
        ),
        Page(
            "maps/roads",
            "roads.html",
            Words("認定道路の一覧", "Certified roads", "市（し）の 道（みち）の 一覧（いちらん）"),
            roads.show_roads,
            asks={"q": text(), "page": whole(1, roads.PAGES_MAX)},
            menu=True,
            icon="list",
            summary=Words(
                "路線番号・路線名でさがし、道路台帳の調書を見る・印刷する",
                "Find a road by number or name, and print its ledger sheet",
                "道（みち）を さがして 台帳（だいちょう）を 見（み）ます",
            ),
            keywords=Words(
                "道路台帳 認定路線 市道 幅員", "road ledger width", "道（みち） 台帳（だいちょう）"
            ),
        ),
        Page(
            "maps/roads/{id:path}",
            "ledger.html",
            Words("台帳の調書", "Ledger sheet", "台帳（だいちょう）"),
            roads.show_road,
            asks={},
        ),
        Page("maps/sheet", "sheet.html", SHEET, show_sheet, icon="print", asks=ASKS_OF_SHEET),
        Page("maps/sheet.pdf", "", SHEET, write_pdf, asks=ASKS_OF_SHEET),
        Page("maps/sheet.png", "", SHEET, write_png, asks=ASKS_OF_PICTURE),
    ),
    surveys=(Survey("layers", taking.EVERY_S, taking.survey, "take_over"),),
    settings=Settings,
    meets={
        DATA_SET: DataSetSeen,
        **{ledger.part: Entry for ledger in LEDGERS},
        SECTION_PART: Section,
        PARCEL_PART: ParcelSeen,
    },
)
