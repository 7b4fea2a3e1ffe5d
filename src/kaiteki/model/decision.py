"""How a rule answers: what it was asked with, what it accepts, why it refuses. No is a value (docs/glossary.md: 受理・却下)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from kaiteki.model.access import Person
from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

Noise: TypeAlias = Callable[[Sequence[int], int, int], Sequence[int]]
"""Whole numbers made noisy, of which one person changes the sum of absolute differences by at most so much, for ε in thousandths."""


class Asked(msgspec.Struct, frozen=True):
    """Everything of the outside that a rule may know: time, randomness, who asks, where, and the settings of the area.

    `settings` is the service's section of `cities/<area>/`, as its own `settings` Struct when it declares one.
    `browser` is the random id of the browser of a visitor, where there is one.
    """

    area: str
    now: Instant
    seed: int
    person: Person
    language: str = "ja"
    settings: Any = None
    browser: str = ""
    noise: Noise | None = None
    """For commands that say so (`Command.noise`), where the node can draw noise; else None. It is another one at each call."""
    stood: Mapping[str, Any] = {}
    """For commands that say so (`Command.past`): what entities of the service were at a moment, as its views, by id."""
    forbids: Callable[[str], bool] = lambda url: False
    """Whether an address that a form names will never be fetched in the name of the area (a private network that is not its own), as far
    as that is known without looking up its host."""

    channels: frozenset[str] = frozenset()
    """By which ways beside pushes the node can send messages: `mail`, `sms`, `line`."""

    @property
    def owner(self) -> str:
        """Who holds what this decision makes: the account, else the browser of a visitor without one, else nobody ("")."""
        return self.person.account_id or self.browser


class Message(msgspec.Struct, frozen=True):
    """A word to a person, kept in the outbox with the decision that caused it. `to` is an account id or a follow address."""

    to: str
    title: Words
    body: Words
    link: str = ""
    about: str = ""
    """The id of the entity that it tells of; when that is emptied because somebody is erased, the letter goes too."""
    urgent: bool = False
    """Quiet hours do not hold it back: a number that is called, a warning."""
    until: Instant | None = None
    """When it is no longer worth being told; it is not sent after that."""
    instead_of: str = ""
    """Of several messages to one person with the same mark the last one counts: on a phone it takes the place of the one before."""
    glance: Words | None = None
    """Words for a locked screen, which anybody may read: nothing in them says something of a person. None: only that there is news."""


class Accepted(msgspec.Struct, frozen=True):
    """What a rule wants kept and answered: views to write (by id), ids to delete, words to send, the answer of the command."""

    writes: tuple[msgspec.Struct, ...] = ()
    deletes: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    answer: dict[str, Json] = {}


class Fault(msgspec.Struct, frozen=True):
    """One thing to mend: the field of the form (dotted path, empty for the whole form), a code, and the words for a person."""

    field: str
    code: str
    words: Words


class Refused(msgspec.Struct, frozen=True):
    """An expected no. `code` is a row of the table of the edge (not_found, not_allowed, conflict, invalid, too_many …)."""

    code: str
    faults: tuple[Fault, ...] = ()


NOT_SURE = "not_sure"
"""The code of a refusal until it is surer who asks."""


def digest_of(*parts: str | bytes) -> str:
    """Parts as a store may keep them: whoever has it cannot read them back, as long as one of them is a key that nobody knows."""
    return hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest()
