"""What a node keeps of a person beside entities: the account, where it is signed in, its ways in, mandates. No secret leaves.

Every field of the records and every kind of credential is in `TOLD` or in `LEFT_OUT` with the reason; a test holds the tables to the code.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.api_keys import KIND as API_KEY
from kaiteki.kit.api_keys import Body as KeyBody
from kaiteki.kit.identity.browsers import BROWSER
from kaiteki.kit.identity.counter import OPENED, RESET, Recovery
from kaiteki.kit.identity.mandates import MANDATE, Mandate
from kaiteki.kit.identity.passkey import Passkey
from kaiteki.kit.identity.passkeys import PASSKEY
from kaiteki.kit.identity.second import PAPER, TOTP
from kaiteki.kit.identity.tickets import SPENT
from kaiteki.kit.providers.federation import SUBJECT
from kaiteki.kit.taking.archive import Row, Sheet
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Account, Accounts, Session
from kaiteki.ports.credentials import Credential, Credentials
from kaiteki.ports.files import Files

TOLD: Final[dict[str, Words]] = {
    PASSKEY: Words("パスキー", "Passkey", "パスキー"),
    TOTP: Words("認証アプリの確認コード", "Codes of an app", "アプリの コード"),
    PAPER: Words("紙の予備コード", "Code on paper", "紙（かみ）の コード"),
    SUBJECT: Words("ほかのログイン方法とのつながり", "Sign-in elsewhere", "ほかの ログイン"),
    API_KEY: Words("APIキー", "API key", "API キー"),
    BROWSER: Words("ログインしたことのある端末", "Known browser", "つかった きかい"),
    OPENED: Words("窓口での再設定", "Recovery at the counter", "まどぐちの やりなおし"),
    "client": Words("プログラムの登録", "Program", "プログラム"),
    "pairwise": Words("サービスごとの番号", "Number in a service", "サービスの ばんごう"),
    MANDATE: Words("代理の設定", "Mandate", "かわりの 人（ひと）"),
    "helping": Words("代理を引き受けた記録", "Mandate held", "かわりに する こと"),
}
"""The kinds of credentials of which a person is told, by name."""
_SECRET: Final = Words(
    "秘密の値（これで本人になりすませるため）",
    "a secret: whoever has it could act as you",
    "ひみつ（ほかの 人（ひと）が つかえる から）",
)
_PASSING: Final = Words(
    "数分で消える一時的な印", "a passing mark that goes within minutes", "すぐ きえる しるし"
)
LEFT_OUT: Final[dict[str, Words]] = {
    "Account.password_hash": _SECRET,
    "Account.pairing": _SECRET,
    "Session.token_hash": _SECRET,
    "Session.account_id": Words("アカウントと同じ", "the account itself", "アカウントと おなじ"),
    "mandate_code": _SECRET,
    RESET: _SECRET,
    "access_token": _SECRET,
    SPENT: _PASSING,
    "unsent": Words(
        "書きかけの記入。その端末でだけ読め、1時間で消えます",
        "an unfinished form, which only its browser can read and which goes within an hour",
        "かきかけの もの（すぐ きえます）",
    ),
    "sealed_up": Words("だれのものでもない印", "a mark of the node, nobody's", "だれの ものでも ない しるし"),
}
"""What is not told, by `Record.field` or kind of credential, and why."""
NOT_FOR_HELPERS: Final[dict[str, Words]] = {
    "account/": Words(
        "アカウント、ログイン中の端末、ログインの方法、代理の設定。代理の方には渡しません",
        "the account, where it is signed in, ways in and mandates: not for who acts for the person",
        "アカウントの こと。かわりの 人（ひと）には わたしません",
    )
}
"""What the person alone takes along, and nobody in their name."""
NOT_ENTRUSTED: Final = Words(
    "代理の範囲に入っていません", "not entrusted to who acts for the person", "まかされて いません"
)
"""Why a table of a service is left out for a helper."""
ACCOUNT: Final[dict[str, Words]] = {
    "id": Words("番号", "Number", "ばんごう"),
    "login": Words("ログインID", "Login", "ログイン ID"),
    "name": Words("名前", "Name", "なまえ"),
    "kind": Words("種類", "Kind", "しゅるい"),
    "created_at": Words("登録した日時", "Opened", "つくった とき"),
    "grants": Words("役割", "Roles", "やくわり"),
    "sample": Words("見本", "Sample", "見本（みほん）"),
    "disabled": Words("停止中", "Disabled", "とまって いる"),
}
SESSION: Final[dict[str, Words]] = {
    "opened_at": Words("ログインした日時", "Signed in", "ログインした とき"),
    "used_at": Words("最後に使った日時", "Last used", "さいごに つかった とき"),
    "expires_at": Words("終わる日時", "Ends", "おわる とき"),
    "method": Words("ログインの方法", "How", "しかた"),
    "assurance": Words("確かさ（1〜3）", "Level (1 to 3)", "たしかさ"),
    "acting_for": Words("代わりをしている相手", "Acting for", "だれの かわり"),
    "device": Words("端末", "Device", "きかい"),
    "purpose": Words("見る目的（職員）", "What staff look for", "なんの ため"),
    "via": Words("経由した認証", "By which provider", "どこから"),
    "shown_at": Words("相手の認証で本人を示した日時", "Shown at the provider", "そこで 見（み）せた とき"),
}
_WAY: Final = {
    "kind": Words("種類", "Kind", "しゅるい"),
    "title": Words("名前", "Name", "なまえ"),
    "created_at": Words("作った日時", "Made", "つくった とき"),
    "used_at": Words("最後に使った日時", "Last used", "さいごに つかった とき"),
    "uses": Words("使った回数（日ごと、UTC）", "Requests by day (UTC)", "つかった かず"),
}
_MANDATE: Final = {
    "side": Words("任せた／引き受けた", "Given or held", "まかせた・ひきうけた"),
    "other": Words("相手の名前", "The other one", "あいて"),
    "ground": Words("根拠", "Ground", "きまり"),
    "covers": Words("任せること", "What", "まかせる こと"),
    "letters": Words("お知らせも読む", "Reads messages", "お知（し）らせも"),
    "times": Words("何回まで（0は制限なし）", "How often (0: no limit)", "なんかいまで（0は なし）"),
    "period": Words("回数を数える期間", "Counted in", "いつの かず"),
    "area": Words("作ったまち", "Made in", "まち"),
    "papers": Words("確認した書類", "Papers seen", "見（み）た しょるい"),
    "made_at": Words("作った日時", "Made", "つくった とき"),
    "accepted_at": Words("引き受けた日時", "Taken", "ひきうけた とき"),
    "until": Words("期限", "Until", "いつまで"),
    "ended_at": Words("終えた日時", "Ended", "おわった とき"),
}
_PLAIN: Final = ("ground", "covers", "letters", "times", "period", "area", "papers")


class Beside(msgspec.Struct, frozen=True):
    """The registers of a node, out of which a person is told what stands there of them."""

    accounts: Accounts
    credentials: Credentials
    files: Files

    async def sheets(self, account_id: str, now: Instant) -> Sequence[Sheet]:
        """The tables of an account; none where there is no account."""
        account = await self.accounts.by_id(account_id) if account_id else None
        if account is None:
            return ()
        sessions = [_session(one) for one in await self.accounts.sessions(account_id, now)]
        kept = await self.credentials.of(account_id)
        ways = [_way(one) for one in kept if one.kind in TOLD and one.kind not in (MANDATE, "helping")]
        mandates = [await self._mandate(account_id, one) for one in kept if one.kind in (MANDATE, "helping")]
        told = Words("アカウント", "Account", "アカウント")
        return (
            Sheet("account/account", told, ACCOUNT, _once([_account(account)])),
            Sheet(
                "account/sessions",
                Words("ログイン中の端末", "Where you are signed in", "ログイン"),
                SESSION,
                _once(sessions),
            ),
            Sheet(
                "account/ways-in",
                Words(
                    "ログインの方法と鍵（秘密の値なし）",
                    "Ways to sign in, without secrets",
                    "ログインの しかた",
                ),
                _WAY,
                _once(ways),
            ),
            Sheet(
                "account/mandates",
                Words("代理", "Acting for others", "かわりの 人（ひと）"),
                _MANDATE,
                _once([one for one in mandates if one]),
            ),
        )

    async def _mandate(self, account_id: str, kept: Credential) -> Row:
        """A mandate as one of its two sides knows it; nothing where it is gone."""
        found = kept if kept.kind == MANDATE else await self.credentials.get(MANDATE, kept.value)
        if found is None:
            return {}
        one = msgspec.json.decode(found.body, type=Mandate)
        given = one.giver == account_id
        other = await self.accounts.by_id(one.helper if given else one.giver)
        return {
            "side": "given" if given else "held",
            "other": other.name if other is not None else "",
            **{name: getattr(one, name) for name in _PLAIN},
            **{name: _at(getattr(one, name)) for name in ("made_at", "accepted_at", "until", "ended_at")},
        }


async def _once(rows: Sequence[Row]) -> AsyncGenerator[Sequence[Row], None]:
    yield rows


def _account(account: Account) -> Row:
    grants = [f"{one.area} {one.role} {one.office}".strip() for one in account.grants]
    return {
        **{name: getattr(account, name) for name in ACCOUNT},
        "grants": grants,
        "created_at": _at(account.created_at),
    }


def _session(session: Session) -> Row:
    times = {name: _at(getattr(session, name)) for name in ("opened_at", "used_at", "expires_at", "shown_at")}
    return {**{name: getattr(session, name) for name in SESSION}, **times}


def _way(one: Credential) -> Row:
    return {
        "kind": one.kind,
        "title": _title(one),
        "created_at": _at(one.created_at),
        "used_at": _at(one.used_at),
        "uses": _uses(one),
    }


def _uses(one: Credential) -> str:
    """How often a key was used on which day; nothing for what is no key."""
    if one.kind != API_KEY:
        return ""
    days = msgspec.json.decode(one.body, type=KeyBody).days
    return " ".join(f"{day}:{count}" for day, count in days.items())


def _title(one: Credential) -> str:
    """What a credential is called; never what it is known by, where that is a secret."""
    match one.kind:
        case "passkey":
            return msgspec.msgpack.decode(one.body, type=Passkey).title
        case "api_key":
            return msgspec.json.decode(one.body, type=KeyBody).name
        case "counter":
            return msgspec.msgpack.decode(one.body, type=Recovery).document
        case "subject" | "pairwise":
            return one.value
        case _:
            return ""


def _at(moment: Any) -> str:
    """An instant in ISO 8601 with its zone; empty for never."""
    return format_instant(moment) if moment else ""
