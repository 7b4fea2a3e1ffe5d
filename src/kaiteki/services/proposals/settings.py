"""What an area decides about proposals, as data: its part of `cities/<area>/services/participation.toml`."""

from __future__ import annotations

import msgspec

from kaiteki.kit.catalogue.settings import Office, words_of_office
from kaiteki.kit.joining import seen_as
from kaiteki.kit.pages import PageAsk
from kaiteki.model.decision import Asked
from kaiteki.model.words import Words


class Settings(msgspec.Struct, frozen=True):
    """`proposals_year` are the proposals that one person makes in a year, `comments_person` their comments and, apart from these, their
    amendments on one proposal; `proposals_office` looks at a new one first. `offices` answer them; `wards` are the parts of town that a
    proposal can be about."""

    proposals_year: int = 10
    comments_person: int = 10
    proposals_office: str = ""
    offices: tuple[Office, ...] = ()
    wards: tuple[Office, ...] = ()

    def words_of(self, code: str) -> Words:
        """What an office is called."""
        return words_of_office(self.offices, code)


def settings_of(asked: Asked | PageAsk) -> Settings:
    """What the area decided, for a rule or a page."""
    return seen_as(Settings, asked.settings)
