"""Two people with the same form: what each of them changed is kept, and where both changed one field whoever comes later chooses. Pure.

    opened (a digest of each field, in the form) ─┐
    kept   (what stands now) ─────────────────────┼► field by field ─► only theirs changed ─► theirs stays
    sent   (what came) ───────────────────────────┘                  ├► only mine changed ──► mine is kept
                                                                     ├► both, alike ────────► as it is
                                                                     └► both, otherwise ────► refused: `Overtaken`, and nothing is kept

A command that writes a whole entity out of a form says how that entity stands as this form (`Command.edits`). The rule then gets the
form as it is after the comparison, within the transaction that keeps it. Digests are enough to see who changed what, and say
nothing that the form did not show. A program that sends no `opened` says all fields, as before (docs/decisions/0049-editing.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast

import msgspec

from kaiteki.kit.forms import tidy
from kaiteki.model.decision import Asked, Fault, Refused
from kaiteki.model.entity import Json
from kaiteki.model.words import Words

OPENED: Final = "opened"
"""The field of a page that carries the digests; `opened.<field>` is what somebody chose where both had changed it."""
OPENED_LENGTH_MAX: Final = 60_000
MINE, THEIRS = "mine", "theirs"
_DIGEST_LENGTH: Final = 12
_BOTH_CHANGED: Final = Words(
    "ほかの職員が先に直しました",
    "Somebody else changed it first",
    "ほかの 人（ひと）が さきに なおしました",
)


class Standing(NamedTuple):
    """What is kept now: the view of the entity that a command edits, and the same as the form of the command."""

    view: msgspec.Struct
    form: msgspec.Struct


class Edits(msgspec.Struct, frozen=True):
    """How what a command edits stands as its form. `kept` gets (state, form as sent, asked); None: there is nothing to edit yet.

    `attributes` names the field of the view for those of the form that are called otherwise. `rows` are two fields that are read
    side by side, names and values: each row then counts as a field of its own.
    """

    kept: Callable[[Mapping[str, Any], Any, Asked], Standing | None]
    attributes: Mapping[str, str] = {}
    rows: tuple[str, str] | None = None
    row_words: Callable[[Any, str], Words] = lambda view, name: Words(name, name)
    """What people call a row of the view, by its name."""

    def meet(
        self, state: Mapping[str, Any], form: Any, asked: Asked, opened: str
    ) -> msgspec.Struct | Overtaken:
        """What a rule decides over: the form with what others changed since it was opened; as it is, where it does not say that."""
        standing = self.kept(state, form, asked) if opened else None
        return form if standing is None else met(self, form, standing, opened)


class Overtaken(Refused, frozen=True, kw_only=True):
    """Refused, for both changed the same fields (`faults` name them): the forms as sent and as kept, and what was edited."""

    edits: Edits
    sent: msgspec.Struct
    standing: Standing


def opened_by(fields: Mapping[str, Sequence[str]]) -> str:
    """What a posted form was opened with, after what was chosen in it; empty where it says nothing of that."""
    told = (fields.get(OPENED) or [""])[-1]
    digests = _digests(told)
    for name, values in fields.items():
        choice, _, seen = (values[-1] if values else "").partition(":")
        if name.startswith(f"{OPENED}.") and choice in (MINE, THEIRS):
            # mine: I have seen theirs, which stands; theirs: I leave it as it is
            digests[name.removeprefix(f"{OPENED}.")] = seen if choice == MINE else ""
    return msgspec.json.encode(digests).decode() if told else ""


def opened_of(edits: Edits, form: msgspec.Struct) -> str:
    """What a page that shows a form carries along: a digest of each field."""
    digests = {name: digest(value) for name, value in fields_of(edits, form).items()}
    return msgspec.json.encode(digests).decode()


def opening(fields: Mapping[str, Sequence[str]], edits: Edits, form: msgspec.Struct) -> str:
    """The `opened` of a page: as it was posted, where it is shown once more, else that of the form as it stands."""
    return opened_by(fields) or opened_of(edits, form)


def met(edits: Edits, sent: msgspec.Struct, standing: Standing, opened: str) -> msgspec.Struct | Overtaken:
    """The form with what somebody changed in it and what others changed since it was opened."""
    digests = _digests(opened)
    mine, theirs = fields_of(edits, sent), fields_of(edits, standing.form)
    taken: dict[str, Json] = {}
    crossed: list[str] = []
    for name, value in theirs.items():
        ours, now, before = digest(mine.get(name, value)), digest(value), digests.get(name)
        if before in ("", ours):
            taken[name] = value
        elif now not in (before, ours):
            # what was not told as opened is compared as if both had changed it
            crossed.append(name)
    if crossed:
        faults = tuple(Fault(name, "overtaken", _BOTH_CHANGED) for name in crossed)
        return Overtaken("conflict", faults, edits=edits, sent=sent, standing=standing)
    return _with(edits, sent, standing.form, taken)


def fields_of(edits: Edits, form: msgspec.Struct) -> dict[str, Json]:
    """The fields of a form with their plain values; of `rows` each row as `<values>.<name>`."""
    plain = cast("dict[str, Json]", msgspec.to_builtins(form))
    if edits.rows is None:
        return plain
    names, values = (cast("list[str]", plain.pop(one)) for one in edits.rows)
    return plain | {f"{edits.rows[1]}.{name}": value for name, value in zip(names, values, strict=False)}


def digest(value: Json) -> str:
    """The mark of a value: texts as they are kept, whole and other numbers alike."""
    text = msgspec.json.encode(_even(value), order="deterministic")
    return hashlib.sha256(text).hexdigest()[:_DIGEST_LENGTH]


# How it is done ---------------------------------------------------------------------------------------------------


def _with(
    edits: Edits, sent: msgspec.Struct, kept: msgspec.Struct, taken: Mapping[str, Json]
) -> msgspec.Struct:
    """The sent form with some fields as they are kept."""
    whole = {name: getattr(kept, name) for name in kept.__struct_fields__ if name in taken}
    if edits.rows is not None:
        names, values = edits.rows
        rows = {
            **dict(zip(getattr(sent, names), getattr(sent, values), strict=False)),
            **{name.removeprefix(f"{values}."): value for name, value in taken.items() if name not in whole},
        }
        whole |= {names: tuple(rows), values: tuple(rows.values())}
    return msgspec.structs.replace(sent, **whole)


def _even(value: Json) -> Json:
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dict):
        return {name: _even(part) for name, part in cast("dict[str, Json]", value).items()}
    return [_even(part) for part in cast("list[Json]", value)] if isinstance(value, list) else value


def _digests(opened: str) -> dict[str, str]:
    """What was told as opened. What is no such text says nothing of any field, so that each of them is compared as if both changed it."""
    try:
        return msgspec.json.decode(opened[:OPENED_LENGTH_MAX] or "{}", type=dict[str, str])
    except msgspec.DecodeError:
        return {}
