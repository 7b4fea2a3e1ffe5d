"""What an area decides about its reports, as data: categories with questions, offices, zones, routes, limits."""

from __future__ import annotations

from typing import Literal

import msgspec

from kaiteki.model.words import Words

EVERY = "*"
"""In a route: any category, any zone, any owner."""

SCORE_MIN = 0.38
"""How sure a likeness must be before it is shown, where a category says nothing else."""

USUAL = "usual"
"""The event of every report that was made while no disaster was declared."""

QuestionKind = Literal["text", "number", "one", "many", "yes_no", "date"]


class Option(msgspec.Struct, frozen=True):
    """An answer that can be chosen."""

    code: str
    words: Words


class Question(msgspec.Struct, frozen=True):
    """A question of a category or a theme. `danger` are the answers (option codes) that make a report urgent.

    `of_asset`: it asks for the number of the thing, so it is not asked where the thing itself was chosen.
    """

    code: str
    words: Words
    kind: QuestionKind = "text"
    required: bool = False
    options: tuple[Option, ...] = ()
    hint: Words = Words(ja="", en="")
    danger: tuple[str, ...] = ()
    of_asset: bool = False


class Category(msgspec.Struct, frozen=True):
    """A kind of report. `answer_days` and `fix_days` are the promise of the area (0: none).

    `solvable`: residents may mend it themselves. `traffic`: it lies on a road with traffic, so they never may.
    `half_life_days`: after this time an older report of the same place counts half as a duplicate.
    `sensitive`: it tends to be about a home; the public sees its outline only (`Settings.outline_grid_m`, no words, no photos).
    `duplicate_score_min`: how sure a likeness must be before it is shown. `assets`: short types of what can be meant.
    `urgency`: how urgent such a report is at least.
    """

    code: str
    words: Words
    hint: Words = Words(ja="", en="")
    group: Words = Words(ja="", en="")
    icon: str = "note"
    kind: Literal["problem", "praise"] = "problem"
    questions: tuple[Question, ...] = ()
    keywords: tuple[str, ...] = ()
    answer_days: int = 3
    fix_days: int = 30
    solvable: bool = False
    traffic: bool = False
    sensitive: bool = False
    half_life_days: float = 30.0
    duplicate_score_min: float = SCORE_MIN
    urgency: Literal["normal", "high", "now"] = "normal"
    assets: tuple[str, ...] = ()


class Office(msgspec.Struct, frozen=True):
    """Who deals with reports. `outside`: not of this town hall (state, prefecture, company): it is told and asked to take over.

    `phone`, `hours` and `site` (an https address) are how people reach it themselves.
    """

    code: str
    words: Words
    phone: str = ""
    outside: bool = False
    hours: Words = Words(ja="", en="")
    site: str = ""


class Owner(msgspec.Struct, frozen=True):
    """Who looks after an asset: the `names` by which the registers call the owner, and its office (empty: the area's own)."""

    names: tuple[str, ...]
    words: Words
    office: str = ""


class Zone(msgspec.Struct, frozen=True):
    """A part of the area: a polygon (longitude, latitude), a line with a width, or a centre (the nearest centre is meant).

    `kind` ward, road, park or private; `owner` is the office that owns what stands in it and comes before every route.
    `names` are words in an address that mean this zone.
    """

    code: str
    words: Words
    kind: Literal["ward", "road", "park", "private"] = "ward"
    polygon: tuple[tuple[float, float], ...] = ()
    line: tuple[tuple[float, float], ...] = ()
    within_m: float = 15.0
    centre: tuple[float, float] | None = None
    owner: str = ""
    names: tuple[str, ...] = ()


class Route(msgspec.Struct, frozen=True):
    """`category` × `zone` → `office`; the first row that fits is taken."""

    office: str
    category: str = EVERY
    zone: str = EVERY


class Hazard(msgspec.Struct, frozen=True):
    """Words that make a report urgent, and why, said to staff and reporter."""

    found: tuple[str, ...]
    because: Words
    urgency: Literal["high", "now"] = "high"


