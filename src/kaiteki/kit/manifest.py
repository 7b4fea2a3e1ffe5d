"""What a service says of itself, as data: words, entity types, commands, roles, pages, reactions, jobs.

`main` hands the manifests to the edges; generic lists, forms, search, history, export, API and OpenAPI come out of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from kaiteki.kit.live import Live
from kaiteki.kit.query_fields import QueryField
from kaiteki.model.access import ANYONE, RESIDENT, STAFF
from kaiteki.model.area import Field
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.open_data import OpenData, faults_of_open_data
from kaiteki.model.query import Query
from kaiteki.model.words import Words

if TYPE_CHECKING:
    from kaiteki.kit.editing import Edits
    from kaiteki.kit.pages import Notice, PageAsk, PageReply, Reading, Waiting

Stage: TypeAlias = Literal["lab", "pilot", "stable"]

State: TypeAlias = Mapping[str, Any]
"""The views that a rule may see, by entity id: those of `needs` that exist."""
Rule: TypeAlias = Callable[[State, Any, Asked], Accepted | Refused]
"""A pure decision: (state, form, asked) -> Accepted | Refused."""

Codes: TypeAlias = Callable[[Any], Mapping[str, Mapping[str, Words]]]
"""From the settings of an area: field -> code -> words."""

EVERYTHING: Final = ("*",)
"""All attributes of a type, in `EntityType.raw`."""


DataClass: TypeAlias = Literal["none", "personal", "pseudonymised", "anonymised", "related"]
"""The legal class of data (個人情報の保護に関する法律 2 条): none; 個人情報; 仮名加工情報; 匿名加工情報; 個人関連情報."""
Basis: TypeAlias = Literal["duty", "law", "consent"]
"""Why personal data may be used: for the duty for which they were taken (61 条), because a law says so, by consent (69 条 2 項 1 号)."""


class Purpose(msgspec.Struct, frozen=True):
    """What data of people are used for: a row of the register of purposes, and what decisions and access records name.

    `ground` is the article of the law that `basis` rests on, or the rule of the area. `items` are the data, as `Type` or `Type.field`
    (short name of the type, field of its view). `roles` may act for this purpose. `recipients` says who gets them outside the office.
    `sensitive`: 要配慮個人情報 (2 条 3 項) are among them. `keep_days`: when they go, 0 where the record itself says so.
    `people` says whose data they are (記録範囲, 74 条 1 項 4 号), `source` how they were taken (収集方法, 同 5 号).
    """

    words: Words
    basis: Basis = "duty"
    ground: Words | None = None
    items: tuple[str, ...] = ()
    roles: tuple[str, ...] = (STAFF,)
    recipients: Words | None = None
    sensitive: bool = False
    keep_days: int = 0
    people: Words | None = None
    source: Words | None = None


class EntityType(msgspec.Struct, frozen=True):
    """A type of entity that a service keeps. `view` is its frozen Struct (kit.views); `name` the short NGSI-LD type.

    `public` are the attributes everybody may read (the others need `roles`); `columns` are shown in lists, `title` is
    the attribute that names an entity to people; `plays` are the parts by which adapters find the type. `raw` are the
    attributes that programs with one of the roles may write as they are, through the NGSI-LD API and past the commands
    (`("*",)`: all, also those that the view does not know): measurements, imported records; none unless a service says so.
    """

    name: str
    view: type[msgspec.Struct]
    words: Words
    title: str = "name"
    columns: tuple[str, ...] = ()
    labels: Mapping[str, Words] = {}
    public: tuple[str, ...] = ()
    public_past: tuple[str, ...] | None = None
    """Those of the public attributes whose past values are public too; None: all of them. A type whose entities can be
    hidden or put right names only what never needs to be."""
    public_gone: bool = False
    """Whether the public past of an entity stays public when it is deleted: what was published as data is out, and a map of a day
    shows what stood on that day. What must not be told any more is erased with its past."""
    roles: tuple[str, ...] = (STAFF,)
    raw: tuple[str, ...] = ()
    plays: frozenset[str] = frozenset()
    photos: tuple[str, ...] = ()
    """The attributes that hold digests of photos: who may read one of them sees the photos it names, nobody else does."""
    hidden_photos: tuple[str, ...] = ()
    """The attributes that hold digests of photos that staff hid. Wherever else such a photo is named, only who may read one of
    these sees it: what is hidden is the content, not the one entity."""
    personal: bool = False
    holder: str = ""
    """The attribute that says whose it is: the id of an account as this service knows it, or of a browser."""
    sealed: tuple[str, ...] = ()
    """The attributes that stand in the store under the key of the holder alone; they are opened for who may read them, and who did is kept."""
    unsealed: Mapping[str, Words] = {}
    """Of a personal type: each attribute that is not sealed, with the reason in plain words. It is said in public, beside what is kept."""
    sought: Mapping[str, Literal["exact", "folded"]] = {}
    """The sealed attributes that can be found by equality: as they are written, or whatever their case and width (NFKC, casefold)."""
    office: str = ""
    """The attribute with the code of the office that is in charge of an entity. Data of people are then for that office alone."""
    parts: tuple[type[msgspec.Struct], ...] = ()
    """Views of some of its attributes, by which commands change these alone in what they keep in step (`Command.beside`)."""
    data_class: DataClass = "none"
    page: str = ""
    """The path of the page on which people read one of them, below `/{area}/` with `{id}`; empty: the generic page."""
    listing: str = ""
    """The address of the page that lists them, below `/{area}/` with its query; empty: the generic map of a type with a place.
    Types that people look for together have the same one."""
    field: Field | None = None
    """Where people look for such things; None: in the field of the service."""
    desk: str = ""
    """The page on which staff work on one of them, below `/{area}/` with `{id}`, or on all (without): the back office leads there
    instead of offering the commands one by one. Empty: its generic pages offer them."""
    workings: frozenset[str] = frozenset()
    """The fields by which the service works and that say nothing to people: they stand on no page and in no table file."""
    codes: Codes | None = None
    """The words of codes that are data, out of the settings of an area: by field, the words of each code. The choices in the
    annotation of a field come first."""
    times: Mapping[str, Literal["day", "moment"]] = {}
    """The fields whose text is a day or a moment (ISO 8601), as others write it: filters compare them as such."""
    happens: tuple[str, ...] = ()
    """Those of `times` that say when one of them is: one, or the first and the last; none of what is there all the time."""
    worn_with: str = ""
    """The field that entities of other types have as long as they are of this type beside their own (what is hidden for a while): so it is
    known of a past state whether it was of it. What is closed in one type of an entity is closed in the entity."""
    open_data: OpenData | None = None
    """Whether its entities are open data, and which of their attributes: the catalogue of the area lists them, they are downloaded."""

    tells_of: Mapping[str, tuple[str, ...]] = {}
    """The attributes that hold ids or content of entities of other types, with these types: who may see nothing of one of them does not
    see the attribute either, whatever its own policies say."""

    def __post_init__(self) -> None:
        """Refuse (ValueError) data of people of which it is not said, attribute by attribute, that they are sealed or why they are not, and
        open data that may not be open."""
        wrong = unsaid(self)
        if wrong:
            raise ValueError(f"the manifest of {self.name}: {'; '.join(wrong)}")


def unsaid(declared: EntityType) -> list[str]:
    """What a type leaves open of the sealing of data of people (each attribute is spoken for), and what it may not publish as open data."""
    fields = {one.name for one in msgspec.structs.fields(declared.view)} - {"id"}
    sealed, said = set(declared.sealed), set(declared.unsealed)
    faults = [
        (
            "has data of class personal and is not personal=True",
            {declared.data_class} & {"personal"} if not declared.personal else set[str](),
        ),
        (
            "neither sealed nor unsealed with a reason",
            fields - sealed - said if declared.personal else set[str](),
        ),
        ("both sealed and unsealed", sealed & said),
        (
            "unsealed without a reason in words",
            {one for one, why in declared.unsealed.items() if not (why.ja and why.en)},
        ),
        ("no attribute of its view", (sealed | said | set(declared.sought)) - fields),
        ("sought and not sealed", set(declared.sought) - sealed),
        (
            "is about people and tells their past when they are gone",
            {declared.name} if declared.public_gone and declared.personal else set[str](),
        ),
    ]
    told, wrong = (
        declared.open_data,
        [f"{what}: {', '.join(sorted(which))}" for what, which in faults if which],
    )
    if told is None:
        return wrong
    if declared.personal or declared.data_class != "none":
        return [*wrong, "data of people are open data only as released statistics"]
    return wrong + faults_of_open_data(told, frozenset(declared.public))


class Command(msgspec.Struct, frozen=True):
    """Something people can ask of a service: `POST /{area}/services/<service>/<name>` and a form on the back office.

    `form` is a frozen Struct of plain fields (kit.forms reads labels and limits from its annotations); `needs` names
    the entities the rule may see (loaded in one batch, kept atomically); `roles` are those who may ask.
    """

    name: str
    words: Words
    form: type[msgspec.Struct]
    decide: Rule
    needs: Callable[[Any, Asked], Sequence[str]] = lambda form, asked: ()
    roles: tuple[str, ...] = (STAFF,)
    on: str = ""
    """The entity type whose page offers this command (its form then has a field `id`)."""
    in_person: bool = False
    """Nobody does it in the name of another one, whatever a mandate says."""
    page: str = ""
    """The page of its service on which it is used: the desk leads there instead of drawing a form of its fields."""
    counted: bool = True
    """Where a mandate says how often: whether this is one more time. What only prepares something (a draft) is not."""
    assurance: int = 0
    """How sure it must be who asks (see `model.access.Person`); who is less sure is asked to show it first."""
    beside: Callable[[Any, Asked], Sequence[str]] = lambda form, asked: ()
    """Entities that are kept in step: loaded and changed with the others, while the rule sees nothing of them (nobody reads them)."""
    seeks: Callable[[Any, Asked], Sequence[Query]] = lambda form, asked: ()
    """What the rule sees beside what the command needs: the entities that these queries find, whoever may see them, for what must stand only
    once. Whoever brings in what is sought changes one of the entities that the command needs (`kit.engine.seeking`)."""
    edits: Edits | None = None
    """How what it writes out of a whole form stands as that form: what others changed since the form was opened stays (`kit.editing`)."""
    past: Callable[[Any, Asked], tuple[Sequence[str], Instant] | None] = lambda form, asked: None
    """Entities of its service that the rule sees as they stood just before a moment (`Asked.stood`), for what goes back to it."""
    noise: bool = False
    """The rule draws noise (`Asked.noise`) for numbers that are told of people; what it drew is told only when it is kept."""


class Page(msgspec.Struct, frozen=True):
    """A page designed for a task. `path` is below `/{area}/`, with `{name}` parts (`{name:path}` where one holds slashes); `template` lies in the service's pages/.

    `read` builds what the template shows. `act`, when set, takes the POSTed form of the same path.
    """

    path: str
    template: str
    words: Words
    read: Callable[[PageAsk], Awaitable[PageReply]]
    act: Callable[[PageAsk], Awaitable[PageReply]] | None = None
    roles: tuple[str, ...] = (ANYONE,)
    menu: bool = False
    icon: str = ""
    summary: Words | None = None
    """What one does there, in a short line: the home shows it on the card of a menu page."""
    field: Field | None = None
    """Where people look for this page; None: in the field of the service."""
    keywords: Words | None = None
    """Further words, divided by spaces, by which the search finds this page: those that people use for what it is for."""
    offline: bool = False
    """The page is the same for everybody and works without a network: browsers keep it for what lies beside and below it."""
    posts_per_minute_max: int = 30
    """Forms that one address may send to it."""
    in_person: bool = False
    """Nobody opens it in the name of another one, whatever a mandate says."""
    assurance: int = 0
    """How sure it must be who opens it (see `model.access.Person`); who is less sure is led to where they show it, and comes back."""
    fresh: bool = False
    """Who has an account must have signed in just now; who did so long ago is led to do it once more. For what is to be in no other hands."""
    consent: str = ""
    """The purpose (`<service>.<purpose>`) to which who opens the page must have agreed in part at least; else the page says that an
    agreement is needed, leads to where one decides, and comes back."""
    purpose: str = ""
    """For what data of people are read there: the name of a purpose of the service. It decides for those who may pursue it; empty:
    each type is read for the purpose for which its service keeps it, at the desk for the one that staff chose where there are several."""
    asks: Mapping[str, QueryField] | None = None
    """What the fields of its query may say (`kit.query_fields`): what does not fit is declined before `read` is called. None: `read`
    looks at all of them itself."""
    live: Live | None = None
    """How those who have it open hear that it shows something else now; None: it is read anew by hand."""

    @property
    def is_file(self) -> bool:
        """Whether it answers files and no pages: what is refused there is told to programs, unless a browser asks."""
        return not self.template

    @property
    def at_desk(self) -> bool:
        """Whether it is a page for people of the town hall alone."""
        return {ANYONE, RESIDENT}.isdisjoint(self.roles)


class Topic(msgspec.Struct, frozen=True):
    """Something that the search of an area offers: what it is, where one does it (with a query), by which words it is meant.

    `path` is that of a page of the service, so that only those find a topic who may open its page.
    """

    words: Words
    path: str
    query: str = ""
    summary: Words | None = None
    keywords: tuple[str, ...] = ()


class Figure(msgspec.Struct, frozen=True):
    """A number of the town for the home page (「いまのまち」). `read` answers None when the area has nothing to say."""

    words: Words
    read: Callable[[PageAsk], Awaitable[Reading | None]]
    icon: str = ""


class Reaction(msgspec.Struct, frozen=True):
    """When an entity of a type (short name) changes in one of the attributes, `decide` runs once per event, as a command.

    `on` is `<service>.<what>` for the reader; the input is the service's own Struct view of the entity.
    """

    on: str
    type: str
    attributes: tuple[str, ...]
    input: type[msgspec.Struct]
    decide: Rule
    needs: Callable[[Any, Asked], Sequence[str]] = lambda seen, asked: ()
    gone: bool = False
    """It answers to entities that are deleted, of which nothing but the id is told; else to all other changes."""
    people: tuple[str, ...] = ()
    """Fields of the input that name people by ids of the service that keeps the type. The rule sees the ids by which its own service knows
    them, written down before; who is nobody (any more) is left out."""


class Job(msgspec.Struct, frozen=True):
    """Work at a time: every `every_s` seconds `q` names entities (an expression over `type`), `decide` handles each.

    Where it depends on the settings of an area which ones they are, `q` is asked with them; None: there are none.
    """

    name: str
    every_s: int
    type: str
    q: str | Callable[[Any], str | None]
    view: type[msgspec.Struct]
    decide: Rule


class Survey(msgspec.Struct, frozen=True):
    """A read model: every `every_s` seconds `read` looks at an area as those who run the node do, and `command` of the service
    is run with the form that it answers (None: there is nothing to keep). For figures that are too dear to work out per page."""

    name: str
    every_s: int
    read: Callable[[PageAsk], Awaitable[msgspec.Struct | None]]
    command: str


class Queues(msgspec.Struct, frozen=True):
    """The work of a service that waits for staff: `path` is the page of its desk, `read` says what waits there for who asks."""

    path: str
    read: Callable[[PageAsk], Awaitable[Sequence[Waiting]]]
    roles: tuple[str, ...] = (STAFF,)


class Erase(msgspec.Struct, frozen=True):
    """What is left of an entity when somebody is erased who does not hold it but is spoken of in it.

    `holders` are the fields of the type that name people by id; `fields` those that are emptied, whose past is forgotten with them.
    `decide` is pure: from the view and the ids that are erased it makes what is left, in which none of the ids stands; None deletes it.
    """

    type: str
    holders: tuple[str, ...]
    fields: tuple[str, ...]
    decide: Callable[[Any, frozenset[str], Asked], msgspec.Struct | None]
    letters: bool = False
    """Whether letters that told others of such an entity (`Message.about`) go as well: they say again what it said."""


class Service(msgspec.Struct, frozen=True):
    """A city service, whole. `settings` is the Struct that `cities/<area>/<name>.toml` fills (with its defaults else)."""

    name: str
    """By which people and programs know it: it stands in addresses, ids and logs. Several services may share one (`parts`)."""
    words: Words
    summary: Words
    field: Field
    stage: Stage
    package: str
    """The Python package, for its pages/ and locale/ folders; empty where it consists of `parts`."""
    types: tuple[EntityType, ...] = ()
    commands: tuple[Command, ...] = ()
    roles: Mapping[str, Words] = {}
    purposes: Mapping[str, Purpose] = {}
    pages: tuple[Page, ...] = ()
    figures: tuple[Figure, ...] = ()
    queues: Queues | None = None
    """Where staff of the service begin their day; None: it has registers only."""
    reactions: tuple[Reaction, ...] = ()
    jobs: tuple[Job, ...] = ()
    surveys: tuple[Survey, ...] = ()
    erase: tuple[Erase, ...] = ()
    """What becomes of what the service keeps of people elsewhere than in what they hold (personal types with a holder)."""
    settings: type[msgspec.Struct] | None = None
    holds_from: Callable[[Any], Mapping[str, int]] | None = None
    """Out of the settings of an area: the oldest version of the text of a purpose (`<service>.<purpose>`) to which consent still holds."""
    offices: Callable[[Any], Sequence[str]] | None = None
    """The codes of the offices that the settings of an area name, in which a role can hold."""
    topics: Callable[[Any], Sequence[Topic]] | None = None
    """What can be found beside pages, entities and their kinds, out of the settings of an area."""
    notice: Callable[[PageAsk], Awaitable[Notice | None]] | None = None
    """What must stand on every page of an area now, None while there is nothing. Asked for each page, so it reads one entity."""
    sees: tuple[type[msgspec.Struct], ...] = ()
    """Own views of types that other services keep (class variable `entity_type`): read in rules and pages, never written."""
    meets: Mapping[str, type[msgspec.Struct]] = {}
    """Own views by part: whatever type `plays` the part, whoever keeps it, is seen so in rules and pages, never written."""
    parts: tuple[Service, ...] = ()
    """The services that people know as this one (`kit.joining`); none: it is one of itself. The pages lie in their packages."""
