"""点検テーマ: what an area asks everybody to look at for a while; and the word to an office before a promised day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.editing import Edits, Standing
from kaiteki.kit.letters import read_letters
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Fault, Message, Refused
from kaiteki.model.words import Words
from kaiteki.services.reports.faults import fault
from kaiteki.services.reports.forms import CloseTheme, OpenTheme
from kaiteki.services.reports.keeping import keep
from kaiteki.services.reports.model import Report, Theme, theme_id
from kaiteki.services.reports.shelves import is_due_soon
from kaiteki.services.reports.steps import refuse, settings_of

LETTERS: Final = read_letters("kaiteki.services.reports")

# Themes and terms -------------------------------------------------------------------------------------------------


def open_theme_needs(form: OpenTheme, asked: Asked) -> Sequence[str]:
    """A theme of the same code."""
    return (theme_id(form.code),)


def open_theme(state: State, form: OpenTheme, asked: Asked) -> Accepted | Refused:
    """点検テーマ: everybody is asked to look for one thing during a period."""
    settings = settings_of(asked)
    faults: list[Fault] = []
    if settings.category(form.category) is None:
        faults.append(fault("category", "choice"))
    if form.date_end <= form.date_start:
        faults.append(fault("date_end", "order"))
    if faults:
        return Refused("invalid", tuple(faults))
    questions = tuple(
        {"code": f"q{n}", "words": {"ja": text, "en": text}} for n, text in enumerate(form.questions, 1)
    )
    theme = Theme(
        theme_id(form.code),
        Words(form.title, form.title_en or form.title, form.title_easy),
        Words(form.text, form.text_en or form.text, form.text_easy),
        form.category,
        form.date_start,
        form.date_end,
        questions,
    )
    return Accepted(writes=(theme,), answer={"id": theme.id})


def kept_theme(state: State, form: OpenTheme, asked: Asked) -> Standing | None:
    """The theme as its form, while there is one of the code."""
    kept = state.get(theme_id(form.code))
    return Standing(kept, theme_form(kept)) if isinstance(kept, Theme) else None


def theme_form(theme: Theme) -> OpenTheme:
    """A theme as the form that puts it right."""
    return OpenTheme(
        code=theme.id.rsplit(":", 1)[-1],
        title=theme.name.ja,
        text=theme.description.ja,
        category=theme.category,
        date_start=theme.date_start,
        date_end=theme.date_end,
        title_en=_own(theme.name.en, theme.name.ja),
        text_en=_own(theme.description.en, theme.description.ja),
        title_easy=theme.name.easy,
        text_easy=theme.description.easy,
        questions=tuple(str(one["words"]["ja"]) for one in theme.questions),
    )


def _own(text: str, usual: str) -> str:
    """A text that somebody wrote; nothing where the usual one only stands in for it."""
    return "" if text == usual else text


THEME_EDITS: Final = Edits(
    kept_theme,
    attributes={
        **dict.fromkeys(("title", "title_en", "title_easy"), "name"),
        **dict.fromkeys(("text", "text_en", "text_easy"), "description"),
    },
)


def close_theme_needs(form: CloseTheme, asked: Asked) -> Sequence[str]:
    """The theme that ends."""
    return (form.id,)


def close_theme(state: State, form: CloseTheme, asked: Asked) -> Accepted | Refused:
    """No more reports for the theme."""
    theme = state.get(form.id)
    if not isinstance(theme, Theme):
        return refuse(
            "not_found",
            "このテーマはありません。",
            "There is no such theme.",
            "この テーマは ありません。",
            "id",
        )
    return Accepted(writes=(msgspec.structs.replace(theme, status="closed"),), answer={"id": theme.id})


def warn_before_due(state: State, report: Report, asked: Asked) -> Accepted | Refused:
    """A word to the office once, before the promised day passes."""
    settings = settings_of(asked)
    if report.warned or not is_due_soon(report, settings, asked.now):
        return Accepted()
    office = settings.office(report.office)
    name = office.words if office else Words(report.office, report.office)
    title, body = LETTERS["due_soon"].told(number=report.number, office=name, name=report.name)
    message = Message(f"office:{report.office}", title, body, f"reports/desk?open={report.number}", report.id)
    warned = keep(msgspec.structs.replace(report, warned=True), settings, asked.now)
    return Accepted(writes=(warned,), messages=(message,))
