"""What the office does with a proposal: look at it, answer with reasons, make it a project, tell how far that is, merge. All of it is pure.

Every step leaves a line that everybody reads, and one letter to each follower, in the transaction of the step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.lifecycle import Stand, move
from kaiteki.kit.manifest import State
from kaiteki.kit.people_in_text import faults_of_people
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.words import Words
from kaiteki.services.proposals.circles import (
    followers_of,
    joined,
    letters,
    with_all,
)
from kaiteki.services.proposals.course import (
    ACCEPT,
    BEGIN,
    COURSE,
    DECLINE,
    FINISH,
    MERGE,
    OPEN,
    PROGRESS,
    TURNS,
)
from kaiteki.services.proposals.forms import (
    AcceptProposal,
    AssignProposal,
    BeginProject,
    MergeProposal,
    ReportProgress,
    StepProposal,
)
from kaiteki.services.proposals.making import FULL
from kaiteki.services.proposals.model import (
    TURNS_MAX,
    Proposal,
    Turn,
    proposal_id,
)
from kaiteki.services.proposals.settings import settings_of

_INTO: Final = Words("まとめる先の番号", "Number of the other proposal", "まとめる ばんごう")
_OFFICE: Final = Words("担当", "Office", "たんとう")
Step = StepProposal | AcceptProposal | BeginProject | ReportProgress


def step_needs(form: Step, asked: Asked) -> Sequence[str]:
    """The proposal, and all who are told."""
    return with_all(form.id)


def step_proposal(arrow: str, state: State, form: Step, asked: Asked) -> Accepted | Refused:
    """Take a step of the office and say so in public; each follower hears of it once."""
    proposal = state.get(form.id)
    if not isinstance(proposal, Proposal):
        return Refused("not_found")
    after = _moved(arrow, proposal, form, asked, _values(arrow, form, asked))
    if isinstance(after, Refused):
        return after
    what = TURNS[PROGRESS] if arrow == PROGRESS else COURSE.phase(after.status).words
    told = letters(followers_of(state, proposal.number), after, what)
    return Accepted((after,), messages=told, answer={"id": after.id, "status": after.status})


def _values(arrow: str, form: Step, asked: Asked) -> dict[str, object]:
    """What a step changes beside the state."""
    if arrow in (ACCEPT, DECLINE):
        answer = form.answer if isinstance(form, AcceptProposal) else "declined"
        return {"answer": answer, "reply": form.why, "answered_at": asked.now}
    if isinstance(form, BeginProject):
        return {"project": form.project, "percent": 0}
    if isinstance(form, ReportProgress):
        return {"percent": form.percent}
    return {"percent": 100} if arrow == FINISH else {}


def _moved(
    arrow: str, proposal: Proposal, form: Step | MergeProposal, asked: Asked, values: dict[str, object]
) -> Proposal | Refused:
    """The proposal after a step, as the office in charge takes it."""
    if not asked.person.works_for(proposal.office):
        return Refused("not_allowed")
    stand = move(COURSE, Stand(proposal.status, proposal.log), arrow, asked, form.why)
    if isinstance(stand, Refused):
        return stand
    words = {"why": form.why} | ({"project": str(values["project"])} if arrow == BEGIN else {})
    faults = faults_of_people(words, form.looked)
    if faults:
        return Refused("invalid", faults)
    if len(proposal.course) >= TURNS_MAX:
        return FULL
    percent = values.get("percent", 0)
    turn = Turn(
        asked.now,
        PROGRESS if arrow == PROGRESS else stand.state,
        form.why,
        proposal.office,
        percent if isinstance(percent, int) else 0,
    )
    return msgspec.structs.replace(
        proposal, status=stand.state, log=stand.log, course=(*proposal.course, turn), **values
    )


def merge_needs(form: MergeProposal, asked: Asked) -> Sequence[str]:
    """Both proposals, and all who are told of either."""
    into = proposal_id(form.into)
    return tuple(dict.fromkeys((*with_all(form.id), *with_all(into))))


def merge_proposal(state: State, form: MergeProposal, asked: Asked) -> Accepted | Refused:
    """Merge a proposal into another one that is open. Whoever supported or followed the one does so with the other, each counted and told once.

    What a vote made of the one holds for the other, where no vote was held on that."""
    source, target = state.get(form.id), state.get(proposal_id(form.into))
    if not isinstance(source, Proposal):
        return Refused("not_found")
    fits = isinstance(target, Proposal) and target.id != source.id
    if not isinstance(target, Proposal) or not fits or target.hidden or target.status not in OPEN:
        return refuse_field("invalid", "into", _INTO)
    gone = _moved(MERGE, source, form, asked, {"merged_into": target.number})
    if isinstance(gone, Refused):
        return gone
    together = joined(state, source, target)
    if isinstance(together, Refused) or len(target.course) >= TURNS_MAX:
        return FULL
    circles, supporters = together
    voted = target if target.vote else source
    kept = msgspec.structs.replace(
        target,
        merged=tuple(dict.fromkeys((*target.merged, source.number, *source.merged))),
        vote=voted.vote,
        vote_item=voted.vote_item,
        vote_result=voted.vote_result,
        support_count=supporters,
        course=(*target.course, Turn(asked.now, "joined", source.number, target.office)),
    )
    left = tuple(
        msgspec.structs.replace(one, supporters=(), followers=(), gone=0)
        for one in (state.get(each) for each in with_all(source.id)[1:])
        if one is not None
    )
    here = followers_of(state, target.number)
    there = [one for one in followers_of(state, source.number) if one not in set(here)]
    told = letters(here, kept, TURNS["joined"]) + letters(there, gone, COURSE.phase(gone.status).words)
    answer = {"id": source.id, "into": target.number, "supporters": supporters}
    return Accepted((gone, kept, *circles, *left), messages=told, answer=answer)


def one_needed(form: AssignProposal, asked: Asked) -> Sequence[str]:
    """The proposal."""
    return (form.id,)


def assign_proposal(state: State, form: AssignProposal, asked: Asked) -> Accepted | Refused:
    """Give a proposal to another office."""
    proposal = state.get(form.id)
    if not isinstance(proposal, Proposal):
        return Refused("not_found")
    if not asked.person.works_for(proposal.office):
        return Refused("not_allowed")
    if form.office not in {one.code for one in settings_of(asked).offices}:
        return refuse_field("choice", "office", _OFFICE)
    after = msgspec.structs.replace(proposal, office=form.office)
    return Accepted((after,), answer={"id": after.id, "office": form.office})
