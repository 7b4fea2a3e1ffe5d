"""わたしのデータ: what is held about me, who read it, what I agreed to; take it along. And the page on which one decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.consents import CONSENT_PAGE, Consent, Event
from kaiteki.kit.grounds import BESIDE
from kaiteki.kit.holdings import Read, holdings, lines_of, reads
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Plain, Shown, Streamed
from kaiteki.kit.purposes import purposes_of, register
from kaiteki.kit.views import where
from kaiteki.model.access import RESIDENT
from kaiteki.model.decision import Accepted, Fault, Refused
from kaiteki.model.faults import fault
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.trust.consent_rules import GUARDIANS, ITEMS, Give, Refuse, Renew, Withdraw, WithdrawAll
from kaiteki.services.trust.notices import DAY_US, Notice, notices_of
from kaiteki.services.trust.receipt import FILE, receipt_of
from kaiteki.services.trust.register import row_of, settings_in

RECORDS_SHOWN: Final = 10
ACCESSES_SHOWN: Final = 20
STATES: Final = {
    "given": Words("同意しています", "You agree", "いいです"),
    "refused": Words("同意していません", "You do not agree", "だめです"),
    "withdrawn": Words("取りやめました", "Withdrawn", "やめました"),
    "expired": Words("期限が切れました", "Ran out", "おわりました"),
    "changed": Words("説明文が変わりました", "The text has changed", "せつめいが かわりました"),
    "": Words("まだ決めていません", "Not decided yet", "まだ きめて いません"),
}
TONES: Final = {"given": "good", "expired": "warn", "changed": "warn"}
"""How a state is marked; the others are plain."""
SAID: Final = {
    "give": Words("決めたことを記録しました", "Your decision is kept", "きめた ことを 書（か）きました"),
    "refuse": Words(
        "同意しないことを記録しました", "It is kept that you do not agree", "「だめ」と 書（か）きました"
    ),
    "withdraw": Words("同意を取りやめました", "Your consent is withdrawn", "「いいです」を やめました"),
    "withdraw_all": Words("すべての同意を取りやめました", "All consents are withdrawn", "ぜんぶ やめました"),
    "renew": Words("同意を続けることを記録しました", "Your consent is renewed", "つづけます"),
    "nothing": Words(
        "取りやめる同意はありませんでした", "There was nothing to withdraw", "やめる ものが ありませんでした"
    ),
}
WAYS: Final = {
    "web": Words("このサイトで", "On this site", "この サイトで"),
    "counter": Words("窓口の書面で", "On paper at the counter", "まどぐちの 紙（かみ）で"),
    "post": Words("郵送の書面で", "On paper by post", "ゆうびんの 紙（かみ）で"),
    "helper": Words("代理の方が", "By somebody who acts for you", "かわりの 人（ひと）が"),
    "time": Words("期限により", "As time ran out", "じかんが きました"),
    "text": Words("説明文の変更により", "As the text changed", "せつめいが かわったので"),
}
READERS: Final = {
    "self": Words("あなた自身", "Yourself", "あなた"),
    "helper": Words("あなたの代理の方", "Somebody who acts for you", "あなたの かわりの 人（ひと）"),
    "program": Words("自動処理", "Automatic work", "コンピューター"),
    "other": Words("ほかの利用者", "Another user", "ほかの 人（ひと）"),
    "staff": Words("市の職員", "Staff of the town hall", "市役所（しやくしょ）の 人（ひと）"),
}
_NO_PURPOSE: Final = Words("目的の記録なし", "No purpose was named", "なんの ためか わかりません")


async def show_data(ask: PageAsk) -> PageReply:
    """What is held, who read it, what was agreed to."""
    before = ask.query.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else 0
    read = await reads(ask.city, number, ACCESSES_SHOWN + 1)
    held, account = await holdings(ask.city, RECORDS_SHOWN), _account(ask)
    consents = [await _consent(ask, notice) for notice in _notices(ask).values()]
    return Shown(
        {
            "held": [await _held(ask, one) for one in held],
            "records": sum(one.count for one in held) + (account is not None),
            "agreed": sum(one["agreed"] for one in consents),
            "latest": next(iter(read if number == 0 else await reads(ask.city, 0, 1)), None),
            "read": [_read(ask, one) for one in read[:ACCESSES_SHOWN]],
            "older": read[ACCESSES_SHOWN - 1].number if len(read) > ACCESSES_SHOWN else 0,
            "later": number > 0,
            "consents": consents,
            "account": account,
            "number": "" if ask.person.helper else ask.person.account_id or ask.browser,
            "settings": settings_in(ask),
            "signed_in": ask.person.holds((RESIDENT,)),
        }
    )


async def act_data(ask: PageAsk) -> PageReply:
    """Withdraw one item, one purpose or everything; go on with what runs out."""
    do, purpose = _first(ask, "do"), _first(ask, "purpose")
    items = tuple(one for one in ask.fields.get("item", ()) if one)
    forms: dict[str, msgspec.Struct] = {
        "withdraw": Withdraw(purpose, items),
        "withdraw_all": WithdrawAll(),
        "renew": Renew(purpose),
    }
    if do not in forms:
        return Missing()
    done = await ask.city.run(f"trust.{do}", forms[do])
    return Moved("my/data#consents", SAID[do if isinstance(done, Accepted) else "nothing"].say(ask.language))


async def take_data(ask: PageAsk) -> PageReply:
    """Everything kept, as a zip of JSON and table files and photos, with the receipts of what was agreed to."""
    kept = [(notice, await _records(ask, notice)) for notice in _notices(ask).values()]
    receipts = [receipt_of(ask, record, notice) for notice, records in kept for record in records]
    parts = ask.city.taken(receipts)
    return Streamed(parts, "application/zip", "my-data.zip") if parts is not None else Missing()


async def show_consent(ask: PageAsk) -> PageReply:
    """The text on which one decides, with what was decided so far."""
    notice = _notices(ask).get(ask.path["purpose"])
    if notice is None:
        return Missing()
    return await _deciding(ask, notice, _within(ask.query.get("next", "")), ())


async def _deciding(ask: PageAsk, notice: Notice, following: str, faults: tuple[Fault, ...]) -> PageReply:
    """The page of a decision; with faults, as it was sent."""
    days = notice.current.valid_days
    grounds = ask.person.grounds & GUARDIANS if ask.person.helper else frozenset[str]()
    values = {
        "one": await _consent(ask, notice),
        "ends": Instant(ask.now + days * DAY_US) if days else None,
        "next": following,
        "age": 0 if grounds else settings_in(ask).guardian_age,
        "guardian": bool(grounds),
        "sent": tuple(ask.fields.get("items", ())) if faults else None,
        "faults": faults,
    }
    return Shown(values, 422 if faults else 200)


async def act_consent(ask: PageAsk) -> PageReply:
    """Agree to the ticked items and take back those that are ticked no more; or refuse all. Then back to where it was asked."""
    notice = _notices(ask).get(ask.path["purpose"])
    version = _first(ask, "version")
    if notice is None or not (version.isascii() and version.isdigit() and len(version) < 6):
        return Missing()
    items = tuple(one for one in ask.fields.get("items", ()) if one in notice.current.items)
    do = "give" if _first(ask, "do") == "give" else "refuse"
    if do == "give" and not items:
        # what is kept is what was meant: nothing ticked is not taken for a refusal
        return await _deciding(ask, notice, _within(_first(ask, "next")), (fault("missing", "items", ITEMS),))
    gone = tuple(sorted(await ask.city.consented(notice.purpose) - set(items)))
    if do == "give":
        done = await ask.city.run(
            "trust.give", Give(notice.purpose, int(version), items, _first(ask, "of_age") == "yes")
        )
        if isinstance(done, Accepted) and gone:
            await ask.city.run("trust.withdraw", Withdraw(notice.purpose, gone))
    else:
        done = await ask.city.run("trust.refuse", Refuse(notice.purpose, int(version)))
    following = _within(_first(ask, "next"))
    if isinstance(done, Refused) and done.faults:
        return await _deciding(ask, notice, following, done.faults)
    if isinstance(done, Refused):
        return Moved(f"{CONSENT_PAGE.format(purpose=notice.purpose)}?next={following}")
    return Moved(following if following and do == "give" else "my/data#consents", SAID[do].say(ask.language))


async def show_receipt(ask: PageAsk) -> PageReply:
    """The receipt of what was decided as people read and print it."""
    notice = _notices(ask).get(ask.path["purpose"])
    records = await _records(ask, notice) if notice is not None else []
    if notice is None or not records:
        return Missing()
    return Shown(
        {
            "one": await _consent(ask, notice),
            "record": records[0].id,
            "number": records[0].holder,
            "settings": settings_in(ask),
        }
    )


async def receipt_json(ask: PageAsk) -> PageReply:
    """The receipt of what was decided as data, for the person alone."""
    notice = _notices(ask).get(ask.path["purpose"])
    records = await _records(ask, notice) if notice is not None else []
    if notice is None or not records:
        return Missing()
    body = msgspec.json.format(msgspec.json.encode(receipt_of(ask, records[0], notice)), indent=2)
    return Plain(body, "application/ld+json", f"consent-{notice.purpose}.json")


async def show_schema(ask: PageAsk) -> PageReply:
    """The JSON Schema of receipts, for programs of others."""
    return Plain(FILE.read_bytes(), "application/schema+json", FILE.name)


async def show_notice(ask: PageAsk) -> PageReply:
    """A text as it stood, for everybody and for good: records name its number and digest."""
    notice, number = _notices(ask).get(ask.path["purpose"]), ask.path["version"]
    version = (
        notice.version(int(number))
        if notice and number.isascii() and number.isdigit() and len(number) < 6
        else None
    )
    if notice is None or version is None:
        return Missing()
    return Shown({"notice": notice, "version": version, "purpose": _purpose(ask, notice)})


def _notices(ask: PageAsk) -> dict[str, Notice]:
    return dict(notices_of(settings_in(ask).notices))


async def _records(ask: PageAsk, notice: Notice) -> list[Consent]:
    """The records of whoever asks: of the account before those of the browser."""
    if not ask.city.owned:
        return []
    mine = where(Consent, "holder", "==", tuple(sorted(ask.city.owned)))
    found = await ask.city.find(Consent, Query(q=mine, limit=100))
    records: list[Consent] = [one for one in found.items if one.purpose == notice.purpose]
    return sorted(records, key=lambda one: one.holder == ask.browser)


def _purpose(ask: PageAsk, notice: Notice) -> dict[str, Any] | None:
    return next((row_of(ask, one) for one in register(ask.city.services) if one.name == notice.purpose), None)


async def _consent(ask: PageAsk, notice: Notice) -> dict[str, Any]:
    """A purpose with how each item stands and every decision there was."""
    records = await _records(ask, notice)
    states: dict[str, Any] = {}
    for record in reversed(records):
        outdated = record.outdated(ask.now, notice.holds_from)
        for item, (state, event) in record.states(ask.now, notice.holds_from).items():
            if states.get(item, ("",))[0] != "given":
                states[item] = ("changed" if item in outdated else state, outdated.get(item, event))
    say, version = ask.language, notice.current
    events = [event for record in records for event in record.events]
    return {
        "notice": notice,
        "version": version,
        "purpose": _purpose(ask, notice),
        "items": [_item(say, code, words, states.get(code)) for code, words in version.items.items()],
        **_changed(notice, [event for _, event in states.values() if event.state == "given"]),
        "agreed": sum(state == "given" for state, _ in states.values()),
        "decided": bool(records),
        "line": [_line(say, notice, event) for event in sorted(events, key=lambda one: one.at)],
    }


def _changed(notice: Notice, given: Sequence[Event]) -> dict[str, Any]:
    """The versions since the oldest one that somebody agreed to, and whether they have to decide again."""
    oldest = min((event.notice for event in given), default=notice.current.number)
    return {
        "agreed_to": oldest,
        "since": [one for one in notice.versions if one.number > oldest],
        "again": oldest < notice.holds_from,
    }


def _item(say: str, code: str, words: Words, stands: tuple[str, Event] | None) -> dict[str, Any]:
    """How one item stands; `day` is until when it was given, or since when it is not; of a changed text its versions say since when."""
    state = stands[0] if stands else ""
    dated = None if state == "changed" else stands
    return {
        "code": code,
        "words": words.say(say),
        "state": state,
        "said": STATES[state].say(say),
        "tone": TONES.get(state, "plain"),
        "day": (dated[1].until if state in ("given", "expired") else dated[1].at) if dated else None,
    }


def _line(say: str, notice: Notice, event: Event) -> dict[str, Any]:
    """A decision as people read it: what of which items, on which text, by which way; of staff and helpers their part alone."""
    version = notice.version(event.notice)
    named = (version or notice.current).items
    items = "、".join(named[item].say(say) for item in event.items if item in named)
    read = Words(f"（説明文 第{event.notice}版）", f" (text {event.notice})", f"（ぶん {event.notice}）")
    return {
        "title": STATES["changed" if event.how == "text" else event.state].say(say),
        "at": event.at,
        "who": WAYS[event.how].say(say),
        "text": items + (read.say(say) if version else ""),
    }


async def _held(ask: PageAsk, holding: Any) -> dict[str, Any]:
    uses = purposes_of(ask.city.services, holding.declared)
    settings, say = settings_in(ask), ask.language
    return {
        "words": holding.declared.words.say(say),
        "service": holding.service.words.say(say),
        "office": settings.offices.get(holding.service.name, holding.service.words).say(say),
        "uses": [row_of(ask, one) for one in uses],
        "count": holding.count,
        "lines": await lines_of(ask.city, holding, say, RECORDS_SHOWN),
    }


def _account(ask: PageAsk) -> dict[str, Any] | None:
    """The account itself, which no service keeps; it is not for who acts for the person."""
    one = next(one for one in register(ask.city.services) if one.name == "kit.accounts")
    return (
        {"item": BESIDE["Account"].say(ask.language), "use": row_of(ask, one)}
        if ask.person.signed_in and not ask.person.helper
        else None
    )


def _read(ask: PageAsk, one: Read) -> dict[str, Any]:
    """Somebody read something: who, for what, which attributes. Staff are named by their office."""
    say = ask.language
    return {
        "at": one.at,
        "number": one.number,
        "who": READERS[one.who].say(say),
        "office": one.office.say(say) if one.office else "",
        "purpose": (one.purpose or _NO_PURPOSE).say(say),
        "attributes": list(dict.fromkeys(words.say(say) for words in one.attributes)),
        "count": one.count,
    }


def _first(ask: PageAsk, name: str) -> str:
    return (ask.fields.get(name) or [""])[0]


def _within(path: str) -> str:
    """A path of this area, never another site."""
    clean = path.lstrip("/\\")
    return clean if "//" not in clean and ":" not in clean.split("/")[0] else ""
