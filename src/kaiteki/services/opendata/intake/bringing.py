"""Staff send a delivered file on its way, as it was shown (`review`): whose it is, under which terms, what of the decisions before counts. Pure.

What was decided on the columns of a data set at its last import (`memory`) counts for the next file of it; the rule sees that import only where
the form names it, so that who names none is asked again, and nobody takes over what was decided on another data set: it is looked up by
the table's own name.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.open_data import licence_code
from kaiteki.model.words import Words
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.correcting.model import CORRECTED_MAX
from kaiteki.services.opendata.intake.delivery import Delivery, is_long, refuse_invalid, whole_of
from kaiteki.services.opendata.intake.geodata import is_geodata
from kaiteki.services.opendata.intake.memory import recall, still_open
from kaiteki.services.opendata.intake.privacy import Doubt, doubts_of
from kaiteki.services.opendata.intake.tables import run_of_table
from kaiteki.services.opendata.model import DataSet, ImportRun
from kaiteki.services.opendata.readability.sheet import Sheet
from kaiteki.services.opendata.reading.source import KnownAs
from kaiteki.services.opendata.standard.table import standard_types

TABLES_MAX: Final = 100
COLUMNS_MAX: Final = 1000
_NO_VERSION: Final = Words(
    "このデータの次の版にはできません。一覧から選んでください。",
    "It cannot become the next version of these data. Please choose from the list.",
    "一覧（いちらん）から えらんで ください。",
)
_SOURCE: Final = Words("出典", "Source", "だれの データ")
_LICENCE: Final = Words("利用条件", "Licence", "使（つか）う きまり")


class BringIn(msgspec.Struct, frozen=True):
    """Have a file brought in, with its repairs, as public data of somebody under a known licence, or as a draft.

    `removes`: the `left` records that are in the file no longer are taken out of the data set (as many as were told, and no more); where they
    are more than a fifth of it, whoever asks says that they are `sure`. `runs` are the last imports of the data sets that its tables go to:
    what was decided there counts, but for the columns that are decided on `again`. Each of `tables` (by the slug of its own name) is the newer
    version of the data set at the same place of `versions`, empty for one of its own.
    """

    id: str
    source: Annotated[str, msgspec.Meta(max_length=200), Label(_SOURCE)] = ""
    licence: Annotated[str, msgspec.Meta(max_length=200), Label(_LICENCE)] = ""
    draft: Annotated[bool, Label(Words("下書きとして取り込む", "As a draft", "下書（したが）き"))] = False
    removes: Annotated[
        bool, Label(Words("ファイルにない記録を消す", "Take out what left the file", "ない ものを けす"))
    ] = False
    left: Annotated[int, msgspec.Meta(ge=0), Label(Words("消える件数", "How many leave", "きえる かず"))] = 0
    sure: Annotated[bool, Label(Words("多くても消す", "Also where they are many", "おおくても けす"))] = False
    file_holds: Annotated[
        tuple[str, ...],
        msgspec.Meta(max_length=CORRECTED_MAX),
        Label(
            Words(
                "ファイルの値にする記録", "Records of which the file holds", "ファイルの とおりに する もの"
            )
        ),
    ] = ()
    """Marks of records that were corrected by hand (`correcting`); of others the correction holds."""
    runs: Annotated[
        tuple[str, ...],
        msgspec.Meta(max_length=TABLES_MAX),
        Label(Words("前の取り込み", "Imports before", "まえの")),
    ] = ()
    tables: Annotated[
        tuple[str, ...], msgspec.Meta(max_length=TABLES_MAX), Label(Words("表", "Tables", "表（ひょう）"))
    ] = ()
    versions: Annotated[
        tuple[str, ...],
        msgspec.Meta(max_length=TABLES_MAX),
        Label(Words("次の版となるデータセット", "Newer versions of", "あたらしく する データ")),
    ] = ()
    again: Annotated[
        tuple[str, ...],
        msgspec.Meta(max_length=COLUMNS_MAX),
        Label(Words("決め直す列", "Columns to decide on again", "もういちど きめる 列（れつ）")),
    ] = ()


def needed_for_bringing(form: BringIn, asked: Asked) -> tuple[str, ...]:
    """The file, the data sets that it goes to, and their last imports."""
    return (form.id, *form.runs, *(one for one in form.versions if one))


def bring_in(state: State, form: BringIn, asked: Asked) -> Accepted | Refused:
    """Send a file on its way, or hold it back where something in it may speak of people (a file of places is looked through on its way)."""
    one = state.get(form.id)
    if not isinstance(one, Delivery) or one.state != "open":
        return Refused("not_found")
    faults = _unsaid(form)
    if faults:
        return Refused("invalid", faults)
    versions = _versions(state, form)
    if isinstance(versions, Refused):
        return versions
    one = msgspec.structs.replace(
        undo(one, form.again),
        versions=versions,
        source=form.source,
        licence=form.licence,
        draft=form.draft,
        removes=form.removes,
        file_holds=form.file_holds,
        left=form.left,
        sure=form.sure,
    )
    if is_geodata(one.file_name):
        sent = msgspec.structs.replace(one, doubts=(), state="asked")
        return Accepted(writes=(sent,), answer={"id": one.id, "state": sent.state})
    whole = whole_of(one)
    if any(sheet.merged or sheet.formulas for sheet in whole.sheets):
        return refuse_invalid(
            "accepted",
            Words(
                "結合と数式を直してから取り込みます。",
                "Merged cells and formulas have to be mended first.",
                "つないだ マスと 式（しき）を なおして ください。",
            ),
        )
    if is_long(whole) and one.accepted:
        return refuse_invalid(
            "accepted",
            Words(
                "この表は長いので直せません。直し方の選択をすべて外すと、もとのまま取り込めます。",
                "This table is too long to be mended. Without any repair it can be brought in as it is.",
                "表（ひょう）が 長（なが）いので なおせません。なおさないで 入（い）れて ください。",
            ),
        )
    # (of a long one the node looks at every row when it brings it in)
    sheets = () if is_long(whole) else whole.sheets
    doubts = tuple(doubt for sheet in sheets for doubt in _undecided(one, sheet, state))
    after = msgspec.structs.replace(one, doubts=doubts, state="held" if doubts else "asked")
    return Accepted(writes=(after,), answer={"id": one.id, "state": after.state})


def _versions(state: State, form: BringIn) -> tuple[KnownAs, ...] | Refused:
    """What the tables of a file are newer versions of: each of a data set of its own, which holds records and is no part of a feed."""
    found: list[KnownAs] = []
    for table, version in zip(form.tables, form.versions, strict=False):
        known = state.get(version) if version else None
        if isinstance(known, DataSet) and may_renew(known) and version not in {data_set_of(x) for x in found}:
            found.append(KnownAs(table, known.id.rpartition(":")[2], known.title, known.record_type))
        elif version:
            return refuse_invalid(f"version-{table}", _NO_VERSION)
    return tuple(found)


def may_renew(one: DataSet) -> bool:
    """Whether a file can be the newer version of a data set: one of records, which no feed of public transport brings."""
    return one.record_type in standard_types() and not one.feed


def data_set_of(one: KnownAs) -> str:
    """The id of the data set that something is known as."""
    return importing.data_set_id(one.slug)


def undo(one: Delivery, again: tuple[str, ...]) -> Delivery:
    """A delivery without what was decided on some columns."""
    return msgspec.structs.replace(
        one,
        again=tuple(dict.fromkeys((*one.again, *again))),
        cleared=tuple(each for each in one.cleared if each.column not in again),
        without=tuple(name for name in one.without if name not in again),
        left_out=tuple(each for each in one.left_out if each.column not in again),
    )


def _undecided(one: Delivery, sheet: Sheet, state: State) -> tuple[Doubt, ...]:
    """What in a table may speak of people and was decided on neither for this file nor at those before it."""
    run = state.get(run_of_table(one, sheet))
    memory = recall(run if isinstance(run, ImportRun) else None, one.again)
    doubts = doubts_of(sheet, {*one.without, *memory.columns})
    return still_open(doubts, (*one.cleared, *memory.cleared))


def _unsaid(form: BringIn) -> tuple[Fault, ...]:
    """What has to be said before something becomes public: whose it is, and under which known licence."""
    if form.draft:
        return ()
    faults: list[Fault] = []
    if not form.source.strip():
        words = Words(
            "だれのデータか（出典）を書いてください。",
            "Please state the source.",
            "だれの データか 書（か）いて ください。",
        )
        faults.append(Fault("source", "missing", words))
    if not licence_code(form.licence):
        words = Words(
            "利用条件を選んでください。",
            "Please choose a licence.",
            "使（つか）う きまりを えらんで ください。",
        )
        faults.append(Fault("licence", "missing", words))
    return tuple(faults)
