"""点検テーマ at the desk: begin one, put it right, end it, and take the end back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kaiteki.kit.editing import opening
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown
from kaiteki.kit.views import ordered
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.reports.browse import faults_of
from kaiteki.services.reports.model import Theme, theme_id
from kaiteki.services.reports.queries import Wish, count_reports, first_of, settings_in
from kaiteki.services.reports.theme_rules import THEME_EDITS, theme_form

THEMES_MAX: Final = 50
TEXTS: Final = ("title", "text", "title_en", "text_en", "title_easy", "text_easy", "category")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_JAPAN: Final = timedelta(hours=9)
_DAY: Final = 86_400_000_000


async def show_themes(ask: PageAsk) -> PageReply:
    """The themes, and the form of a new one or of `?edit=`."""
    return await _themes(ask, (), {})


async def _themes(ask: PageAsk, faults: tuple[Fault, ...], given: dict[str, str]) -> PageReply:
    newest = Query(order=(ordered(Theme, "date_start", descending=True),), limit=THEMES_MAX)
    found = await ask.city.find(Theme, newest)
    themes: list[Theme] = list(found.items)
    edited = next((one for one in themes if _code(one) == ask.query.get("edit")), None)
    settings, said = settings_in(ask), ask.language
    return Shown(
        {
            "themes": [
                {
                    "theme": one,
                    "code": _code(one),
                    "running": one.status == "open" and one.date_start <= ask.now < one.date_end,
                    "ahead": one.status == "open" and ask.now < one.date_start,
                    "count": await count_reports(ask, Wish(shelf=f"theme/{one.id}")),
                }
                for one in themes
            ],
            "edited": edited,
            "opened": opening(ask.fields, THEME_EDITS, theme_form(edited)) if edited else "",
            "given": given or (_fields(edited) if edited else _blank(ask)),
            "categories": [(c.code, c.words.say(said)) for c in settings.categories if c.kind == "problem"],
            "faults": faults,
        },
        422 if faults else 200,
    )


def _code(theme: Theme) -> str:
    return theme.id.rsplit(":", 1)[-1]


def _blank(ask: PageAsk) -> dict[str, str]:
    dates = {"date_start": _day(ask.now), "date_end": _day(Instant(ask.now + 30 * _DAY))}
    return {**dict.fromkeys((*TEXTS, "questions"), ""), **dates}


def _fields(theme: Theme) -> dict[str, str]:
    """A theme as its form shows it."""
    form = theme_form(theme)
    return {
        **{name: getattr(form, name) for name in TEXTS},
        "date_start": _day(theme.date_start),
        "date_end": _day(Instant(theme.date_end - 1)),
        "questions": "\n".join(form.questions),
    }


def _day(at: Instant) -> str:
    return f"{_EPOCH + timedelta(microseconds=at) + _JAPAN:%Y-%m-%d}"


ANSWERS: Final = {
    "close": Words(
        "テーマを終えました。「再開する」で戻せます。",
        "The theme has ended. It can be reopened.",
        "テーマを おわりました。「もういちど」で もどせます。",
    ),
    "reopen": Words("テーマを再開しました。", "The theme is open again.", "テーマを また はじめました。"),
}
KEPT: Final = Words("テーマを保存しました。", "The theme is kept.", "テーマを のこしました。")


async def act_on_themes(ask: PageAsk) -> PageReply:
    """Keep, end or reopen a theme."""
    do, code = first_of(ask.fields, "do"), first_of(ask.fields, "code")
    if do == "close":
        done = await ask.city.run("reports.close_theme", {"id": theme_id(code)})
    elif do == "reopen":
        kept = await ask.city.get(Theme, theme_id(code))
        if kept is None:
            return Missing()
        done = await ask.city.run("reports.open_theme", _form(code, _fields(kept)))
    else:
        given = {name: first_of(ask.fields, name) for name in (*TEXTS, "date_start", "date_end", "questions")}
        done = await ask.city.run("reports.open_theme", _form(code or f"t{ask.seed:x}"[:20], given))
        if isinstance(done, Refused):
            return await _themes(ask, faults_of(done), given)
    if isinstance(done, Refused):
        return await _themes(ask, faults_of(done), {})
    return Moved("reports/desk/themes", ANSWERS.get(do, KEPT).say(ask.language))


def _form(code: str, given: dict[str, str]) -> dict[str, Any]:
    """A posted or kept theme as the form of the command: whole local days, the last one included."""
    start, end = given["date_start"], given["date_end"]
    return {
        "code": code,
        **{name: given[name] for name in TEXTS},
        "date_start": f"{start}T00:00:00+09:00" if start else "",
        "date_end": f"{end}T23:59:59+09:00" if end else "",
        "questions": [line.strip() for line in given["questions"].splitlines() if line.strip()],
    }
