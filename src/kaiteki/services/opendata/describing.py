"""Staff say of a data set what no file says: description, conditions, office, rhythm, theme, keywords, the days it speaks of."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import msgspec

from kaiteki.kit.editing import Edits, Standing, opening
from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import Command, State
from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.model.decision import Accepted, Asked, Fault, Refused
from kaiteki.model.instant import is_day
from kaiteki.model.open_data import LICENCES, RHYTHMS, THEMES
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import no_data_set
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.settings import settings_of
from kaiteki.services.opendata.standard.table import standard_types

KEYWORDS_MAX: Final = 20
KEYWORD_LENGTH_MAX: Final = 50
_BETWEEN: Final = re.compile(r"[,、，\n]")
_TITLE: Final = Words("名前", "Title", "なまえ")


class Describe(msgspec.Struct, frozen=True):
    """Describe a data set. Empty: as the file and its type say. `since` and `until` are days (ISO 8601), `keywords` have commas between."""

    id: str
    title: Annotated[str, Label(_TITLE), msgspec.Meta(min_length=1, max_length=200)]
    description: Annotated[
        str, Label(Words("説明", "Description", "せつめい")), msgspec.Meta(max_length=2000)
    ] = ""
    source: Annotated[str, Label(Words("出典", "Source", "だれの データ")), msgspec.Meta(max_length=200)] = ""
    licence: Annotated[
        str, Label(Words("利用条件", "Licence", "つかう きまり")), msgspec.Meta(max_length=200)
    ] = ""
    office: Annotated[str, Label(Words("担当", "Office", "たんとう")), msgspec.Meta(max_length=60)] = ""
    rhythm: Annotated[
        str, Label(Words("更新の約束", "Promised rhythm", "いつ かわるか")), msgspec.Meta(max_length=20)
    ] = ""
    theme: Annotated[str, Label(Words("テーマ", "Theme", "テーマ")), msgspec.Meta(max_length=20)] = ""
    category: Annotated[
        str,
        Label(
            Words("分類（標準データセット）", "Filed as (standard data set)", "しゅるい（きまった かたち）")
        ),
        msgspec.Meta(max_length=100),
    ] = ""
    keywords: Annotated[
        str, Label(Words("キーワード", "Keywords", "ことば")), msgspec.Meta(max_length=1000)
    ] = ""
    since: Annotated[str, Label(Words("対象の期間（始め）", "Days it speaks of, from", "いつから")), msgspec.Meta(max_length=10)] = ""  # fmt: skip
    until: Annotated[str, Label(Words("対象の期間（終わり）", "until", "いつまで")), msgspec.Meta(max_length=10)] = ""  # fmt: skip


def needed_for_describing(form: Describe, asked: Asked) -> tuple[str, ...]:
    """The data set."""
    return (form.id,)


def describe(state: State, form: Describe, asked: Asked) -> Accepted | Refused:
    """Keep what staff say; an import leaves it alone."""
    kept = state.get(form.id)
    if not isinstance(kept, DataSet):
        return Refused("not_found")
    keywords = tuple(dict.fromkeys(one for part in _BETWEEN.split(form.keywords) if (one := part.strip())))
    faults = [*_faults_of_codes(form, asked), *_faults_of_days(form), *_faults_of_keywords(keywords)]
    if faults:
        return Refused("invalid", tuple(faults))
    after = msgspec.structs.replace(
        kept,
        title=form.title.strip(),
        description=form.description.strip(),
        source=form.source.strip(),
        licence=form.licence.strip(),
        office=form.office,
        rhythm=form.rhythm,
        theme=form.theme,
        category=form.category.strip(),
        keywords=keywords,
        since=form.since,
        until=form.until,
    )
    return Accepted(writes=(after,), answer={"id": kept.id})


def described(one: DataSet) -> Describe:
    """A data set as the form of its description."""
    same = {name: getattr(one, name) for name in Describe.__struct_fields__ if name != "keywords"}
    return Describe(**same, keywords="、".join(one.keywords))


def kept_description(state: State, form: Describe, asked: Asked) -> Standing | None:
    """What is said of the data set now."""
    kept = state.get(form.id)
    return Standing(kept, described(kept)) if isinstance(kept, DataSet) else None


DESCRIPTION_EDITS: Final = Edits(kept_description)


DESCRIBING: Final = Command(
    name="describe",
    words=Words(ja="データの説明を書く", en="Describe the data", easy="せつめいを 書（か）く"),
    form=Describe,
    decide=describe,
    needs=needed_for_describing,
    on="DataSet",
    edits=DESCRIPTION_EDITS,
)


def _faults_of_codes(form: Describe, asked: Asked) -> list[Fault]:
    offices = {one.code for one in settings_of(asked).offices}
    rows = (("office", form.office, offices), ("rhythm", form.rhythm, RHYTHMS), ("theme", form.theme, THEMES))
    words = Words("一覧から選んでください。", "Please choose from the list.", "えらんで ください。")
    return [Fault(field, "unknown", words) for field, told, known in rows if told and told not in known]


def _faults_of_days(form: Describe) -> list[Fault]:
    words = Words(
        "日付を 2026-04-01 のように書いてください。", "Please write the day as in 2026-04-01.", "2026-04-01 の ように 書（か）いて ください。"
    )  # fmt: skip
    faults = [
        Fault(name, "pattern", words)
        for name, told in (("since", form.since), ("until", form.until))
        if told and not is_day(told)
    ]
    if not faults and form.since and form.until and form.since > form.until:
        order = Words("始めより後の日にしてください。", "It has to be after the first day.", "はじめの 日（ひ）より あとに して ください。")  # fmt: skip
        faults.append(Fault("until", "order", order))
    return faults


def _faults_of_keywords(keywords: tuple[str, ...]) -> list[Fault]:
    if len(keywords) <= KEYWORDS_MAX and all(len(one) <= KEYWORD_LENGTH_MAX for one in keywords):
        return []
    words = Words(
        f"{KEYWORDS_MAX}個まで、1つ{KEYWORD_LENGTH_MAX}文字までです。",
        f"At most {KEYWORDS_MAX} of {KEYWORD_LENGTH_MAX} characters each.",
        f"{KEYWORDS_MAX}個（こ）までです。",
    )
    return [Fault("keywords", "too_many", words)]


async def show_describe(ask: PageAsk) -> PageReply:
    """The form, as the data set stands."""
    one = await ask.city.get(DataSet, ask.path.get("id", ""))
    if one is None:
        return no_data_set(ask)
    return _page(ask, one, msgspec.structs.asdict(described(one)), ())


async def act_describe(ask: PageAsk) -> PageReply:
    """Keep it, or show what is wrong with what was written."""
    one = await ask.city.get(DataSet, ask.path.get("id", ""))
    if one is None:
        return no_data_set(ask)
    told = {name: next(iter(ask.fields.get(name, ())), "") for name in Describe.__struct_fields__}
    told["id"] = one.id
    done = await ask.city.run("opendata.describe", told)
    if isinstance(done, Refused):
        return _page(ask, one, told, done.faults)
    note = Words("保存しました。", "Kept.", "のこしました。")
    return Moved(f"data/{one.id}", note.say(ask.language))


def _page(ask: PageAsk, one: Any, told: dict[str, Any], faults: tuple[Fault, ...]) -> Shown:
    kind, language = standard_types().get(one.record_type), ask.language
    return Shown(
        {
            "title": one.title,
            "data_set": one,
            "opened": opening(ask.fields, DESCRIPTION_EDITS, described(one)),
            "told": told,
            "wrong": {fault.field: fault.words.say(language) for fault in faults},
            "faults": faults,
            "licences": [words.words.ja for words in LICENCES.values()],
            "offices": [(x.code, x.words.say(language)) for x in getattr(ask.settings, "offices", ())],
            "rhythms": [(code, x.words.say(language)) for code, x in RHYTHMS.items() if code != "UNKNOWN"],
            "themes": [(code, words.say(language)) for code, words in THEMES.items()],
            "usual_theme": THEMES[kind.theme].say(language) if kind is not None else "",
            "usual_category": kind.category if kind is not None else "",
        },
        status=422 if faults else 200,
    )
