"""Documents of GeoReport v2 out of drawn towns: kinds of request, questions, requests and their steps, with any text people write."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import geo_report

from kaiteki.adapters.open311.bound import USUAL
from kaiteki.adapters.open311.catalogue import define_service, list_services
from kaiteki.adapters.open311.documents import REFUSALS, Document, errors
from kaiteki.adapters.open311.requests import Desk, tell_request, tell_update
from kaiteki.adapters.open311.shapes import Posted, PostedUpdate, Token
from kaiteki.adapters.open311.things import Thing, ask_thing
from kaiteki.kit.pages import Met
from kaiteki.kit.views import point
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.reports.arrows import STATES
from kaiteki.services.reports.model import Photo, Report, Step, report_id
from kaiteki.services.reports.settings import Category, Office, Option, Question, QuestionKind, Settings

SIGNS = "あ漢ｶﾅ字 \t\n\r&<>\"'\\/]]>;#&amp;🚧👩‍🚒é\x00\x07\x1f\x7f\x85\ufffe\uffff\U0010ffff0aZ%+{}[]"
LANGUAGES = ("ja", "ja-easy", "en")
YEAR_US = 365 * 86_400_000_000
KINDS: tuple[QuestionKind, ...] = ("text", "number", "date", "one", "many", "yes_no")


class Drawing:
    """A seeded source of everything."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def text(self, most: int = 40) -> str:
        """Any text up to a length; now and then one as long as a description may be, and longer."""
        long = self.random.random() < 0.01
        return "".join(self.random.choices(SIGNS, k=self.random.randrange(5000 if long else most)))

    def name(self) -> str:
        """A text with something to read in it."""
        return f"名{self.text(12)}"

    def words(self) -> Words:
        """A name in three languages."""
        return Words(self.name(), self.name(), self.name())

    def maybe_words(self) -> Words:
        """A text in three languages that may be empty."""
        return Words(self.text(12), self.text(12), self.text(12))

    def instant(self) -> Instant:
        """A time of fifty years, half of them to the second."""
        at = self.random.randrange(50 * YEAR_US)
        return Instant(at if self.random.random() < 0.5 else at // 1_000_000 * 1_000_000)

    def settings(self) -> Settings:
        """What an area lets people report."""
        offices = tuple(Office(f"o{n}", self.words()) for n in range(self.random.randrange(1, 4)))
        categories = tuple(self._category(n) for n in range(self.random.randrange(1, 6)))
        return Settings(categories=categories, offices=offices)

    def _category(self, n: int) -> Category:
        return Category(
            code=f"c{n}",
            words=self.words(),
            hint=self.maybe_words(),
            group=self.maybe_words(),
            keywords=tuple(self.name() for _ in range(self.random.randrange(3))),
            assets=("Thing",) if self.random.random() < 0.5 else (),
            solvable=self.random.random() < 0.5,
            traffic=self.random.random() < 0.2,
            questions=tuple(self._question(n) for n in range(self.random.randrange(4))),
        )

    def things(self) -> list[Met]:
        """What stands near a place."""
        return [
            Met(Thing(f"urn:ngsi-ld:Thing:{n}", self.text(12), self.text(12)), "Thing", self.words())
            for n in range(self.random.randrange(3))
        ]

    def _question(self, n: int) -> Question:
        kind = self.random.choice(KINDS)
        options = tuple(Option(f"a{k}", self.words()) for k in range(self.random.randrange(1, 4)))
        return Question(
            code=f"q{n}",
            words=self.words(),
            kind=kind,
            required=self.random.random() < 0.5,
            hint=self.maybe_words(),
            options=options if kind in ("one", "many") else (),
        )

    def report(self, settings: Settings) -> Report:
        """A report with its log."""
        number = f"R-{self.random.randrange(2000, 2100)}-{self.random.randrange(100_000):05d}"
        states = list(STATES)
        photos = tuple(Photo(f"{self.random.getrandbits(256):064x}") for _ in range(self.random.randrange(3)))
        place = point(self.random.uniform(122, 154), self.random.uniform(20, 46))
        log = tuple(self._step(photos) for _ in range(self.random.randrange(1, 5)))
        return Report(
            id=report_id(number),
            number=number,
            name=self.name(),
            category=self.random.choice((*settings.categories, Category("gone", self.words()))).code,
            description=self.text(),
            location=place if self.random.random() < 0.8 else None,
            address=self.text(),
            status=self.random.choice(states),
            office=self.random.choice((*settings.offices, Office("gone", self.words()))).code,
            photos=photos,
            date_submitted=self.instant(),
            date_updated=self.instant(),
            date_due=self.instant() if self.random.random() < 0.5 else None,
            log=log,
        )

    def _step(self, photos: tuple[Photo, ...]) -> Step:
        return Step(
            at=self.instant(),
            by="office",
            what=self.random.choice(("submit", "assign", "note", "update", "anything")),
            why=self.name() if self.random.random() < 0.5 else "",
            after=self.random.choice(("", *STATES)),
            photos=tuple(photo.digest for photo in photos),
        )


def drawn_documents(desk: Desk, seed: int) -> Iterator[tuple[Document, dict[str, Any]]]:
    """Documents without an end, each with the schema of the specification that it has to fit."""
    drawing = Drawing(seed)
    while True:
        settings = drawing.settings()
        for language in LANGUAGES:
            here = Desk(desk.parts, desk.binding, desk.city, settings, desk.area, language, desk.base)
            yield list_services(settings, USUAL, language, drawing.random.random() < 0.5), geo_report.SERVICES
            for category in settings.categories:
                thing = ask_thing(category, drawing.things(), language)
                yield define_service(category, language, thing), geo_report.DEFINITION
            yield from _requests(here, drawing, settings)
        number, theirs = drawing.name(), drawing.text() or None
        yield Document("service_requests", [Posted(number, theirs, theirs)], 201), geo_report.POSTED
        yield Document("service_requests", [Token(number, number)]), geo_report.TOKENS
        yield Document("service_request_updates", [PostedUpdate(number)], 201), geo_report.POSTED_UPDATES
        yield errors(drawing.random.choice(REFUSALS), number), geo_report.ERRORS


def _requests(desk: Desk, drawing: Drawing, settings: Settings) -> Iterator[tuple[Document, dict[str, Any]]]:
    reports = [drawing.report(settings) for _ in range(3)]
    extensions = drawing.random.random() < 0.5
    told = [tell_request(desk, report, extensions) for report in reports]
    yield Document("service_requests", told), geo_report.REQUESTS
    yield from ((Document("service_requests", [one]), geo_report.REQUEST) for one in told)
    for report in reports:
        lines = [tell_update(desk, report, n, line) for n, line in enumerate(report.log)]
        yield Document("service_request_updates", lines), geo_report.UPDATES
