"""What is kept of a report: the public record with its log, what only staff may see, and the book of one reporter."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.views import Link, Location
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.reports.arrows import LINES, OPEN, STATES
from kaiteki.services.reports.settings import USUAL

NUMBER_KIND: Final = "R"
"""The kind of the numbers of reports (kit.numbering)."""
ID_PREFIX: Final = "urn:ngsi-ld:"
CELL_DEGREES: Final = 0.002
"""The side of a cell of the rate limit by place, about 200 m."""
STATE_WORDS: Final = tuple((code, state.words) for code, state in STATES.items())
URGENCY_WORDS: Final = (
    ("now", Words("すぐに", "At once", "すぐに")),
    ("high", Words("急ぎ", "Urgent", "いそぎ")),
    ("normal", Words("通常", "Normal", "ふつう")),
)


class Photo(msgspec.Struct, frozen=True, rename="camel"):
    """A kept photo. `when` before or after the repair; `look` is its perceptual hash (16 hex digits) for finding duplicates."""

    digest: str
    when: str = "before"
    words: str = ""
    look: str = ""


class Step(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One line of the log of a report: who (resident, helper, office, system), when, what, from where to where, and why.

    `before` and `after` are states; both empty where the state did not change. `changed` says what else is different now,
    only what is public of every report. No name of a person stands here.
    """

    at: Instant
    by: str
    what: str
    why: str = ""
    before: str = ""
    after: str = ""
    office: str = ""
    photos: tuple[str, ...] = ()
    changed: tuple[Words, ...] = ()

    @property
    def words(self) -> Words:
        """What the line says to people."""
        return LINES.get(self.what, Words(self.what, self.what))


class Task(msgspec.Struct, frozen=True, rename="camel"):
    """What residents are asked to do, and when and where; `safety` green (anybody) or care (two adults at least)."""

    what: str
    starts_at: Instant
    ends_at: Instant
    meeting_place: str = ""
    tools: tuple[str, ...] = ()
    insurance: str = ""
    people_min: int = 1
    people_max: int = 5
    safety: str = "green"


class Note(msgspec.Struct, frozen=True, rename="camel"):
    """A line that only staff reads."""

    at: Instant
    by: str
    text: str


class Undo(msgspec.Struct, frozen=True, rename="camel"):
    """How to take back the last step of the desk: whose it was, when, and the members as they were."""

    actor: str
    at: Instant
    fields: dict[str, Any]


