"""What pages and files of open data say where there is nothing: of which kind it is, its name, and where people go on."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.pages import Declined, Missing, PageAsk, part_of_path
from kaiteki.model.decision import Fault
from kaiteki.model.words import Words

NAME_LENGTH_MAX: Final = 100
"""Characters of a name that are told back."""
DATA_SET: Final = Words("データセット", "Data set", "データ")
ALL_DATA: Final = ("data", Words("オープンデータの一覧", "All open data", "データの 一覧（いちらん）"))
BACK: Final = Words("データセットに戻る", "Back to the data set", "データに もどる")


def none_called(what: Words, name: str, onward: tuple[str, Words] = ALL_DATA) -> Missing:
    """There is nothing of a kind that has this name."""
    return Missing(what, name[:NAME_LENGTH_MAX], onward)


def no_data_set(ask: PageAsk) -> Missing:
    """There is no data set of the id in the path."""
    return none_called(DATA_SET, ask.path.get("id", ""))


def no_such_form(what: Words, data_set: str) -> Missing:
    """A data set has no file of this kind."""
    return none_called(what, data_set, way_back(data_set))


def way_back(data_set: str) -> tuple[str, Words]:
    """From a file to the data set that it is of."""
    return f"data/{part_of_path(data_set)}", BACK


def declined(data_set: str, field: str, why: Words, status: int = 400) -> Declined:
    """Why a file of a data set is not made: what a field of the address asks for cannot be."""
    code = "unfit" if status == 400 else "no_such_form"
    return Declined((Fault(field, code, why),), status, way_back(data_set))
