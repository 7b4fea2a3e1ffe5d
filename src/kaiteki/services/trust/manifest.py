"""Personal data and consent, told as data."""

from __future__ import annotations

from functools import partial
from typing import Final

from kaiteki.kit.consents import PART, Consent
from kaiteki.kit.grounds import ACTED, BY_ITSELF, DUTY, NOBODY_ELSE, OWNER, WHOSE
from kaiteki.kit.manifest import Command, EntityType, Erase, Job, Page, Purpose, Queues, Service, Survey
from kaiteki.model.access import ADMIN, ANYONE, RESIDENT, STAFF
from kaiteki.model.words import Words
from kaiteki.services.trust import consent_rules as rules
from kaiteki.services.trust import erasing, mine, papers, register, request_rules, requests
from kaiteki.services.trust.model import KeepFiles, PersonalFiles
from kaiteki.services.trust.request_model import COURSE, WHY_UNSEALED, Ask, DataRequest, Take, Withdrawal
from kaiteki.services.trust.settings import Settings

EXPIRE_EVERY_S: Final = 3600
SUPERSEDE_EVERY_S: Final = 24 * 3600
"""Texts change while a node stands still, and its jobs run as it starts."""
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
CONSENT: Final = EntityType(
    name="Consent",
    view=Consent,
    words=Words("同意の記録", "Records of consent", "「いいです」の きろく"),
    title="purpose",
    columns=("purpose", "runs_out_at"),
    labels={
        "holder": OWNER,
        "helpers": Words("代理人", "Proxies", "かわりの 人（ひと）"),
        "purpose": Words("目的", "Purpose", "なんの ため"),
        "events": Words("これまでの決定", "Decisions", "きめた こと"),
        "runs_out_at": Words("次に期限が切れる日時", "Next to run out", "おわる とき"),
    },
    roles=(ADMIN,),
    plays=frozenset({PART}),
    personal=True,
    holder="holder",
    sealed=("events",),
    unsealed={
        "holder": WHOSE,
        "purpose": Words(
            "同意をたずねた目的の符号です。目的ごとの件数を数えるために要ります。いいと言ったか断ったかは封じてあります。",
            "The code of the purpose that was asked about: by it records are counted. What was decided is sealed.",
            "なんの ためかの きごうです。かずを かぞえる ために つかいます。「いいです」か「だめです」かは かくして います。",
        ),
        "runs_out_at": Words(
            "次に期限が切れる日時です。期限の切れた同意を毎時間見つけるために要ります。",
            "When something in it runs out next: by it what has run out is found every hour.",
            "おわる ときです。おわった ものを 見（み）つける ために つかいます。",
        ),
        "helpers": ACTED,
    },
    data_class="personal",
    workings=frozenset({"holder", "events", "helpers"}),
)
REQUEST: Final = EntityType(
    name="DataRequest",
    view=DataRequest,
    words=Words("開示などの請求", "Requests about own data", "たのまれた こと"),
    title="number",
    columns=("number", "kind", "status", "asked_at", "due_at"),
    labels={
        "holder": OWNER,
        "log": Words("これまでの経過", "What happened so far", "これまでの こと"),
        "number": Words("受付番号", "Number", "ばんごう"),
        "what": Words("対象の情報", "Data", "どの こと"),
        "name": Words("請求した人", "Who asks", "だれ"),
        "address": Words("住所", "Address", "じゅうしょ"),
        "asked_at": Words("請求した日時", "Asked", "たのんだ とき"),
        "due_at": Words("決定の期限", "Decide by", "いつまで"),
        "identity": Words("本人確認", "Identity", "本人（ほんにん）"),
        "decision": Words("決定の理由", "Reason", "りゆう"),
        "decided_at": Words("決定した日時", "Decided", "きめた とき"),
        "helper": Words("代理人", "Proxy", "かわりの 人（ひと）"),
        "office": Words("扱う課", "Office", "たんとう"),
    },
    personal=True,
    holder="holder",
    sealed=("what", "name", "address", "identity", "decision", "decided_at", "log"),
    unsealed={
        "holder": WHOSE,
        "helper": ACTED,
        "number": Words(
            "受付番号です。届いた順の番号で、だれのものかは分かりません。窓口で請求を開くために要ります。",
            "The number of the request, in the order in which they came. It names nobody; the desk opens a request by it.",
            "うけつけた じゅんの ばんごうです。だれの ものか わかりません。",
        ),
        "kind": WHY_UNSEALED,
        "status": WHY_UNSEALED,
        "asked_at": WHY_UNSEALED,
        "due_at": WHY_UNSEALED,
        "office": Words(
            "請求を扱う課の符号です。その課の職員だけが請求を開けるようにするために要ります。",
            "The code of the office that handles requests: by it they open for its staff alone.",
            "たんとうの ところです。そこの 人（ひと）だけが 見（み）られるように します。",
        ),
    },
    office="office",
    data_class="personal",
    desk="trust/desk",
    workings=frozenset({"holder", "log", "helper"}),
)
WHO: Final = (ANYONE,)
COMMANDS: Final = (
    Command("give", Words("同意する", "Agree", "いいです"), rules.Give, rules.give, rules.own_needs, WHO),
    Command(
        "refuse",
        Words("同意しない", "Do not agree", "だめです"),
        rules.Refuse,
        rules.refuse,
        rules.own_needs,
        WHO,
    ),
    Command(
        "withdraw",
        Words("同意をやめる", "Withdraw", "やめる"),
        rules.Withdraw,
        rules.withdraw,
        rules.own_needs,
        WHO,
    ),
    Command(
        "withdraw_all",
        Words("すべての同意をやめる", "Withdraw everything", "ぜんぶ やめる"),
        rules.WithdrawAll,
        rules.withdraw_all,
        rules.all_needs,
        WHO,
    ),
    Command(
        "renew", Words("同意を続ける", "Renew", "つづける"), rules.Renew, rules.renew, rules.own_needs, WHO
    ),
    Command(
        "record",
        Words("窓口の同意書を記録", "Write down a paper", "紙（かみ）を きろくする"),
        rules.Record,
        rules.record,
        rules.record_needs,
        page="trust/paper",
    ),
    Command(
        "find_person",
        Words("番号から本人を確かめる", "Look for a person by number", "ばんごうの 人（ひと）を さがす"),
        rules.FindPerson,
        rules.find_person,
        page="trust/paper",
    ),
    Command(
        "ask",
        Words("開示などを請求する", "Ask", "たのむ"),
        Ask,
        request_rules.ask,
        request_rules.needs_of_ask,
        (RESIDENT,),
    ),
    *(
        Command(
            arrow.name,
            arrow.words,
            Take,
            partial(request_rules.step, arrow.name),
            request_rules.needs_of_step,
            arrow.roles,
            "DataRequest",
        )
        for arrow in COURSE.arrows
        if arrow.name != "take_back_for"
    ),
    Command(
        "take_back_for",
        COURSE.arrow("take_back_for").words,
        Withdrawal,
        request_rules.take_back_for,
        request_rules.needs_of_step,
        on="DataRequest",
    ),
    Command(
        "keep_files",
        Words("公表するファイルを残す", "Keep which files are published", "ファイルを のこす"),
        KeepFiles,
        register.keep_files,
        lambda form, asked: (register.FILES_ID,),
        (ADMIN,),
    ),
)
PURPOSES: Final = {
    "requests": Purpose(
        Words(
            "開示・訂正・利用停止の請求に答えるため",
            "To answer requests to see, correct or stop the use of data",
            "たのまれた ことに こたえる ため",
        ),
        basis="law",
        ground=Words(
            "個人情報の保護に関する法律 第76条・第90条・第98条",
            "Act on the Protection of Personal Information, art. 76, 90, 98",
            "個人情報保護法（こじん じょうほう ほごほう）76・90・98条（じょう）",
        ),
        items=("DataRequest",),
        recipients=Words(
            "審査請求のときは審査会",
            "In case of an objection: the review board",
            "けっかが いやな ときは、しらべる 人（ひと）たち",
        ),
        people=Words("請求した人", "People who asked", "たのんだ 人（ひと）"),
        source=BY_ITSELF,
    ),
    "consents": Purpose(
        Words(
            "同意や取りやめの事実を証明するため",
            "To prove what was agreed to and withdrawn",
            "きめた ことを のこす ため",
        ),
        ground=DUTY,
        items=("Consent",),
        roles=(ADMIN,),
        recipients=NOBODY_ELSE,
        people=Words("同意を決めた人", "People who decided on a consent", "きめた 人（ひと）"),
        source=Words(
            "本人が入力、窓口の書面",
            "Given by the person, or on paper at the counter",
            "本人（ほんにん）が 書（か）く",
        ),
    ),
}

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
        "personal-data/notices/{purpose}/{version}",
        "notice.html",
        Words("同意の説明文", "Text for consent", "せつめい"),
        mine.show_notice,
    ),
    Page(
        "personal-data/receipt.schema.json",
        "",
        Words("控えの形（JSON Schema）", "Shape of receipts"),
        mine.show_schema,
    ),
    Page(
        "my/data",
        "data.html",
        Words("わたしのデータ", "My data", "わたしの データ"),
        mine.show_data,
        mine.act_data,
        icon="shield",
        keywords=Words(
            "個人情報 だれが見た 同意 取り消し 開示 削除 持ち出し",
            "privacy who read consent withdraw export delete",
            "こじんじょうほう だれが 見た",
        ),
    ),
    Page(
        "my/requests",
        "requests.html",
        Words("開示などの請求", "Ask for my data", "じぶんの ことを たのむ"),
        requests.show_own,
        requests.act_own,
        roles=(RESIDENT,),
        icon="form",
        keywords=Words("開示請求 訂正 利用停止 消去", "disclosure correction erasure", "けして なおして"),
    ),
    Page(
        "my/requests/{number}",
        "request.html",
        Words("請求", "Request", "たのんだ こと"),
        requests.show_one,
        requests.act_one,
        roles=(RESIDENT,),
    ),
    Page(
        "my/requests/{number}/decision",
        "decision.html",
        Words("決定通知書", "Decision", "けっか"),
        requests.show_own_decision,
        roles=(RESIDENT,),
    ),
    Page(
        "trust/desk",
        "desk.html",
        Words("開示などの請求（受付）", "Requests about personal data", "たのまれた こと"),
        requests.show_desk,
        requests.act_desk,
        roles=(STAFF,),
    ),
    Page(
        "trust/desk/{number}/decision",
        "decision.html",
        Words("決定通知書", "Decision", "けっか"),
        requests.show_decision,
        roles=(STAFF,),
    ),
    Page(
        "trust/paper",
        "paper.html",
        Words("紙の同意書を記録する", "Write down a consent on paper", "紙（かみ）を 書（か）く"),
        papers.show_paper,
        papers.act_paper,
        roles=(STAFF,),
    ),
    Page("my/data.zip", "", Words("わたしのデータ（ZIP）", "My data as a file"), mine.take_data, fresh=True),
    Page(
        "my/consents/{purpose}",
        "consent.html",
        Words("同意を決める", "Decide on a consent", "きめる"),
        mine.show_consent,
        mine.act_consent,
    ),
    Page(
        "my/consents/{purpose}/receipt",
        "receipt.html",
        Words("同意の控え", "Receipt of consent", "「いいです」の ひかえ"),
        mine.show_receipt,
    ),
    Page(
        "my/consents/{purpose}/receipt.json",
        "",
        Words("同意の控え（JSON）", "Receipt of consent as data", "ひかえ（JSON）"),
        mine.receipt_json,
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
    types=(FILES, CONSENT, REQUEST),
    commands=COMMANDS,
    purposes=PURPOSES,
    jobs=(
        Job("expire", EXPIRE_EVERY_S, "Consent", "runsOutAt<={now}", Consent, rules.expire),
        Job("supersede", SUPERSEDE_EVERY_S, "Consent", rules.outdated_records, Consent, rules.supersede),
    ),
    surveys=(Survey("files", register.SURVEY_EVERY_S, register.survey, "keep_files"),),
    pages=PAGES,
    queues=Queues("trust/desk", requests.show_waiting),
    erase=(
        Erase("Consent", ("helpers",), ("helpers", "events"), erasing.unnamed_in_consent),
        Erase("DataRequest", ("helper",), ("helper", "log"), erasing.unnamed_in_request),
    ),
    settings=Settings,
    offices=lambda settings: (settings.desk_office,) if settings.desk_office else (),
    holds_from=rules.holds_from,
)