class Veiled(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What the public members of a report would hold if it were open. `said` and `seen` are words and photos of the lines
    of its log, by their place in it."""

    name: str = ""
    description: str = ""
    location: dict[str, Any] | None = None
    address: str = ""
    asset: str = ""
    known: str = ""
    answers: dict[str, Any] = {}
    photos: tuple[Photo, ...] = ()
    office_reason: tuple[Words, ...] = ()
    urgency_reason: tuple[Words, ...] = ()
    task: Task | None = None
    said: dict[str, str] = {}
    seen: dict[str, tuple[str, ...]] = {}


class Held(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What is kept back from the public: single photos by the desk, and what `veil` keeps back."""

    photos: tuple[Photo, ...] = ()
    veiled: Veiled | None = None


class Report(msgspec.Struct, frozen=True):
    """A report. Times are instants; `location` is a GeoJSON point; everything from `reporter` on is for staff only.

    `office_reason` and `urgency_reason` are said to people as they stand. `zone_sure` is false where the ward was only
    taken as the nearest one. `owner` is who looks after the asset, as its register says; `known` the planned work or the
    device that told of it before. `priority` is the weight of the urgency; `event` the disaster in whose time it was made.
    `pictures` are the digests of the photos that everybody sees, `held_pictures` those that only staff sees, `hidden_pictures` those that staff hid.
    `speakers` says of each line of the log which resident wrote it, "" for others; shorter than the log where nobody did since.
    `ended` is how a report stood that was opened again, until the desk goes on with it. `shelves` and `queues` are the lists in which it stands (shelves.py), `warn_at` when its office is
    warned of the promised day; `channel` says how it came: web, counter (staff wrote it down) or app (another program).
    """

    open_states: ClassVar[tuple[str, ...]] = OPEN

    id: str
    number: str
    name: str
    category: str
    kind: str = "problem"
    description: str = ""
    location: Location | None = None
    address: str = ""
    zone: str = ""
    zone_sure: bool = True
    asset: Link = ""
    owner: str = ""
    known: Link = ""
    theme: str = ""
    answers: dict[str, Any] = {}
    status: Annotated[str, Label(Words("状態", "State", "いま"), choices=STATE_WORDS)] = "received"
    urgency: Annotated[str, Label(Words("急ぎ", "Urgency", "いそぎ"), choices=URGENCY_WORDS)] = "normal"
    priority: int = 0
    event: str = USUAL
    urgency_reason: tuple[Words, ...] = ()
    photos: tuple[Photo, ...] = ()
    pictures: tuple[str, ...] = ()
    office: str = ""
    office_reason: tuple[Words, ...] = ()
    date_submitted: Instant = Instant(0)
    date_updated: Instant = Instant(0)
    date_answered: Instant | None = None
    date_due: Instant | None = None
    date_completed: Instant | None = None
    date_closed: Instant | None = None
    date_planned: Instant | None = None
    temporary_fix: bool = False
    duplicate_of: str = ""
    task: Task | None = None
    helper_count: int = 0
    follower_count: int = 0
    witness_count: int = 0
    published: bool = True
    log: tuple[Step, ...] = ()
    shelves: tuple[str, ...] = ()
    reporter: str = ""
    followers: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()
    completed_by: str = ""
    speakers: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    held: Held | None = None
    held_pictures: tuple[str, ...] = ()
    hidden_pictures: tuple[str, ...] = ()
    undo: Undo | None = None
    ended: Undo | None = None
    warned: bool = False
    language: str = "ja"
    channel: str = ""
    queues: tuple[str, ...] = ()
    warn_at: Instant | None = None

    @property
    def point(self) -> tuple[float, float] | None:
        """(longitude, latitude), None when only an address is known."""
        if self.location is None:
            return None
        longitude, latitude = self.location["coordinates"][:2]
        return float(longitude), float(latitude)


PUBLIC: Final = tuple(
    field.name
    for field in msgspec.structs.fields(Report)
    if field.name
    not in {
        "reporter",
        "followers",
        "helpers",
        "witnesses",
        "completed_by",
        "speakers",
        "notes",
        "held",
        "held_pictures",
        "hidden_pictures",
        "undo",
        "warned",
        "language",
        "channel",
        "queues",
        "warn_at",
        "id",
    }
)

PUBLIC_PAST: Final = (
    "status",
    "office",
    "temporary_fix",
    "date_answered",
    "date_due",
    "date_planned",
    "date_completed",
    "date_closed",
    "follower_count",
    "helper_count",
    "witness_count",
)
"""Of these the past is public too. Words, photos and places are not among them: they can be hidden or put right later."""


class Contact(msgspec.Struct, frozen=True):
    """How the office reaches the reporter of one report, given of their own will."""

    entity_type: ClassVar[str] = "ReportContact"

    id: str
    report: str
    holder: str
    name: str = ""
    email: str = ""
    phone: str = ""
    office: str = ""


class ContactOffice(msgspec.Struct, frozen=True):
    """Which office of the town hall may open a contact: the one in charge of the report; kept in step with it, unseen."""

    entity_type: ClassVar[str] = "ReportContact"

    id: str
    office: str


class Theme(msgspec.Struct, frozen=True):
    """A theme report (点検テーマ): the area asks everybody to look for one thing during a period, with its own questions."""

    entity_type: ClassVar[str] = "ReportTheme"

    id: str
    name: Words
    description: Words
    category: str
    date_start: Instant
    date_end: Instant
    questions: tuple[dict[str, Any], ...] = ()
    status: str = "open"


class Past(msgspec.Struct, frozen=True, rename="camel"):
    """A disaster that is over."""

    event: str
    name: str
    date_start: Instant
    date_end: Instant


class Mode(msgspec.Struct, frozen=True):
    """Whether the area is in a declared disaster: its code (`usual` when it is not), name, begin, and those that are over."""

    entity_type: ClassVar[str] = "ReportMode"

    id: str
    event: str = USUAL
    name: str = ""
    date_start: Instant | None = None
    past: tuple[Past, ...] = ()
    log: tuple[Step, ...] = ()
    undo: Undo | None = None


MODE: Final = f"{ID_PREFIX}ReportMode:now"


class Sent(msgspec.Struct, frozen=True, rename="camel"):
    """When something was sent and what it became, for the limits; `draft` is the key of the draft that it was.
    `what` is empty for a report, `reopen` where a report was opened again."""

    at: Instant
    report: str = ""
    draft: str = ""
    what: str = ""


class Book(msgspec.Struct, frozen=True):
    """The book of one reporter (account or browser): the unfinished report, what was sent lately and at all,
    what is followed, which tasks were joined."""

    entity_type: ClassVar[str] = "ReportBook"

    id: str
    holder: str
    draft: dict[str, Any] = {}
    sent: tuple[Sent, ...] = ()
    follows: tuple[str, ...] = ()
    mine: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()


class Cell(msgspec.Struct, frozen=True):
    """What was sent lately from one small place, for the limit by place."""

    entity_type: ClassVar[str] = "ReportCell"

    id: str
    sent: tuple[Instant, ...] = ()


def report_id(number: str) -> str:
    """The id of the report with a number (`R-2026-00017`)."""
    return f"{ID_PREFIX}Report:{number}"


def contact_id(number: str) -> str:
    """The id of the contact that belongs to a report."""
    return f"{ID_PREFIX}ReportContact:{number}"


def theme_id(code: str) -> str:
    """The id under which a theme of that code is kept."""
    return f"{ID_PREFIX}ReportTheme:{code}"


def book_id(holder: str) -> str:
    """The id of the book of an account or browser."""
    return f"{ID_PREFIX}ReportBook:{holder}"


def cell_id(longitude: float, latitude: float) -> str:
    """The id of the cell in which a place lies."""
    return f"{ID_PREFIX}ReportCell:{int(latitude // CELL_DEGREES)}:{int(longitude // CELL_DEGREES)}"
