"""Comments on proposals, flags of those who read, and what staff take out of sight. All of it is pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from kaiteki.kit.lifecycle import Stand, move
from kaiteki.kit.manifest import State
from kaiteki.kit.people_in_text import faults_of_people
from kaiteki.model.decision import Accepted, Asked, Message, Refused
from kaiteki.model.words import Words
from kaiteki.services.proposals.circles import (
    around,
    book_of,
    followers_of,
    letters,
    listed,
    with_all,
)
from kaiteki.services.proposals.course import COURSE, HEARD, WITHDRAW
from kaiteki.services.proposals.forms import Flag, One, SayComment
from kaiteki.services.proposals.making import CLOSED, FULL, refuse, seen_in, unnamed
from kaiteki.services.proposals.model import (
    AMENDMENTS_MAX,
    COMMENTS_MAX,
    Proposal,
    ProposalAmendment,
    ProposalComment,
    Turn,
    amendment_id,
    comment_id,
    number_of,
    proposal_id,
)
from kaiteki.services.proposals.settings import settings_of

Spoken: TypeAlias = Proposal | ProposalComment | ProposalAmendment
"""What holds words of people."""
SPOKEN: Final[Mapping[type[Any], tuple[str, ...]]] = {
    Proposal: ("title", "text"),
    ProposalComment: ("text",),
    ProposalAmendment: ("title", "text", "why", "base_title", "base_text"),
}
"""The words of people in each of them."""
WITH: Final = "with"
"""In what is held of an amendment: it went out of sight with its proposal, and comes back with it."""
_OFTEN: Final = Words(
    "ひとりが書けるコメントの数をこえました。",
    "You wrote as many comments as one person can.",
    "もう 書（か）けません。",
)
_HIDDEN: Final = Words("職員が見えなくしました", "was taken out of sight", "見（み）えなく しました")
_SHOWN: Final = Words("また見えるようにしました", "is shown again", "また 見（み）えます")


def said_in(state: State, this: str) -> Spoken | None:
    """A proposal, a comment or an amendment, whether it is in sight or not."""
    found = state.get(this)
    return found if isinstance(found, Proposal | ProposalComment | ProposalAmendment) else None


def say_needs(form: SayComment | One, asked: Asked) -> Sequence[str]:
    """The proposal, and circle and book of who speaks."""
    return around(form.id, asked)


def say_comment(state: State, form: SayComment, asked: Asked) -> Accepted | Refused:
    """Comment on a proposal, in public at once, looked at for people first."""
    proposal = seen_in(state, form.id)
    if proposal is None:
        return Refused("not_found")
    if proposal.status not in HEARD:
        return CLOSED
    faults = faults_of_people({"text": form.text}, form.looked)
    if faults:
        return Refused("invalid", faults)
    book, n = book_of(state, asked), proposal.comment_count + 1
    this = comment_id(proposal.number, n)
    own = sum(one.rpartition("-")[0] == this.rpartition("-")[0] for one in book.said)
    if own >= settings_of(asked).comments_person:
        return refuse("too_many", _OFTEN)
    said = listed(book.said, this)
    if isinstance(said, Refused) or n > COMMENTS_MAX:
        return FULL
    name = f"{proposal.number} #{n}"
    comment = ProposalComment(this, name, proposal.id, n, form.text, asked.now, author=asked.owner)
    after = msgspec.structs.replace(proposal, comment_count=n)
    return Accepted((after, comment, msgspec.structs.replace(book, said=said)), answer={"id": this, "n": n})


def one_needed(form: One, asked: Asked) -> Sequence[str]:
    """What is meant."""
    return (form.id,)


def take_back_comment(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Take one's own comment back: its words go, its number stays."""
    comment = state.get(form.id)
    if not isinstance(comment, ProposalComment) or not asked.owner or comment.author != asked.owner:
        return Refused("not_found")
    after = msgspec.structs.replace(comment, text="", hidden="author", held={}, flags=0)
    return Accepted((after,), answer={"id": after.id})


def flag_needs(form: Flag, asked: Asked) -> Sequence[str]:
    """What is meant, and the book of who flags."""
    return tuple(dict.fromkeys((form.id, *around(form.id, asked))))


def flag(state: State, form: Flag, asked: Asked) -> Accepted | Refused:
    """Tell staff of something that should not stand there; once a person, again it changes nothing."""
    said, book = said_in(state, form.id), book_of(state, asked)
    if said is None or said.hidden:
        return Refused("not_found")
    if form.id in book.flagged:
        return Accepted(answer={"id": form.id})
    flagged = listed(book.flagged, form.id)
    if isinstance(flagged, Refused):
        return FULL
    after = msgspec.structs.replace(said, flags=said.flags + 1)
    return Accepted((after, msgspec.structs.replace(book, flagged=flagged)), answer={"id": form.id})


# What staff do with it ----------------------------------------------------------------------------------------------


