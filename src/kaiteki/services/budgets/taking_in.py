"""A vote that was held comes in as a .pb file: checked whole, and stripped of all that could tell who cast a ballot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.manifest import State
from kaiteki.kit.numbering import counter_id, next_number
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.faults import fault
from kaiteki.model.words import Words
from kaiteki.services.budgets.model import (
    COUNTED,
    COUNTING,
    CURRENCY,
    FILE,
    NUMBER_KIND,
    REMOVED,
    TOO_LONG,
    BudgetBallots,
    BudgetVote,
    KeepOutcome,
    RemoveVote,
    TakeInVote,
    ballots_id,
    pack,
    unpack,
    vote_id,
)
from kaiteki.services.budgets.pabulib import PbFault, PbFile, read_pb, write_pb

KEPT: Final = ("vote", "points")
"""What is kept of a ballot. Age, sex, quarter, way and number of the voter lead to people, and are not needed to count."""
TEXT_MAX: Final = 120
CURRENCY_MAX: Final = 12
_AT: Final = Words(
    "{line}行目の「{field}」：{what}",
    "Line {line}, “{field}”: {what}",
    "{line}行（ぎょう）め「{field}」：{what}",
)
_WHOLE: Final = Words("「{field}」：{what}", "“{field}”: {what}", "「{field}」：{what}")
WHAT: Final = {
    "too_large": Words("ファイルが大きすぎます", "the file is too large", "大（おお）きすぎます"),
    "not_utf8": Words("UTF-8の文字ではありません", "no UTF-8", "UTF-8では ありません"),
    "no_table": Words("表として読めません", "cannot be read as a table", "ひょうでは ありません"),
    "no_section": Words("METAより前に行があります", "stands before META", "METAの 前（まえ）に あります"),
    "missing_section": Words("この部分がありません", "this section is missing", "ありません"),
    "no_columns": Words("列の名前がありません", "there are no columns", "列（れつ）の 名前（なまえ）が ありません"),
    "too_many": Words("多すぎます", "too many", "おおすぎます"),
    "too_many_columns": Words("列が多すぎます", "too many columns", "列（れつ）が おおすぎます"),
    "too_long": Words("長すぎます", "too long", "ながすぎます"),
    "not_two_cells": Words("「名前;値」の形ではありません", "is not “key;value”", "「名前（なまえ）;値（あたい）」では ありません"),
    "twice": Words("二度あります", "stands twice", "2ど あります"),
    "missing": Words("ありません", "is missing", "ありません"),
    "unknown": Words("知らない値です", "is not known", "わかりません"),
    "other_number_of_cells": Words("列の数が違います", "another number of cells", "列（れつ）の かずが ちがいます"),
    "holds_comma": Words("コンマは使えません", "may hold no comma", "コンマは つかえません"),
    "unknown_project": Words("一覧にない事業です", "names a project that is not listed", "ない ものです"),
    "other_number_of_points": Words("点の数が違います", "another number of points", "点（てん）の かずが ちがいます"),
    "no_number": Words("整数ではありません", "is no whole number", "かずでは ありません"),
    "no_amount": Words("金額ではありません", "is no amount", "おかねの かずでは ありません"),
    "not_above_zero": Words("0より大きくしてください", "must be above zero", "0より 大（おお）きく して ください"),
    "no_file": Words(".pbファイルではありません", "is no .pb file", ".pbでは ありません"),
}  # fmt: skip


def take_in(state: State, form: TakeInVote, asked: Asked) -> Accepted | Refused:
    """Number a vote and keep it, without what could tell of voters."""
    content = unpack(form.content)
    file = read_pb(content) if content is not None else PbFault(0, ".pb", "no_file")
    if isinstance(file, PbFault):
        return Refused("invalid", (Fault("file", file.code, words_of(file)),))
    currency = (form.currency.strip() or file.meta.get("currency", "").strip())[:CURRENCY_MAX]
    if not currency:
        return Refused("invalid", (fault("missing", "currency", CURRENCY),))
    number, counter = next_number(state, NUMBER_KIND, asked)
    kept = strip(file)
    vote = BudgetVote(
        id=vote_id(number),
        number=number,
        title=form.title,
        budget=file.meta["budget"],
        projects=len(file.projects),
        voters=len(file.votes),
        taken_at=asked.now,
        currency=currency,
        status=COUNTING,
        unit=(file.meta.get("subunit") or file.meta.get("unit") or "")[:TEXT_MAX],
        held_on=(file.meta.get("date_end") or file.meta.get("instance") or "")[:TEXT_MAX],
    )
    ballots = BudgetBallots(ballots_id(number), vote.id, pack(write_pb(kept)))
    return Accepted((vote, ballots, counter), answer={"id": vote.id, "number": number})


def take_in_needs(form: TakeInVote, asked: Asked) -> Sequence[str]:
    """The counter of votes."""
    return (counter_id(NUMBER_KIND, asked),)


def remove(state: State, form: RemoveVote, asked: Asked) -> Accepted | Refused:
    """Take a vote off, with its ballots; title, figures and the reason stay."""
    vote = state.get(form.id)
    if not isinstance(vote, BudgetVote) or vote.status == REMOVED:
        return Refused("not_found")
    removed = msgspec.structs.replace(vote, status=REMOVED, why_removed=form.why)
    return Accepted((removed,), (ballots_id(vote.number),))


def remove_needs(form: RemoveVote, asked: Asked) -> Sequence[str]:
    """The vote and its ballots."""
    return (form.id, ballots_id(form.id.rpartition(":")[2]))


def keep_outcome(state: State, form: KeepOutcome, asked: Asked) -> Accepted | Refused:
    """Keep what came out of a vote that waits for it; one that was taken off meanwhile stays so."""
    vote, ballots = state.get(form.id), state.get(ballots_id(form.id.rpartition(":")[2]))
    if not isinstance(vote, BudgetVote) or not isinstance(ballots, BudgetBallots):
        return Refused("not_found")
    if vote.status != COUNTING:
        return Accepted()
    told = msgspec.structs.replace(vote, status=COUNTED if form.outcome else TOO_LONG)
    return Accepted((told, msgspec.structs.replace(ballots, outcome=form.outcome)))


def keep_outcome_needs(form: KeepOutcome, asked: Asked) -> Sequence[str]:
    """The vote and its ballots."""
    return (form.id, ballots_id(form.id.rpartition(":")[2]))


def strip(file: PbFile) -> PbFile:
    """The file with ballots alone, sorted by what they say and numbered anew: neither their order nor their number tells of anybody."""
    columns = tuple(one for one in KEPT if one in file.vote_columns)
    said = sorted(tuple(row[column] for column in columns) for row in file.votes)
    votes = tuple(
        {"voter_id": str(at), **dict(zip(columns, cells, strict=True))} for at, cells in enumerate(said, 1)
    )
    meta = {**file.meta, "num_votes": str(len(votes)), "num_projects": str(len(file.projects))}
    return PbFile(meta, file.project_columns, file.projects, ("voter_id", *columns), votes)


def words_of(fault: PbFault) -> Words:
    """A fault of a file in words, with its line and field."""
    shape = _AT if fault.line else _WHOLE
    told = {
        language: shape.fill(
            language,
            line=fault.line,
            field=fault.field or FILE.say(language),
            what=WHAT[fault.code].say(language),
        )
        for language in ("ja", "en", "ja-easy")
    }
    return Words(told["ja"], told["en"], told["ja-easy"])
