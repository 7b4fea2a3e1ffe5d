"""What people fill in: the forms of the commands, with labels and limits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from kaiteki.kit.forms import Label
from kaiteki.kit.lifecycle import ForeignStatus
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

TEXT_MAX = 2000

Why = Annotated[
    str,
    Meta(max_length=TEXT_MAX),
    Label(Words("市民への説明", "Words to the public", "みんなへの せつめい"), widget="area"),
]
Id = Annotated[str, Meta(max_length=200), Label(Words("レポート", "Report", "レポート"), widget="hidden")]
Heard = Literal["", ForeignStatus]
"""What another system says of a report, if anything."""
OfficeCode = Annotated[str, Meta(max_length=60), Label(Words("担当課", "Office", "たんとうの 課（か）"))]


class PhotoForm(msgspec.Struct, frozen=True):
    """A photo that was kept already, by digest, with what is seen on it."""

    digest: Annotated[
        str, Meta(pattern="^[0-9a-f]{64}$"), Label(Words("写真", "Photo", "しゃしん"), widget="photo")
    ]
    words: Annotated[
        str, Meta(max_length=200), Label(Words("写真の説明", "What is seen", "なにが 写（うつ）っていますか"))
    ] = ""
    look: Annotated[
        str,
        Meta(max_length=16, pattern="^[0-9a-f]*$"),
        Label(Words("画像の特徴", "Fingerprint"), widget="hidden"),
    ] = ""


class Submit(msgspec.Struct, frozen=True):
    """A new report. A place is a position or an address."""

    category: Annotated[str, Meta(max_length=60), Label(Words("種類", "Kind", "なにが ありましたか"))]
    description: Annotated[
        str, Meta(max_length=TEXT_MAX), Label(Words("くわしい内容", "Details", "くわしく"), widget="area")
    ] = ""
    latitude: (
        Annotated[float, Meta(ge=-90, le=90), Label(Words("緯度", "Latitude", "緯度（いど）"))] | None
    ) = None
    longitude: (
        Annotated[float, Meta(ge=-180, le=180), Label(Words("経度", "Longitude", "経度（けいど）"))] | None
    ) = None
    accuracy_m: Annotated[float, Meta(ge=0, le=100_000), Label(Words("位置の誤差", "Accuracy"), unit="m")] = (
        0.0
    )
    address: Annotated[
        str, Meta(max_length=200), Label(Words("住所・目印", "Address or landmark", "ばしょ"))
    ] = ""
    asset: Annotated[
        str, Meta(max_length=200), Label(Words("設備の番号", "Asset number", "ものの 番号（ばんごう）"))
    ] = ""
    known: Annotated[
        str,
        Meta(max_length=200),
        Label(Words("知らせた予定・機器", "Planned work or device that told of it"), widget="hidden"),
    ] = ""
    theme: Annotated[
        str, Meta(max_length=200), Label(Words("テーマ", "Theme", "テーマ"), widget="hidden")
    ] = ""
    answers: Annotated[dict[str, Any], Label(Words("質問への答え", "Answers", "しつもんの こたえ"))] = {}
    photos: Annotated[
        tuple[PhotoForm, ...], Meta(max_length=10), Label(Words("写真", "Photos", "しゃしん"))
    ] = ()
    follow: Annotated[bool, Label(Words("続報を受け取る", "Tell me the news", "つづきを しらせてほしい"))] = (
        True
    )
    draft: Annotated[
        str, Meta(max_length=100), Label(Words("書きかけの印", "Key of the draft"), widget="hidden")
    ] = ""
    contact_name: Annotated[str, Meta(max_length=100), Label(Words("お名前", "Name", "なまえ"))] = ""
    contact_email: Annotated[str, Meta(max_length=200), Label(Words("メール", "E-mail", "メール"))] = ""
    contact_phone: Annotated[str, Meta(max_length=40), Label(Words("電話", "Phone", "でんわ"))] = ""


class SaveDraft(msgspec.Struct, frozen=True):
    """The unfinished report of this browser; an empty one forgets it."""

    draft: Annotated[dict[str, Any], Label(Words("書きかけ", "Draft", "とちゅうの レポート"))] = {}


class Follow(msgspec.Struct, frozen=True):
    """To hear of every public step of a report."""

    id: Id


class Say(msgspec.Struct, frozen=True):
    """Public words on a report: why it is withdrawn, reopened, passed on, planned."""

    id: Id
    why: Why = ""


class Update(msgspec.Struct, frozen=True):
    """More news of a resident or of the office, with photos; `status` is what the system of the office says of the work."""

    id: Id
    text: Annotated[
        str,
        Meta(min_length=1, max_length=TEXT_MAX),
        Label(Words("続報", "News", "つづきの はなし"), widget="area"),
    ]
    photos: Annotated[
        tuple[PhotoForm, ...], Meta(max_length=10), Label(Words("写真", "Photos", "しゃしん"))
    ] = ()
    status: Annotated[
        Heard, Label(Words("ほかの仕組みでの状態", "State in another system", "ほかの しくみでの じょうたい"))
    ] = ""


class Witness(msgspec.Struct, frozen=True):
    """Somebody saw the place afterwards: it is mended, or it is not."""

    id: Id
    mended: Annotated[bool, Label(Words("直っています", "It is mended", "なおって います"))]
    why: Why = ""


class Assign(msgspec.Struct, frozen=True):
    """Who deals with it; without an office the routed one."""

    id: Id
    office: OfficeCode = ""
    why: Why = ""


Ids = Annotated[
    tuple[str, ...],
    Meta(min_length=1, max_length=50),
    Label(Words("選んだ知らせ", "Chosen reports", "えらんだ 知（し）らせ")),
]


class AssignMany(msgspec.Struct, frozen=True):
    """Several reports are given to an office at once; without an office each to its routed one."""

    ids: Ids
    office: OfficeCode = ""


class TakeBackMany(msgspec.Struct, frozen=True):
    """Undo the own last step of several reports."""

    ids: Ids


class WriteNote(msgspec.Struct, frozen=True):
    """A line for the colleagues, or for everybody."""

    id: Id
    text: Annotated[
        str, Meta(min_length=1, max_length=TEXT_MAX), Label(Words("内容", "Text", "ないよう"), widget="area")
    ]
    public: Annotated[bool, Label(Words("市民にも見せる", "Show it to the public", "みんなに 見せる"))] = (
        False
    )


class Plan(msgspec.Struct, frozen=True):
    """When the work is planned."""

    id: Id
    planned: Annotated[Instant, Label(Words("予定日", "Planned for", "よていの日"), widget="date")]
    why: Why = ""


class Complete(msgspec.Struct, frozen=True):
    """The work is done; a photo shows it."""

    id: Id
    photos: Annotated[
        tuple[PhotoForm, ...],
        Meta(min_length=1, max_length=10),
        Label(Words("直ったあとの写真", "Photo afterwards", "なおった あとの しゃしん")),
    ]
    why: Why = ""


class MakeTask(msgspec.Struct, frozen=True):
    """Residents are asked to mend it: what, when, where, with what, how many, how safe."""

    id: Id
    what: Annotated[
        str,
        Meta(min_length=1, max_length=500),
        Label(Words("してほしいこと", "What to do", "してほしい こと"), widget="area"),
    ]
    starts_at: Annotated[Instant, Label(Words("はじまり", "From", "はじまり"), widget="moment")]
    ends_at: Annotated[Instant, Label(Words("おわり", "Until", "おわり"), widget="moment")]
    insurance: Annotated[
        str,
        Meta(min_length=1, max_length=500),
        Label(Words("保険について", "Insurance", "ほけん"), widget="area"),
    ]
    meeting_place: Annotated[
        str, Meta(max_length=200), Label(Words("集合場所", "Where to meet", "あつまる ばしょ"))
    ] = ""
    tools: Annotated[tuple[str, ...], Meta(max_length=20), Label(Words("道具", "Tools", "どうぐ"))] = ()
    people_min: Annotated[
        int, Meta(ge=1, le=100), Label(Words("最少人数", "At least", "すくなくとも"), unit="人")
    ] = 1
    people_max: Annotated[
        int, Meta(ge=1, le=100), Label(Words("最多人数", "At most", "おおくても"), unit="人")
    ] = 5
    safety: Annotated[
        Literal["green", "care", "traffic"],
        Label(
            Words("安全区分", "Safety", "あんぜん"),
            choices=(
                ("green", Words("だれでもできる", "Anybody can", "だれでも できます")),
                ("care", Words("大人2人以上で", "Two adults or more", "おとな 2人 いじょう")),
                (
                    "traffic",
                    Words(
                        "車が通る道（市民には頼めません）",
                        "Road with traffic (never for residents)",
                        "くるまが 通（とお）る 道（みち）",
                    ),
                ),
            ),
        ),
    ] = "green"
    why: Why = ""


class Merge(msgspec.Struct, frozen=True):
    """This report means the same as another."""

    id: Id
    into: Annotated[
        str,
        Meta(min_length=1, max_length=200),
        Label(Words("元のレポート", "The other report", "もとの レポート")),
    ]
    why: Why = ""


class PassOn(msgspec.Struct, frozen=True):
    """Not of this town hall: to whom it is told."""

    id: Id
    why: Annotated[
        str, Meta(min_length=1, max_length=TEXT_MAX), Label(Words("理由", "Reason", "りゆう"), widget="area")
    ]
    office: OfficeCode = ""


class Moderate(msgspec.Struct, frozen=True):
    """Keep a report, or only some of its photos, from the public; or show it again."""

    id: Id
    photos: Annotated[
        tuple[str, ...], Meta(max_length=10), Label(Words("写真だけ", "Only these photos", "しゃしんだけ"))
    ] = ()
    why: Annotated[
        str, Meta(max_length=TEXT_MAX), Label(Words("理由（内部）", "Reason (internal)", "りゆう"))
    ] = ""


class Correct(msgspec.Struct, frozen=True):
    """The right category or place."""

    id: Id
    category: Annotated[str, Meta(max_length=60), Label(Words("種類", "Kind", "しゅるい"))] = ""
    latitude: (
        Annotated[float, Meta(ge=-90, le=90), Label(Words("緯度", "Latitude", "緯度（いど）"))] | None
    ) = None
    longitude: (
        Annotated[float, Meta(ge=-180, le=180), Label(Words("経度", "Longitude", "経度（けいど）"))] | None
    ) = None
    address: Annotated[str, Meta(max_length=200), Label(Words("住所・目印", "Address", "ばしょ"))] = ""
    why: Why = ""


class TakeBack(msgspec.Struct, frozen=True):
    """Undo the own last step."""

    id: Id


class OpenTheme(msgspec.Struct, frozen=True):
    """A theme for a period: what everybody is asked to look at."""

    code: Annotated[str, Meta(pattern="^[a-z0-9-]{1,40}$"), Label(Words("記号", "Code", "きごう"))]
    title: Annotated[str, Meta(min_length=1, max_length=100), Label(Words("名前", "Title", "なまえ"))]
    text: Annotated[
        str,
        Meta(min_length=1, max_length=TEXT_MAX),
        Label(Words("お願いの内容", "What is asked", "おねがい"), widget="area"),
    ]
    category: Annotated[str, Meta(max_length=60), Label(Words("種類", "Kind", "しゅるい"))]
    date_start: Annotated[Instant, Label(Words("はじまり", "From", "はじまり"), widget="date")]
    date_end: Annotated[Instant, Label(Words("おわり", "Until", "おわり"), widget="date")]
    title_en: Annotated[str, Meta(max_length=100), Label(Words("名前（英語）", "Title in English"))] = ""
    text_en: Annotated[
        str, Meta(max_length=TEXT_MAX), Label(Words("内容（英語）", "Text in English"), widget="area")
    ] = ""
    title_easy: Annotated[
        str, Meta(max_length=100), Label(Words("名前（やさしい日本語）", "Title in easy Japanese"))
    ] = ""
    text_easy: Annotated[
        str,
        Meta(max_length=TEXT_MAX),
        Label(Words("内容（やさしい日本語）", "Text in easy Japanese"), widget="area"),
    ] = ""
    questions: Annotated[
        tuple[str, ...],
        Meta(max_length=10),
        Label(Words("質問（1行に1つ）", "Questions (one a line)", "しつもん")),
    ] = ()


class CloseTheme(msgspec.Struct, frozen=True):
    """The end of a theme."""

    id: Annotated[str, Meta(max_length=200), Label(Words("テーマ", "Theme"), widget="hidden")]


class BeginDisaster(msgspec.Struct, frozen=True):
    """A disaster is declared: what people call it, and why."""

    name: Annotated[
        str,
        Meta(min_length=1, max_length=60),
        Label(Words("災害の名前（例：台風15号）", "Name of the disaster", "さいがいの なまえ")),
    ]
    why: Why = ""


class EndDisaster(msgspec.Struct, frozen=True):
    """The disaster is over for the reports."""

    why: Why = ""


class TakeBackMode(msgspec.Struct, frozen=True):
    """Undo the own last switch."""
