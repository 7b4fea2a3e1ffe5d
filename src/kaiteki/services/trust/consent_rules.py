"""To agree, to refuse, to withdraw: each decision is an event that is added, none is ever taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from kaiteki.kit.consents import CONSENT_PAGE, EVENTS_MAX, Consent, ConsentState, Event, How, consent_id
from kaiteki.kit.forms import Label
from kaiteki.kit.letters import joined, read_letters, same
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.faults import fault, refuse_field
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.words import Words
from kaiteki.services.trust.notices import DAY_US, Notice, Version, notices_of
from kaiteki.services.trust.settings import Settings

LETTERS: Final = read_letters("kaiteki.services.trust")

Purpose = Annotated[str, Label(Words("目的", "Purpose", "なんの ため")), Meta(max_length=100)]
Items = Annotated[
    tuple[str, ...], Label(Words("同意する項目", "Items", "いいと 言（い）う もの")), Meta(max_length=50)
]
GUARDIANS: Final = frozenset({"parent", "guardian"})
"""The grounds of a mandate on which somebody decides for who is too young."""
_REWORDED: Final = Words("説明の内容", "what it says", "せつめいの ことば")
ITEMS: Final = Words("同意する項目", "Items", "いいと 言（い）う もの")
SIGNED_ON: Final = Words("署名の日", "Signed on", "書（か）いた 日（ひ）")
WAYS_OF_PAPER: Final = {
    "counter": Words("窓口で受け取った", "At the counter", "まどぐちで もらった"),
    "post": Words("郵送で届いた", "By post", "ゆうびんで きた"),
}
"""How a signed paper came."""
_TEXT: Final = Words("説明文の版", "Version of the text", "ばん")
_PURPOSE: Final = Words("目的", "Purpose", "なんの ため")
_AGE: Final = Words("年齢", "Age", "とし")
Number = Annotated[int, Label(Words("説明文の版", "Version of the text", "ばん")), Meta(ge=1)]


class Give(msgspec.Struct, frozen=True):
    """Agree to items of a purpose, having read a version of its notice."""

    purpose: Purpose
    version: Number
    items: Items
    of_age: Annotated[
        bool,
        Label(
            Words(
                "保護者の同意が要らない年齢です", "Old enough to agree alone", "ひとりで きめられる としです"
            )
        ),
    ] = False


class Refuse(msgspec.Struct, frozen=True):
    """Refuse a purpose, having read a version of its notice."""

    purpose: Purpose
    version: Number


class Withdraw(msgspec.Struct, frozen=True):
    """Withdraw what was agreed to: some items, or all of a purpose where none is named."""

    purpose: Purpose
    items: Items = ()


class WithdrawAll(msgspec.Struct, frozen=True):
    """Withdraw everything that was ever agreed to, for all services."""


class Renew(msgspec.Struct, frozen=True):
    """Agree again to what is in force, before it runs out."""

    purpose: Purpose


Holder = Annotated[
    str,
    Label(
        Words("本人の番号", "Number of the person", "その 人（ひと）の ばんごう"),
        hint=Words(
            "本人の「わたしのデータ」に表示されます",
            "Shown on their page “My data”",
            "「わたしの データ」に あります",
        ),
        person=True,
    ),
    Meta(min_length=1, max_length=100),
]


class FindPerson(msgspec.Struct, frozen=True):
    """Whether a number that somebody reads out at the counter is anybody's."""

    holder: Holder