def hide_needs(form: Flag | One, asked: Asked) -> Sequence[str]:
    """What is meant, its proposal, and where it is one, its amendments, which say its words again."""
    return tuple(dict.fromkeys((form.id, proposal_id(number_of(form.id)), *with_amendments(form.id))))


def with_amendments(this: str) -> tuple[str, ...]:
    """The ids that amendments of a proposal can have; none where it is something else."""
    number = number_of(this)
    if not number or this != proposal_id(number):
        return ()
    return tuple(amendment_id(number, n) for n in range(1, AMENDMENTS_MAX + 1))


def _office_of(state: State, said: Spoken) -> str:
    proposal = said if isinstance(said, Proposal) else state.get(said.proposal)
    return proposal.office if isinstance(proposal, Proposal) else ""


def emptied(said: Spoken, why: str, *, keeps: bool = True, beside: bool = False) -> Spoken:
    """Something without its words, which staff keep (`keeps`); `beside`: because its proposal went out of sight."""
    names = SPOKEN[type(said)]
    held = {name: getattr(said, name) for name in names} | ({WITH: "proposal"} if beside else {})
    gone = dict.fromkeys(names, "")
    return msgspec.structs.replace(said, **gone, hidden=why, held=held if keeps else {}, flags=0)


def emptied_amendments(state: State, this: str, why: str, *, keeps: bool) -> list[Spoken]:
    """The amendments of a proposal that are in sight, out of sight with it."""
    found = (state.get(one) for one in with_amendments(this))
    return [
        emptied(one, why, keeps=keeps, beside=True)
        for one in found
        if isinstance(one, ProposalAmendment) and not one.hidden
    ]


def hide(state: State, form: Flag, asked: Asked) -> Accepted | Refused:
    """Take words of people out of sight, for a reason that everybody reads in their place. Who wrote them hears of it."""
    said = said_in(state, form.id)
    if said is None or said.hidden:
        return Refused("not_found")
    if not asked.person.works_for(_office_of(state, said)):
        return Refused("not_allowed")
    more = emptied_amendments(state, form.id, form.why, keeps=True) if isinstance(said, Proposal) else []
    after = emptied(said, form.why)
    return Accepted((after, *more), messages=_tell(state, said, after, _HIDDEN), answer={"id": form.id})


def show_again(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Bring words back that staff took out of sight."""
    said = said_in(state, form.id)
    if said is None or not said.hidden or not said.held:
        return Refused("not_found")
    if not asked.person.works_for(_office_of(state, said)):
        return Refused("not_allowed")
    found = (state.get(one) for one in with_amendments(form.id))
    more = [restored(one) for one in found if isinstance(one, ProposalAmendment) and one.held.get(WITH)]
    after = restored(said)
    return Accepted((after, *more), messages=_tell(state, after, after, _SHOWN), answer={"id": form.id})


def restored(said: Spoken) -> Spoken:
    """Something with its words again."""
    words = {name: said.held.get(name, "") for name in SPOKEN[type(said)]}
    return msgspec.structs.replace(said, **words, hidden="", held={})


def _tell(state: State, said: Spoken, after: Spoken, what: Words) -> tuple[Message, ...]:
    """A letter to who wrote it; nothing that is out of sight stands in it."""
    proposal = after if isinstance(after, Proposal) else state.get(after.proposal)
    return letters((said.author,), proposal, what) if isinstance(proposal, Proposal) else ()


def leave_flagged(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Staff looked at what was flagged, and it may stand."""
    said = said_in(state, form.id)
    if said is None:
        return Refused("not_found")
    if not asked.person.works_for(_office_of(state, said)):
        return Refused("not_allowed")
    return Accepted((msgspec.structs.replace(said, flags=0),), answer={"id": form.id})


# Its author takes it back ------------------------------------------------------------------------------------------


def withdraw_needs(form: One, asked: Asked) -> Sequence[str]:
    """The proposal, all who are told, and its amendments, which say its words again."""
    return (*with_all(form.id), *with_amendments(form.id))


def withdraw_proposal(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """The author takes it back: the text goes, the title stays with who supported it. Followers hear of it."""
    proposal = seen_in(state, form.id)
    if proposal is None or not asked.owner or proposal.author != asked.owner:
        return Refused("not_found")
    stand = move(COURSE, Stand(proposal.status, proposal.log), WITHDRAW, asked)
    if isinstance(stand, Refused):
        return stand
    after = msgspec.structs.replace(
        proposal,
        text="",
        status=stand.state,
        log=unnamed(stand.log),
        course=(*proposal.course, Turn(asked.now, stand.state)),
    )
    told = letters(followers_of(state, proposal.number), after, COURSE.phase(stand.state).words)
    more = emptied_amendments(state, form.id, "author", keeps=False)
    return Accepted((after, *more), messages=told, answer={"id": after.id, "status": after.status})
