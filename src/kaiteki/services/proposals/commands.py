"""The commands of proposals, told as data."""

from __future__ import annotations

from functools import partial
from typing import Final

import msgspec

from kaiteki.kit.manifest import Command
from kaiteki.model.access import ANYONE, RESIDENT, STAFF
from kaiteki.model.words import Words
from kaiteki.services.proposals import amending, answering, commenting, making, voting
from kaiteki.services.proposals.course import (
    ACCEPT,
    BEGIN,
    COURSE,
    DECLINE,
    EXAMINE,
    FINISH,
    MERGE,
    PROGRESS,
    REOPEN,
    STOP,
    WITHDRAW,
)
from kaiteki.services.proposals.forms import (
    AcceptProposal,
    Amend,
    AssignProposal,
    BeginProject,
    Decide,
    Flag,
    MakeProposal,
    MergeProposal,
    One,
    ReportProgress,
    SayComment,
    StepProposal,
)
from kaiteki.services.proposals.voting import LinkVote, UnlinkVote

ON: Final = "Proposal"
STEPS: Final[dict[str, type[msgspec.Struct]]] = {
    EXAMINE: StepProposal,
    ACCEPT: AcceptProposal,
    DECLINE: StepProposal,
    BEGIN: BeginProject,
    PROGRESS: ReportProgress,
    FINISH: StepProposal,
    STOP: StepProposal,
    REOPEN: StepProposal,
}
"""The steps of the office, with their forms."""
_BY_PEOPLE: Final = (
    Command(
        "make_proposal",
        Words("提案する", "Propose something", "提案（ていあん）する"),
        MakeProposal,
        making.make_proposal,
        making.make_needs,
        (RESIDENT,),
    ),
    Command(
        "support_proposal",
        Words("応援する", "Support it", "おうえんする"),
        One,
        making.support_proposal,
        making.own_needs,
        (RESIDENT,),
        in_person=True,
    ),
    Command(
        "leave_proposal",
        Words("応援をやめる", "Take support back", "おうえんを やめる"),
        One,
        making.leave_proposal,
        making.own_needs,
        (RESIDENT,),
        in_person=True,
    ),
    Command(
        "follow_proposal",
        Words("知らせを受け取る", "Follow it", "知（し）らせて もらう"),
        One,
        making.follow_proposal,
        making.own_needs,
        (ANYONE,),
    ),
    Command(
        "unfollow_proposal",
        Words("知らせを止める", "Follow it no more", "知（し）らせを とめる"),
        One,
        making.unfollow_proposal,
        making.own_needs,
        (ANYONE,),
    ),
    Command(
        WITHDRAW,
        COURSE.arrow(WITHDRAW).words,
        One,
        commenting.withdraw_proposal,
        commenting.withdraw_needs,
        (RESIDENT,),
    ),
    Command(
        "say_comment",
        Words("コメントする", "Comment", "コメントする"),
        SayComment,
        commenting.say_comment,
        commenting.say_needs,
        (RESIDENT,),
    ),
    Command(
        "take_back_comment",
        Words("コメントを消す", "Take a comment back", "コメントを けす"),
        One,
        commenting.take_back_comment,
        commenting.one_needed,
        (RESIDENT,),
    ),
    Command(
        "flag",
        Words("困る内容だと知らせる", "Flag it", "こまると 知（し）らせる"),
        Flag,
        commenting.flag,
        commenting.flag_needs,
        (RESIDENT,),
    ),
    Command(
        "amend_proposal",
        Words("修正案を出す", "Propose another text", "なおす 案（あん）を 出（だ）す"),
        Amend,
        amending.amend,
        amending.amend_needs,
        (RESIDENT,),
    ),
    Command(
        "accept_amendment",
        Words("修正案を取り入れる", "Take an amendment in", "なおす 案（あん）を 入（い）れる"),
        One,
        amending.accept_amendment,
        amending.decide_needs,
        (RESIDENT, STAFF),
        on="ProposalAmendment",
    ),
    Command(
        "decline_amendment",
        Words("修正案を取り入れない", "Do not take an amendment in", "なおす 案（あん）を 入（い）れない"),
        Decide,
        amending.decline_amendment,
        amending.decide_needs,
        (RESIDENT, STAFF),
        on="ProposalAmendment",
    ),
    Command(
        "withdraw_amendment",
        Words("修正案を取り下げる", "Withdraw an amendment", "なおす 案（あん）を やめる"),
        One,
        amending.withdraw_amendment,
        commenting.one_needed,
        (RESIDENT,),
    ),
)
_BY_STAFF: Final = (
    *(
        Command(
            name,
            COURSE.arrow(name).words,
            form,
            partial(answering.step_proposal, name),
            answering.step_needs,
            on=ON,
        )
        for name, form in STEPS.items()
    ),
    Command(
        MERGE,
        COURSE.arrow(MERGE).words,
        MergeProposal,
        answering.merge_proposal,
        answering.merge_needs,
        on=ON,
    ),
    Command(
        "link_vote",
        Words("予算の投票の事業とつなぐ", "Link it to a project of a vote", "とうひょうと つなぐ"),
        LinkVote,
        voting.link_vote,
        voting.link_needs,
        on=ON,
    ),
    Command(
        "unlink_vote",
        Words("予算の投票から外す", "Take it off a vote", "とうひょうから はずす"),
        UnlinkVote,
        voting.unlink_vote,
        voting.unlink_needs,
        on=ON,
    ),
    Command(
        "assign_proposal",
        Words("担当を決める", "Assign it", "たんとうを きめる"),
        AssignProposal,
        answering.assign_proposal,
        answering.one_needed,
        on=ON,
    ),
    Command(
        "hide_words",
        Words("見えなくする", "Take out of sight", "見（み）えなく する"),
        Flag,
        commenting.hide,
        commenting.hide_needs,
        on=ON,
    ),
    Command(
        "show_words",
        Words("また見えるようにする", "Show it again", "また 見（み）せる"),
        One,
        commenting.show_again,
        commenting.hide_needs,
        on=ON,
    ),
    Command(
        "leave_flagged",
        Words(
            "通報を確認し、そのままにする", "It was looked at, and stands", "見（み）たけど、そのままに する"
        ),
        One,
        commenting.leave_flagged,
        commenting.hide_needs,
        on=ON,
    ),
)
COMMANDS: Final = (*_BY_PEOPLE, *_BY_STAFF)
