"""What is kept of a counted vote on a budget, and the forms of its commands."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from kaiteki.kit.forms import Label
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.budgets.pabulib import BYTES_MAX

NUMBER_KIND: Final = "PB"
PACKED_MAX: Final = 3_000_000
"""Characters of a packed file."""
TITLE: Final = Words("投票の名前", "Title of the vote", "なまえ")
FILE: Final = Words("ファイル（.pb）", "File (.pb)", "ファイル（.pb）")
CURRENCY: Final = Words("通貨", "Currency", "おかねの しゅるい")
WHY: Final = Words("理由（公表します）", "Reason (published)", "りゆう")
OUTCOME_MAX: Final = 1_500_000
"""Characters of an outcome: 500 projects with names of 200 each, thrice."""
COUNTING: Final = "counting"
COUNTED: Final = "counted"
TOO_LONG: Final = "too_long"
REMOVED: Final = "removed"
STATES: Final = (
    (COUNTING, Words("数えています", "Being counted", "かぞえて います")),
    (COUNTED, Words("結果あり", "Result", "けっかが あります")),
    (TOO_LONG, Words("数えられません", "Cannot be counted", "かぞえられません")),
    (REMOVED, Words("取り下げ", "Taken off", "けしました")),
)
_VOTE: Final = "urn:ngsi-ld:BudgetVote:"
_BALLOTS: Final = "urn:ngsi-ld:BudgetBallots:"


class BudgetVote(msgspec.Struct, frozen=True):
    """A vote that is over: what it was about, how large it was. `budget` is an amount as text, in `currency`.

    One that was taken off keeps this, with the reason, and has no ballots.
    """

    entity_type: ClassVar[str] = "BudgetVote"

    id: str
    number: str
    title: str
    budget: str
    projects: int
    voters: int
    taken_at: Instant
    currency: str
    status: Annotated[str, Label(Words("状態", "State", "いま"), choices=STATES)]
    unit: str = ""
    held_on: str = ""
    why_removed: str = ""


class BudgetBallots(msgspec.Struct, frozen=True):
    """Projects and ballots of a vote, in no order and without a word on who cast them: a .pb file, packed.

    `outcome` is what came out (`counting.Result` as JSON); empty before it is counted.
    """

    entity_type: ClassVar[str] = "BudgetBallots"

    id: str
    vote: str
    content: str
    outcome: str = ""


class TakeInVote(msgspec.Struct, frozen=True):
    """Take in a vote that was held: its title, its .pb file packed with zlib and written in base64, and the currency where the file says none."""

    title: Annotated[str, Label(TITLE), Meta(min_length=1, max_length=120)]
    content: Annotated[str, Label(FILE), Meta(min_length=1, max_length=PACKED_MAX)]
    currency: Annotated[str, Label(CURRENCY), Meta(max_length=12)] = ""


class RemoveVote(msgspec.Struct, frozen=True):
    """Take a vote off again, with a reason that everybody reads."""

    id: str
    why: Annotated[str, Label(WHY), Meta(min_length=1, max_length=500)]


class KeepOutcome(msgspec.Struct, frozen=True):
    """What came out of a vote, as JSON; empty: the count takes too long."""

    id: str
    outcome: Annotated[str, Label(Words("結果", "Outcome", "けっか")), Meta(max_length=OUTCOME_MAX)] = ""


def vote_id(number: str) -> str:
    """The entity of a number."""
    return f"{_VOTE}{number}"


def ballots_id(number: str) -> str:
    """Where the ballots of a number are."""
    return f"{_BALLOTS}{number}"


def pack(content: bytes) -> str:
    """Bytes as they are kept."""
    return base64.b64encode(zlib.compress(content, 9)).decode()


def unpack(packed: str) -> bytes | None:
    """The bytes that were packed; None where they are none, or more than a .pb file may have."""
    opening = zlib.decompressobj()
    try:
        content = opening.decompress(base64.b64decode(packed, validate=True), BYTES_MAX + 1)
    except (binascii.Error, zlib.error, ValueError):
        # whoever sent it is told
        return None
    return content if opening.eof and len(content) <= BYTES_MAX else None
