"""What an area decides about its open data: its catalogue (`kit.catalogue.settings`), and how soon a request for data is answered."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.catalogue.settings import CatalogueOfArea
from kaiteki.model.decision import Asked
from kaiteki.model.words import Words

ANSWER_DAYS_MAX: Final = 90
_DESK: Final = Words("オープンデータの担当", "Open data office", "オープンデータの 人（ひと）")


class Settings(CatalogueOfArea, frozen=True):
    """The settings of open data (`cities/<area>/services/opendata.toml`).

    `answer_days` (1 to ANSWER_DAYS_MAX): within how many days a request for data gets its first answer. The first of the offices
    takes requests until they are given to another. `second_person`: what may speak of people is decided by somebody else than who took
    the file in. `outline`: the last part of the id of the data set whose areas (polygons) are the town
    (行政区域); by it rows of delivered files are told that lie outside.
    """

    answer_days: int = 14
    second_person: bool = False
    outline: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.answer_days <= ANSWER_DAYS_MAX:
            raise ValueError(f"answer_days lies outside of 1 to {ANSWER_DAYS_MAX}")

    @property
    def desk(self) -> str:
        """The code of the office that takes requests; empty where the area names none."""
        return self.offices[0].code if self.offices else ""

    def words_of(self, code: str) -> Words:
        """What an office is called; one that is told no more is called by its code."""
        office = self.office(code)
        return office.words if office is not None else Words(code, code) if code else _DESK


def settings_of(asked: Asked) -> Settings:
    """The settings with which a rule was asked."""
    return asked.settings if isinstance(asked.settings, Settings) else Settings()


def offices_of(settings: Settings) -> tuple[str, ...]:
    """The codes of the offices that answer for data, in which staff may work."""
    return tuple(one.code for one in settings.offices)
