"""Personal data and consent, told as data."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, EntityType, Page, Service, Survey
from kaiteki.model.access import ADMIN
from kaiteki.model.words import Words
from kaiteki.services.trust import register
from kaiteki.services.trust.model import KeepFiles, PersonalFiles
from kaiteki.services.trust.settings import Settings

FILES: Final = EntityType(
    name="PersonalFiles",
    view=PersonalFiles,
    words=Words("公表する個人情報ファイル", "Published personal files", "見（み）せる ファイル"),
    title="id",
    columns=("published", "counted_at"),
    labels={
        "published": Words("公表するもの", "Published", "見（み）せる もの"),
        "counted_at": Words("数えた日時", "Counted", "かぞえた とき"),
    },
    public=("published", "counted_at"),
    roles=(ADMIN,),
)

PAGES: Final = (
    Page(
        "personal-data",
        "purposes.html",
        Words("個人情報を何に使うか", "What personal data are used for", "あなたの ことを なにに つかうか"),
        register.show_purposes,
        menu=True,
        icon="shield",
        summary=Words(
            "何のために、何を持ち、だれに渡すか",
            "What is kept, what for, and who gets it",
            "なにを もって いるか、なんの ためか",
        ),
        keywords=Words(
            "個人情報 プライバシー 同意 開示 ファイル簿 利用目的",
            "privacy personal data consent disclosure purposes",
            "こじんじょうほう プライバシー",
        ),
    ),
    Page(
        "personal-data.json", "", Words("利用目的の一覧（JSON）", "Purposes as JSON"), register.purposes_json
    ),
    Page("personal-data.csv", "", Words("利用目的の一覧（CSV）", "Purposes as CSV"), register.purposes_csv),
    Page(
        "personal-data/files",
        "files.html",
        Words("個人情報ファイル簿", "Register of personal files", "個人情報（こじん じょうほう）の ファイル"),
        register.show_files,
    ),
    Page(
        "personal-data/files.csv", "", Words("個人情報ファイル簿（CSV）", "Files as CSV"), register.files_csv
    ),
)

service = Service(
    name="trust",
    words=Words("個人情報・同意", "Your data and consent", "わたしの データ"),
    summary=Words(
        "あなたの情報が何に使われ、だれが見たかを確かめ、同意を決め、開示などを請求できます。",
        "See what your data are used for and who read them, decide what you agree to, and ask for them.",
        "あなたの ことを だれが 見（み）たか わかります。「いいです」「だめです」を えらべます。",
    ),
    field="hall",
    stage="lab",
    package="kaiteki.services.trust",
    types=(FILES,),
    commands=(
        Command(
            "keep_files",
            Words("公表するファイルを残す", "Keep which files are published", "ファイルを のこす"),
            KeepFiles,
            register.keep_files,
            lambda form, asked: (register.FILES_ID,),
            (ADMIN,),
        ),
    ),
    surveys=(Survey("files", register.SURVEY_EVERY_S, register.survey, "keep_files"),),
    pages=PAGES,
    settings=Settings,
)