class Record(msgspec.Struct, frozen=True):
    """What somebody decided on a paper. `holder` is the number that their own page shows, `signed_on` the day on the paper."""

    holder: Holder
    purpose: Purpose
    version: Number
    items: Items
    paper: Annotated[
        str,
        Label(Words("同意書の保管場所・番号", "Where the paper is filed", "紙（かみ）の ばしょ")),
        Meta(min_length=1, max_length=100),
    ]
    how: Annotated[
        Literal["counter", "post"],
        Label(Words("受け取り方", "How it came", "どう もらったか"), choices=tuple(WAYS_OF_PAPER.items())),
    ] = "counter"
    signed_on: Annotated[str, Label(SIGNED_ON), Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""


def owners(asked: Asked) -> tuple[str, ...]:
    """The ids under which whoever asks keeps consents: the account, and this browser from before they signed in."""
    return tuple(dict.fromkeys(one for one in (asked.owner, asked.browser) if one))


def notices_in(asked: Asked) -> Mapping[str, Notice]:
    """The notices of the area."""
    return notices_of(asked.settings.notices if isinstance(asked.settings, Settings) else ())


def holds_from(settings: Settings) -> Mapping[str, int]:
    """The oldest version of each text to which an agreement still holds."""
    return {purpose: notice.holds_from for purpose, notice in notices_of(settings.notices).items()}


def own_needs(form: Give | Refuse | Withdraw | Renew, asked: Asked) -> Sequence[str]:
    """The records of this purpose."""
    return tuple(consent_id(owner, form.purpose) for owner in owners(asked))


def all_needs(form: WithdrawAll, asked: Asked) -> Sequence[str]:
    """The records of every purpose that somebody can agree to."""
    return tuple(consent_id(owner, purpose) for owner in owners(asked) for purpose in notices_in(asked))


def record_needs(form: Record, asked: Asked) -> Sequence[str]:
    """The record of the person at the counter."""
    return (consent_id(form.holder, form.purpose),)


def give(state: State, form: Give, asked: Asked) -> Accepted | Refused:
    """Agree: to items of the notice that is shown now, never to one that was replaced meanwhile; who is too young does not agree alone."""
    found = _shown(form.purpose, form.version, form.items, asked)
    if isinstance(found, Refused):
        return found
    return _agreed(state, form.purpose, form.items, (found, form.of_age), asked)


def refuse(state: State, form: Refuse, asked: Asked) -> Accepted | Refused:
    """Refuse: kept as well, so that nobody asks again and again; what was agreed to before is over."""
    found = _shown(form.purpose, form.version, (), asked)
    if isinstance(found, Refused):
        return found
    return _add(state, asked.owner, form.purpose, _event("refused", tuple(found.items), found, asked))


def withdraw(state: State, form: Withdraw, asked: Asked) -> Accepted | Refused:
    """Withdraw: of the account and of this browser. Refused: conflict (nothing of it is in force)."""
    return _over(state, asked, form.items)


def withdraw_all(state: State, form: WithdrawAll, asked: Asked) -> Accepted | Refused:
    """Withdraw everything at once."""
    return _over(state, asked, ())


def renew(state: State, form: Renew, asked: Asked) -> Accepted | Refused:
    """Agree again: only to the very text that was read; a new text has to be read (conflict)."""
    kept = state.get(consent_id(asked.owner, form.purpose))
    notice = notices_in(asked).get(form.purpose)
    if not isinstance(kept, Consent) or notice is None:
        return Refused("not_found")
    items = tuple(sorted(kept.in_force(asked.now)))
    if not items or any(kept.states(asked.now)[item][1].digest != notice.current.digest for item in items):
        return Refused("conflict")
    said = all(kept.states(asked.now)[item][1].age >= _guardian_age(asked) for item in items)
    return _agreed(state, form.purpose, items, (notice.current, said), asked)


def find_person(state: State, form: FindPerson, asked: Asked) -> Accepted | Refused:
    """Nothing is kept and nothing told: a number that is nobody's was refused at its field before."""
    return Accepted()


def record(state: State, form: Record, asked: Asked) -> Accepted | Refused:
    """Staff writes down what somebody signed: the person is told, and can withdraw as ever. No item means that they refused.

    Refused at its field: an unknown purpose, a text that is no more in force, a day that is none or has not come.
    """
    found = _shown(form.purpose, form.version, form.items, asked)
    if isinstance(found, Refused):
        at_field = {"not_found": ("choice", "purpose", _PURPOSE), "conflict": ("outdated", "version", _TEXT)}
        return refuse_field(*at_field[found.code]) if found.code in at_field else found
    signed = parse_instant(f"{form.signed_on}T00:00:00+09:00") if form.signed_on else asked.now
    if signed is None or signed > asked.now:
        return refuse_field("not_a_date", "signed_on", SIGNED_ON)
    decision = "given" if form.items else "refused"
    event = _event(decision, form.items or tuple(found.items), found, asked)
    event = msgspec.structs.replace(
        event, how=form.how, by=asked.person.account_id, paper=form.paper, signed_on=form.signed_on
    )
    said = _add(state, form.holder, form.purpose, event)
    if isinstance(said, Refused):
        return said
    heading, body = LETTERS["written_at_counter"].told(title=found.title)
    letter = Message(form.holder, heading, body, "my/data")
    answer = {**said.answer, "at": format_instant(asked.now)}
    return msgspec.structs.replace(said, messages=(letter,), answer=answer)


def expire(state: State, consent: Consent, asked: Asked) -> Accepted | Refused:
    """Write down that something ran out, and tell the person; it was not in force any more anyhow."""
    over = tuple(
        item
        for item, (now_is, event) in consent.states(asked.now).items()
        if now_is == "expired" and event.state == "given"
    )
    if not over:
        return Accepted()
    after = consent.told(Event(asked.now, "expired", over, how="time"))
    notice = notices_in(asked).get(consent.purpose)
    title = notice.current.title if notice else Words(consent.purpose, consent.purpose)
    heading, body = LETTERS["ran_out"].told(title=title)
    return Accepted((after,), messages=(Message(consent.holder, heading, body, "my/data"),))


def outdated_records(settings: Settings) -> str | None:
    """Which records a change of a text may have ended: those of purposes whose text has one that matters."""
    changed = [purpose for purpose, least in holds_from(settings).items() if least > 1]
    return "|".join(f'purpose=="{purpose}"' for purpose in changed) or None


def supersede(state: State, consent: Consent, asked: Asked) -> Accepted | Refused:
    """Write down what a changed text ended, and tell the person what changed; it was not in force any more anyhow."""
    notice = notices_in(asked).get(consent.purpose)
    if notice is None:
        return Accepted()
    given = consent.outdated(asked.now, notice.holds_from)
    states = consent.states(asked.now, notice.holds_from)
    over = tuple(item for item in given if states[item][1].state == "given")
    if not over:
        return Accepted()
    after = consent.told(Event(asked.now, "expired", over, notice=notice.current.number, how="text"))
    read = min(given[item].notice for item in over)
    heading, body = _told_of_change(notice, over, read)
    letter = Message(consent.holder, heading, body, CONSENT_PAGE.format(purpose=consent.purpose))
    return Accepted((after,), messages=(letter,))


def _told_of_change(notice: Notice, items: Sequence[str], read: int) -> tuple[Words, Words]:
    """What changed since a version was read, what was ended by it, and how it is agreed to anew."""
    named = {code: words for one in notice.versions for code, words in one.items.items()}
    since = [one.changes for one in notice.versions if one.number > read and one.changes is not None]
    return LETTERS["text_changed"].told(
        title=notice.current.title,
        changes=joined(since or [_REWORDED]),
        items=joined([named.get(item) or same(item) for item in items]),
    )


def _shown(purpose: str, number: int, items: Sequence[str], asked: Asked) -> Version | Refused:
    """The version that was read, when it is the present one and has the items."""
    notice = notices_in(asked).get(purpose)
    if notice is None:
        return Refused("not_found")
    if notice.current.number != number:
        return Refused("conflict")
    unknown = [item for item in items if item not in notice.current.items]
    return (
        refuse_field("choice", "items", Words("同意する項目", "Items", "もの")) if unknown else notice.current
    )


def _guardian_age(asked: Asked) -> int:
    return asked.settings.guardian_age if isinstance(asked.settings, Settings) else 0


def _agreed(
    state: State, purpose: str, items: Sequence[str], read: tuple[Version, bool], asked: Asked
) -> Accepted | Refused:
    """Add that somebody agreed who is old enough, as they say, or for whom a parent or guardian decides."""
    (version, of_age), age = read, _guardian_age(asked)
    grounds = sorted(GUARDIANS & asked.person.grounds) if asked.person.helper else []
    if age and not of_age and not grounds:
        return Refused("invalid", (fault("under_age", "of_age", _AGE, age),))
    event = _event("given", items, version, asked)
    own = age if of_age and not grounds else 0
    event = msgspec.structs.replace(event, age=own, ground=grounds[0] if grounds else "")
    return _add(state, asked.owner, purpose, event)


def _event(state: ConsentState, items: Sequence[str], version: Version, asked: Asked) -> Event:
    helper = asked.person.helper
    how: How = "helper" if helper else "web"
    ends = state == "given" and version.valid_days
    until = Instant(asked.now + version.valid_days * DAY_US) if ends else None
    return Event(
        at=asked.now,
        state=state,
        items=tuple(dict.fromkeys(items)),
        notice=version.number,
        digest=version.digest,
        language=asked.language,
        how=how,
        by=helper,
        until=until,
    )


def _add(state: State, holder: str, purpose: str, event: Event) -> Accepted | Refused:
    if not holder:
        return Refused("not_allowed")
    if not event.items:
        return refuse_field("missing", "items", Words("同意する項目", "Items", "もの"))
    name = consent_id(holder, purpose)
    kept = state.get(name)
    before = kept if isinstance(kept, Consent) else Consent(name, holder, purpose)
    if len(before.events) >= EVENTS_MAX:
        return Refused("too_many")
    return Accepted(
        (before.told(event),), answer={"id": name, "state": event.state, "items": list(event.items)}
    )


def _over(state: State, asked: Asked, items: Sequence[str]) -> Accepted | Refused:
    """Withdraw items (all, where none is named) of every record that was loaded."""
    changed: list[Any] = []
    for kept in state.values():
        if not isinstance(kept, Consent):
            continue
        going = tuple(sorted(one for one in kept.in_force(asked.now) if not items or one in items))
        if going:
            helper = asked.person.helper
            how: How = "helper" if helper else "web"
            event = Event(asked.now, "withdrawn", going, language=asked.language, how=how, by=helper)
            changed.append(kept.told(event))
    if not changed:
        return Refused("conflict")
    return Accepted(
        tuple(changed), answer={"withdrawn": [item for one in changed for item in one.events[-1].items]}
    )
