"""On what the use of data of people rests, in words: the articles of the law, who may act, what is kept beside entities.

The articles are those of 個人情報の保護に関する法律 as it stands for town halls since April 2023.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.kit.manifest import Basis, Purpose
from kaiteki.model.access import ADMIN, ANYONE, RESIDENT, STAFF
from kaiteki.model.words import Words

DUTY: Final = Words(
    "個人情報の保護に関する法律 第61条第1項（事務に必要な範囲）",
    "Act on the Protection of Personal Information, art. 61 (1): what the office needs for its duty",
    "個人情報保護法（こじん じょうほう ほごほう）61条（じょう）：しごとに いる ものだけ",
)
"""The ground of `basis="duty"`."""
CONSENT: Final = Words(
    "個人情報の保護に関する法律 第69条第2項第1号（本人の同意）",
    "Act on the Protection of Personal Information, art. 69 (2) no. 1: the person agreed",
    "個人情報保護法（こじん じょうほう ほごほう）69条（じょう）：本人（ほんにん）が「はい」と 言（い）った",
)
"""The ground of `basis="consent"`."""
NOBODY_ELSE: Final = Words("ほかには渡しません", "Nobody else", "ほかの 人（ひと）には わたしません")
BY_ITSELF: Final = Words("本人が入力", "Given by the person", "本人（ほんにん）が 書（か）く")
OWNER: Final = Words("だれのものか", "Whose it is", "だれの ものか")
"""What people call the holder of a record."""
WHOSE: Final = Words(
    "だれのものかを示す番号です。サービスごとに違い、名前は分かりません。本人に見せ、消すときに見つけるために要ります。",
    "The number that says whose it is: another one in each service, and no name. It is needed to show it to the person and to find it when it is erased.",
    "だれの ものかの ばんごうです。名前（なまえ）は わかりません。本人（ほんにん）に 見（み）せる ときと、けす ときに つかいます。",
)
"""Why the holder of a personal type stands in clear."""
ACTED: Final = Words(
    "代わりに手続きをした人の番号です。名前は分かりません。その人が消去されるときに、ここからも消すために要ります。",
    "The number of who acted for the person, no name. It is needed to take them out of here when they are erased.",
    "かわりに した 人（ひと）の ばんごうです。名前（なまえ）は わかりません。その 人（ひと）を けす ときに つかいます。",
)
"""Why helpers stand in clear."""
BASES: Final[Mapping[Basis, Words]] = {
    "duty": Words(
        "市の仕事に必要なため", "The town hall needs it for its duty", "市（し）の しごとに いるから"
    ),
    "law": Words("法律で決まっているため", "A law says so", "法律（ほうりつ）で きまって いるから"),
    "consent": Words("本人の同意があるとき", "Only with consent", "「いいです」と 言（い）った ときだけ"),
}
"""How a page says on what a purpose rests."""
ROLES: Final[Mapping[str, Words]] = {
    ANYONE: Words("だれでも", "Everybody", "だれでも"),
    RESIDENT: Words("登録した人", "People with an account", "とうろくした 人（ひと）"),
    STAFF: Words("担当の職員", "Staff in charge", "たんとうの 人（ひと）"),
    ADMIN: Words("システムの運営担当", "Those who run the system", "システムの 人（ひと）"),
}
BESIDE: Final[Mapping[str, Words]] = {
    "Account": Words(
        "アカウント（名前・ログインID・権限）", "Account (name, login, roles)", "アカウント（なまえ・ID）"
    ),
    "Session": Words("ログインの記録", "Records of signing in", "ログインの きろく"),
    "Access": Words("だれがいつ見たかの記録", "Records of who read what", "だれが 見（み）たかの きろく"),
}
"""What the node keeps of people beside entities, by the name under which purposes have it."""
USERS: Final = Words("使った人", "People who used it", "つかった 人（ひと）")
KIT_PURPOSES: Final[Mapping[str, Purpose]] = {
    "letters": Purpose(
        Words(
            "お知らせを本人に届けるため", "To bring messages to the person", "お知（し）らせを とどける ため"
        ),
        ground=DUTY,
        items=("Message",),
        roles=(ADMIN,),
        recipients=NOBODY_ELSE,
        people=Words(
            "お知らせを受け取る人", "People to whom messages are sent", "お知（し）らせを もらう 人（ひと）"
        ),
        source=Words(
            "手続きが進んだときに自動で作る", "Made when something they did moves on", "じどうで つくる"
        ),
    ),
    "channels": Purpose(
        Words(
            "お知らせを、本人が選んだ端末や連絡先に送るため",
            "To send messages to the devices and addresses that the person chose",
            "お知（し）らせを えらんだ スマホや メールに おくる ため",
        ),
        ground=DUTY,
        items=("PushSubscription", "ContactPoint", "MessagePreference", "MessageDelivery"),
        roles=(ADMIN,),
        recipients=Words(
            "通知を運ぶ会社（ブラウザーのプッシュサービス、メールや電話の会社）。プッシュ通知に内容は書きません",
            "Whoever carries it: the push service of the browser, mail and phone companies. A push says nothing of its content",
            "はこぶ 会社（かいしゃ）。プッシュに なかみは 書（か）きません",
        ),
        people=Words(
            "通知を受け取る人", "People who get messages elsewhere", "お知（し）らせを もらう 人（ひと）"
        ),
        source=BY_ITSELF,
    ),
    "photos": Purpose(
        Words(
            "送られた写真を、人の顔を隠して見せるため",
            "To show photos, with faces hidden",
            "しゃしんを 見（み）せる ため",
        ),
        ground=DUTY,
        items=("Photo",),
        roles=(ADMIN,),
        recipients=NOBODY_ELSE,
        people=Words(
            "写真を送った人、写った人",
            "People who sent photos or are on them",
            "しゃしんを おくった 人（ひと）",
        ),
        source=BY_ITSELF,
    ),
    "accounts": Purpose(
        Words(
            "本人を確かめてログインしてもらうため",
            "To know who signs in",
            "だれが 入（はい）るか たしかめる ため",
        ),
        ground=DUTY,
        items=("Account", "Session"),
        roles=(ADMIN,),
        recipients=NOBODY_ELSE,
        people=Words("登録した人", "People with an account", "とうろくした 人（ひと）"),
        source=BY_ITSELF,
    ),
    "record": Purpose(
        Words(
            "だれが何のために見たかを、本人が確かめられるようにするため",
            "So that people can see who read what, and why",
            "だれが 見（み）たか、本人（ほんにん）が わかる ため",
        ),
        ground=Words(
            "個人情報の保護に関する法律 第66条第1項（安全管理措置）",
            "Act on the Protection of Personal Information, art. 66 (1): keeping data safe",
            "個人情報保護法（こじん じょうほう ほごほう）66条（じょう）：あんぜんに まもる",
        ),
        items=("Access",),
        roles=(ADMIN,),
        recipients=NOBODY_ELSE,
        people=Words(
            "情報を見られた人、見た職員",
            "People whose data were read, and who read them",
            "見（み）られた 人（ひと）と 見（み）た 人（ひと）",
        ),
        source=Words("見たときに自動で残す", "Kept whenever something is read", "じどうで のこす"),
    ),
}
"""What the kit itself keeps of people, and why."""
