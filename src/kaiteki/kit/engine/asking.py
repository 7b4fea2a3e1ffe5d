"""Who asks where: what every command and every page goes out from."""

from __future__ import annotations

import msgspec

from kaiteki.kit.files.photo import Photo, sender_mark
from kaiteki.model.access import NOBODY, Person


class Asking(msgspec.Struct, frozen=True):
    """Who asks where: the area, the person, the language, the idempotency key, the browser of a visitor, the purpose.

    `taken_in` are the digests of photos that came with this very request, for those who have neither account nor browser;
    `opened` is what the form was opened with (`kit.editing`), empty where that is not known.
    """

    area: str
    person: Person = NOBODY
    language: str = "ja"
    key: str | None = None
    browser: str = ""
    purpose: str = ""
    taken_in: frozenset[str] = frozenset()
    opened: str = ""

    @property
    def owner(self) -> str:
        """Who holds what comes of it: the account, else the browser of a visitor without one, else nobody ("")."""
        return self.person.account_id or self.browser

    def sent(self, photo: Photo) -> bool:
        """Whether they sent a photo: from their account, or from their browser before they signed in."""
        own = (sender_mark(one, photo.digest) for one in (self.person.account_id, self.browser) if one)
        return photo.digest in self.taken_in or any(mark in photo.senders for mark in own)
