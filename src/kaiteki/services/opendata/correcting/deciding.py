"""Staff correct one record: its cells are read as an import reads them, looked at by the gate, and kept with what the file says.

    form ─(decision 49: cell by cell)─► cells that differ ─► read (`cells`) ─► gate ─┬─ individual number ──────────► refused
                                                                                    ├─ may speak of people ─ reason? ► asked for it
                                                                                    └► record, its Correction, the data set: one write

Staff of the office that keeps the data set may; of a data set that names none, all staff. To undo is to correct once more (`undoing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from kaiteki.kit.editing import Edits, Standing
from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import Command, State
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.place import bounds_of
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.correcting.cells import (
    DETAIL,
    POSITION,
    Cell,
    cells_of,
    kind_of,
    text_of,
    write_cells,
)
from kaiteki.services.opendata.correcting.days import faults_of_days
from kaiteki.services.opendata.correcting.model import (
    ACTS_MAX,
    CORRECTED_MAX,
    Act,
    CellChange,
    Corrected,
    Correction,
    correction_id,
)
from kaiteki.services.opendata.correcting.numbers import faults_of_numbers, queries_of_numbers
from kaiteki.services.opendata.importing import OF_EVERY_RECORD
from kaiteki.services.opendata.intake.clearance import NEVER, decide
from kaiteki.services.opendata.intake.clearing import REASON_MIN
from kaiteki.services.opendata.intake.privacy import SORTS, Gate
from kaiteki.services.opendata.model import DataSet, ImportRun, Record
from kaiteki.services.opendata.quality import WORDS
from kaiteki.services.opendata.reading.source import CELLS_MAX
from kaiteki.services.opendata.withdrawal.model import mark_of

REASON_MAX: Final = 500
EVERY_OFFICE: Final = "*"
NOTHING: Final = Words(
    "変わったところがありません。", "Nothing has changed.", "かわった ところが ありません。"
)
NEVER_WORDS: Final = Words(
    "個人番号（マイナンバー）のような番号は公開できません。",
    "Numbers like the individual number (My Number) cannot be published.",
    "マイナンバーの ような 番号（ばんごう）は 出（だ）せません。",
)
_MANY: Final = Words(
    "このデータセットで直した記録が多すぎます。もとのファイルを直してください。",
    "Too many records of this data set stand against its file; please correct the file.",
    "なおした ものが おおすぎます。ファイルを なおして ください。",
)


class CorrectRecord(msgspec.Struct, frozen=True):
    """Correct the record `id` of a data set: `values` of the cells named in `columns` (their keys), and why. `let`: for each cell that may
    speak of people and may be published all the same, `<key>=<reason>`."""

    id: str
    data_set: str
    reason: Annotated[
        str, msgspec.Meta(min_length=1, max_length=REASON_MAX), Label(Words("直す理由", "Why", "わけ"))
    ]
    columns: Annotated[tuple[str, ...], msgspec.Meta(max_length=CELLS_MAX)] = ()
    values: Annotated[tuple[str, ...], msgspec.Meta(max_length=CELLS_MAX)] = ()
    let: Annotated[tuple[str, ...], msgspec.Meta(max_length=CELLS_MAX)] = ()


def needed_for_correcting(form: CorrectRecord, asked: Asked) -> tuple[str, ...]:
    """The record, what was corrected in it before, its data set, and what was cleared when that came in."""
    return (form.id, correction_id(form.id), form.data_set, run_of(form.data_set))


def sought_for_correcting(form: CorrectRecord, asked: Asked) -> tuple[Query, ...]:
    """The records of the data set that have one of the numbers that are written."""
    return numbers_sought(form)


def numbers_sought(form: CorrectRecord) -> tuple[Query, ...]:
    """What finds the records of the data set that have one of the numbers of a form."""
    texts = dict(zip(form.columns, form.values, strict=False))
    return queries_of_numbers(form.id, form.data_set, texts)


def may_correct(person: Person, data_set: Any) -> bool:
    """Whether somebody of the town hall may correct records of a data set."""
    return not data_set.office or bool({data_set.office, EVERY_OFFICE} & person.offices)


def correct_record(state: State, form: CorrectRecord, asked: Asked) -> Accepted | Refused:
    """Keep what was written, or say of each cell what is wrong with it."""
    record, data_set = state.get(form.id), state.get(form.data_set)
    if not isinstance(record, Record) or not isinstance(data_set, DataSet) or record.data_set != data_set.id:
        return Refused("not_found")
    if not may_correct(asked.person, data_set):
        return Refused("not_allowed")
    judged = judge(record, data_set, form, state.get(run_of(data_set.id)), tuple(state.values()))
    if isinstance(judged, Refused):
        return judged
    after, known, texts = judged
    changes = tuple(
        CellChange(key, known[key].column, text_of(record, known[key]), text_of(after, known[key]))
        for key in texts
    )
    kept = state.get(correction_id(form.id))
    noted = _noted(kept if isinstance(kept, Correction) else None, after, changes, form, asked)
    marks = [one for one in data_set.corrected if one != mark_of(record.id)]
    if noted.standing and len(marks) >= CORRECTED_MAX:
        return Refused("invalid", (Fault("reason", "too_many", _MANY),))
    renewed = _renewed(data_set, record, after, asked)
    corrected = (*marks, *((mark_of(record.id),) if noted.standing else ()))
    writes = (after, noted, msgspec.structs.replace(renewed, corrected=corrected))
    return Accepted(writes=writes, answer={"id": record.id, "changed": len(changes)})


def judge(
    record: Record, data_set: DataSet, form: CorrectRecord, run: Any, others: Sequence[object]
) -> tuple[Record, Mapping[str, Cell], Mapping[str, str]] | Refused:
    """The record as it would be, its cells by key, and those that are written anew; or everything that is wrong with them. `others` hold
    what else of the data set has one of the numbers that are written (`numbers`), and what was corrected in the record before."""
    cells = cells_of(data_set, record)
    known = {cell.key: cell for cell in cells}
    told = {key: _trimmed(text) for key, text in zip(form.columns, form.values, strict=False) if key in known}
    texts = {key: text for key, text in told.items() if text != text_of(record, known[key])}
    if not texts:
        return Refused("invalid", (Fault("reason", "nothing", NOTHING),))
    written = write_cells(record, cells, texts)
    if written.record is None:
        return Refused(
            "invalid", tuple(Fault(one.column, one.code, WORDS[one.code]) for one in written.issues)
        )
    anew, filed = [known[key] for key in texts], _filed(record, others)
    faults = (
        *faults_of_numbers(data_set, written.record, anew, others),
        *faults_of_days(data_set, record, texts, anew, filed),
    )
    if faults:
        return Refused("invalid", faults)
    let = {key: why for key, _, why in (one.partition("=") for one in form.let)}
    faults = _faults_of_people(cells, written.record, texts, (let, run))
    return Refused("invalid", faults) if faults else (written.record, known, texts)


def _filed(record: Record, others: Sequence[object]) -> dict[str, str]:
    """What the file says of the cells that stand against it, by key."""
    kept = (one for one in others if isinstance(one, Correction) and one.record == record.id)
    return {cell.key: cell.was for one in kept for cell in one.standing}


def _faults_of_people(
    cells: Sequence[Cell], after: Record, texts: Mapping[str, str], told: tuple[Mapping[str, str], Any]
) -> tuple[Fault, ...]:
    """What of the written cells may speak of people, and was neither cleared now nor when the file came in."""
    let, run = told
    gate = Gate({cell.key: cell.key for cell in cells}, {cell.key: cell.column for cell in cells})
    gate.see(1, ((cell.key, text) for cell in cells if (text := text_of(after, cell))))
    columns = {cell.column: cell.key for cell in cells}
    before = run.cleared if isinstance(run, ImportRun) else ()
    known = [msgspec.structs.replace(one, column=columns.get(one.column, "")) for one in before]
    doubts = [one for one in gate.doubts() if one.column in texts]
    reasons = {key: why for key, why in let.items() if len(why.strip()) >= REASON_MIN}
    return tuple(
        Fault(one.column, "my_number", NEVER_WORDS)
        if one.sort in NEVER
        else Fault(one.column, "people", _asking(one.sort))
        for one in decide(gate.looked, doubts, reasons, known).held
    )


def _asking(sort: str) -> Words:
    """Why a cell is asked about."""
    what = SORTS[sort]
    return Words(
        f"人についての情報かもしれません（{what.ja}）。公開してよいなら、その理由を{REASON_MIN}文字以上で書いてください。",
        f"This may speak of people ({what.en}). If it may be published, please say why, in {REASON_MIN} characters or more.",
        f"人（ひと）の ことかも しれません。見（み）せて よい わけを {REASON_MIN}文字（もじ）より 長（なが）く 書（か）いて ください。",
    )


def _noted(
    kept: Correction | None,
    after: Record,
    changes: tuple[CellChange, ...],
    form: CorrectRecord,
    asked: Asked,
) -> Correction:
    """What was corrected in a record, with one act more; a cell that says again what its file says stands no more."""
    before = kept or Correction(correction_id(after.id), after.id, after.data_set)
    standing = {one.key: one for one in before.standing}
    changes = tuple(msgspec.structs.replace(one, by_hand=one.key in standing) for one in changes)
    by = asked.person.name or asked.person.account_id
    for one in changes:
        was = standing[one.key].was if one.key in standing else one.before
        standing.pop(one.key, None)
        if one.after != was:
            standing[one.key] = Corrected(one.key, one.column, was, one.after, asked.now, by)
    act = Act(asked.now, by, form.reason, changes, form.let)
    return msgspec.structs.replace(
        before,
        title=str(getattr(after, "name", "") or after.id.rpartition(":")[2]),
        standing=tuple(standing.values()),
        acts=(*before.acts, act)[-ACTS_MAX:],
    )


def _renewed(data_set: DataSet, before: Record, after: Record, asked: Asked) -> DataSet:
    """The data set with its day, its places where one of them moved, and the columns that are filled for the first time."""
    located = data_set.located
    if located is not None:
        located += (after.location is not None) - (before.location is not None)
    box = data_set.box
    if after.location is not None:
        own = bounds_of(after.location)
        box = (*map(min, box[:2], own[:2]), *map(max, box[2:], own[2:])) if box else own
    filled = {name for name in after.__struct_fields__ if getattr(after, name) not in (None, "", (), {})}
    items = {*data_set.items, *(filled - OF_EVERY_RECORD)} if data_set.items else ()
    further = [column for column in after.details if column not in data_set.details]
    sorts = (*data_set.detail_sorts, *("text" for _ in further)) if data_set.detail_sorts else ()
    return msgspec.structs.replace(
        data_set,
        changed_at=asked.now,
        located=located,
        box=tuple(box),
        items=tuple(sorted(items)),
        details=(*data_set.details, *further),
        detail_sorts=sorts,
    )


def form_of(record: Record, data_set: DataSet) -> CorrectRecord:
    """A record as the form that corrects it."""
    cells = cells_of(data_set, record)
    columns, values = tuple(one.key for one in cells), tuple(text_of(record, one) for one in cells)
    return CorrectRecord(record.id, data_set.id, "", columns, values)


def kept_record(state: State, form: CorrectRecord, asked: Asked) -> Standing | None:
    """The record as it stands now."""
    record, data_set = state.get(form.id), state.get(form.data_set)
    if not isinstance(record, Record) or not isinstance(data_set, DataSet):
        return None
    return Standing(record, form_of(record, data_set))


def words_of_cell(record: Record, key: str) -> Words:
    """What people call a cell of a record: its item, or its heading."""
    item = None if key.startswith(DETAIL) else kind_of(record).item(key)
    heading = key.removeprefix(DETAIL)
    return item.words if item is not None else Words(heading, heading)


def run_of(data_set: str) -> str:
    """The id of the latest import of a data set."""
    return data_set.replace(":DataSet:", ":ImportRun:")


def _trimmed(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


RECORD_EDITS: Final = Edits(
    kept_record,
    attributes=dict.fromkeys(POSITION, "location"),
    rows=("columns", "values"),
    row_words=words_of_cell,
)
CORRECTING: Final = Command(
    "correct_record",
    Words("1件を直す", "Correct a record", "1つを なおす"),
    CorrectRecord,
    correct_record,
    needed_for_correcting,
    page="opendata/corrections",
    seeks=sought_for_correcting,
    edits=RECORD_EDITS,
)