class Disaster(msgspec.Struct, frozen=True):
    """What changes while a disaster is declared: the words that come first, and the kinds of damage that are asked for.

    `cluster_m`: reports of one kind that lie so near are looked at as one.
    """

    safety: tuple[Words, ...] = (
        Words(
            "まず自分と周りの人の安全を確かめてください。危ない場所には近づかないでください。",
            "First make sure that you and the people around you are safe. Keep away from danger.",
            "まず あんぜんな 所（ところ）に いて ください。あぶない 所（ところ）に 行（い）かないで ください。",
        ),
        Words(
            "けが人・火事・閉じ込めは119、事件・事故は110へ。ここへの知らせは救助の依頼になりません。",
            "For injured or trapped people and fire call 119, for crimes and accidents 110. A report here is no call for rescue.",
            "けが・火事（かじ）は 119、事故（じこ）は 110に 電話（でんわ）して ください。ここに 書（か）いても 助（たす）けは 来（き）ません。",
        ),
    )
    categories: tuple[Category, ...] = ()
    cluster_m: float = 40.0


class Reply(msgspec.Struct, frozen=True):
    """A prepared answer of the desk."""

    code: str
    title: Words
    text: Words


HALL = "hall"


class Settings(msgspec.Struct, frozen=True):
    """The section of an area for its reports (`cities/<area>/services/reports.toml`)."""

    categories: tuple[Category, ...] = (
        Category(
            code="other",
            words=Words(ja="そのほか", en="Something else", easy="ほかのこと"),
            hint=Words(ja="どれにも当てはまらないとき", en="When nothing else fits"),
        ),
    )
    offices: tuple[Office, ...] = (Office(code=HALL, words=Words(ja="市役所", en="Town hall")),)
    zones: tuple[Zone, ...] = ()
    routes: tuple[Route, ...] = (Route(office=HALL),)
    owners: tuple[Owner, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    criticals: tuple[Hazard, ...] = ()
    """Words in the kind or criticality of an asset that make a report on it urgent."""
    replies: tuple[Reply, ...] = ()
    disaster: Disaster = Disaster()
    emergency_phone: str = "110・119"
    photos_max: int = 3
    photo_size_max_bytes: int = 12_000_000
    description_max: int = 2000
    follows_max: int = 200
    followers_max: int = 1000
    helpers_max: int = 100
    log_lines_max: int = 300
    log_lines_residents_max: int = 200
    """Lines of a log up to which residents write; what is left is for the desk."""
    news_day_max: int = 10
    """How often a day one person adds news to one report."""
    reopen_days: int = 30
    """Until when the reporter and followers may say that an ended report is not mended."""
    reopens_max: int = 2
    """How often one person may open one report again."""
    reopens_day_max: int = 3
    """How many reports a day one person may open again."""
    duplicates_near_m: float = 250.0
    duplicates_staff_m: float = 1000.0
    duplicates_shown_max: int = 3
    assets_near_m: float = 60.0
    assets_shown_max: int = 8
    works_near_m: float = 20.0
    browser_hour_max: int = 10
    browser_day_max: int = 30
    place_hour_max: int = 45
    publish_at_once: bool = True
    outline_grid_m: float = 500.0
    reach_m: float = 30_000.0
    """How far from the nearest ward a place may lie; beyond it a place is taken for a slip and is refused."""
    witnesses_min: int = 2
    undo_max_s: int = 900
    due_soon_days: int = 1

    def category(self, code: str) -> Category | None:
        """The category with a code."""
        every = (*self.categories, *self.disaster.categories)
        return next((c for c in every if c.code == code), None)

    def categories_of(self, event: str) -> tuple[Category, ...]:
        """What can be reported: the kinds of damage while a disaster is declared, where the area names any."""
        return self.disaster.categories if event != USUAL and self.disaster.categories else self.categories

    def office(self, code: str) -> Office | None:
        """The office with a code."""
        return next((o for o in self.offices if o.code == code), None)

    def zone(self, code: str) -> Zone | None:
        """The zone with a code."""
        return next((z for z in self.zones if z.code == code), None)

    def owner(self, name: str) -> Owner | None:
        """The owner whom a register calls so."""
        return next((o for o in self.owners if name and name in o.names), None)


def inside(settings: Settings, code: str) -> str:
    """The code of an office if it is one of the town hall, else nothing."""
    office = settings.office(code)
    return code if office is not None and not office.outside else ""
