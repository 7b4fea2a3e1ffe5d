"""The unfinished report of a browser, as its steps hand it on."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kaiteki.kit.pages import PageAsk
from kaiteki.services.reports.forms import PhotoForm
from kaiteki.services.reports.geography import Point
from kaiteki.services.reports.model import Book, book_id

START: Final = "reports/new"
PLACE: Final = "reports/new/place"
ASSET_STEP: Final = "reports/new/asset"
KNOWN: Final = "reports/new/known"
PHOTO: Final = "reports/new/photo"
CHECK: Final = "reports/new/check"


class Draft(msgspec.Struct, frozen=True):
    """An unfinished report as its reporter left it. `key` makes the sending happen once.

    `asked_asset`: which asset is meant was asked; `other_than`: reports of which the reporter said that they mean others.
    `described`: the step of photo and words was gone through; `near`: the number of the report that it continues nearby;
    `by_photo`: the position is the one that a camera wrote into a photo.
    """

    category: str = ""
    theme: str = ""
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    accuracy_m: float = 0.0
    asset: str = ""
    asked_asset: bool = False
    other_than: tuple[str, ...] = ()
    description: str = ""
    answers: dict[str, Any] = {}
    photos: tuple[PhotoForm, ...] = ()
    key: str = ""
    described: bool = False
    near: str = ""
    by_photo: bool = False

    @property
    def point(self) -> Point | None:
        """(longitude, latitude) where it has a position."""
        return None if self.latitude is None or self.longitude is None else (self.longitude, self.latitude)

    @property
    def placed(self) -> bool:
        """Whether it says where."""
        return bool(self.address or self.asset) or self.point is not None

    @property
    def told(self) -> bool:
        """Whether it says what is wrong: a photo alone may have come first, with the words still to be asked for."""
        return self.described and bool(self.description or self.photos or self.answers)


async def read_draft(ask: PageAsk) -> Draft:
    """The draft of whoever asks; a fresh one where there is none or it is of an older shape."""
    book = await ask.city.get(Book, book_id(ask.person.account_id or ask.browser))
    fresh = Draft(key=f"{ask.seed:x}")
    if book is None or not book.draft:
        return fresh
    try:
        return msgspec.convert(book.draft, Draft)
    except msgspec.ValidationError:
        return fresh


async def keep_draft(ask: PageAsk, draft: Draft) -> None:
    """Keep the draft for the next step."""
    await ask.city.run("reports.save_draft", {"draft": msgspec.to_builtins(draft)})
