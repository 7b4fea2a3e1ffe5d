"""The pages of readability: staff check a file before it is published, everybody reads the verdict on a published one."""

from __future__ import annotations

import asyncio
import io
from functools import partial
from typing import Any, Final

from kaiteki.kit.pages import PageAsk, PageReply, Shown, Upload
from kaiteki.model.decision import Fault
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import no_data_set
from kaiteki.services.opendata.intake.privacy import SORTS, Doubt, doubts_of
from kaiteki.services.opendata.intake.refusal import WORDS as REFUSALS
from kaiteki.services.opendata.intake.refusal import form_of, has_rows, words_of
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.readability.contents.kinds import KINDS
from kaiteki.services.opendata.readability.contents.notices import Noticed
from kaiteki.services.opendata.readability.finding import WHATS
from kaiteki.services.opendata.readability.judging import Judged, Verdict, look_through, refuse
from kaiteki.services.opendata.readability.reading import OTHERS, TEXTS, WORKBOOKS, read_file
from kaiteki.services.opendata.readability.report import Readability, judged_of, report_id
from kaiteki.services.opendata.readability.rules import SOURCE, rules
from kaiteki.services.opendata.reading.source import Issue, Source, Unreadable

LEVELS: Final = (
    Words("レベル1：機械が読めるファイル", "Level 1: a file that programs read", "レベル1：読（よ）める ファイル"),
    Words("レベル2：機械が分かる表", "Level 2: a table that programs understand", "レベル2：わかる 表（ひょう）"),
    Words("レベル3：ほかのデータとつながる", "Level 3: data that join with others", "レベル3：つながる データ"),
)  # fmt: skip
STATES: Final = {
    "kept": (Words("適合", "Kept", "できて います"), "good"),
    "broken": (Words("要修正", "To mend", "なおして ください"), "warn"),
    "people": (Words("人が確認", "For people", "人（ひと）が 見（み）ます"), "plain"),
    "other_form": (Words("対象外", "Not for this form", "かんけい ありません"), "plain"),
}
_STATED: Final = {
    "source": Words("出典", "Source", "だれの データ"),
    "licence": Words("利用条件", "Licence", "使（つか）う きまり"),
}


async def show_check(ask: PageAsk) -> PageReply:
    """A form for a file; nothing of it is kept."""
    return Shown({"faults": (), "judged": None, "file_name": "", "doubts": ()})


async def act_check(ask: PageAsk) -> PageReply:
    """The verdict on the file that came with the form."""
    upload = next(iter(ask.files.get("file", ())), None)
    if upload is None:
        return _refused(
            "missing",
            Words("ファイルを選んでください。", "Please choose a file.", "ファイルを えらんで ください。"),
        )
    source = source_of(upload.name, upload.content)
    if source.suffix in (*TEXTS, *WORKBOOKS) and (form := form_of(source)):
        return _refused(form, REFUSALS[form])
    try:
        judged = await asyncio.to_thread(judge_upload, upload)
        people = await asyncio.to_thread(find_people, source)
    except Unreadable as error:
        return _refused(error.issue.code, words_of(error))
    doubts = [
        [
            doubt.column,
            SORTS[doubt.sort].say(ask.language),
            {"text": f"{doubt.count:,}", "number": True},
            ", ".join(map(str, doubt.lines)),
        ]
        for doubt in people
    ]
    said = said_of(judged, ask.language)
    return Shown({"faults": (), "file_name": upload.name, "doubts": doubts, **said})


def find_people(source: Source) -> tuple[Doubt, ...]:
    """What in a table may speak of people, as it would hold a delivery back. Raises Unreadable."""
    if source.suffix not in (*TEXTS, *WORKBOOKS):
        return ()
    return tuple(doubt for sheet in read_file(source) for doubt in doubts_of(sheet))


def judge_upload(upload: Upload) -> Judged:
    """The verdict on a file that came with a form. Raises Unreadable."""
    source = source_of(upload.name, upload.content)
    if source.suffix not in (*TEXTS, *WORKBOOKS, *OTHERS):
        return refuse(source.suffix)
    sheets = read_file(source)
    if source.suffix in (*TEXTS, *WORKBOOKS) and not has_rows(sheets):
        raise Unreadable(Issue("no_rows", level="refused"))
    return look_through(sheets)


def source_of(name: str, content: bytes) -> Source:
    """Bytes under a name as the readers see a file."""
    opened = partial(io.BytesIO, content)
    return Source(name, name, "", opened, {name: opened})


def _refused(code: str, words: Words) -> Shown:
    return Shown(
        {"faults": (Fault("file", code, words),), "judged": None, "file_name": "", "doubts": ()}, 422
    )


async def show_readability(ask: PageAsk) -> PageReply:
    """The verdict on the file of a data set (or that of a named verdict)."""
    one = await ask.city.get(DataSet, ask.path.get("id", "").replace(":Readability:", ":DataSet:"))
    if one is None:
        return no_data_set(ask)
    report = await ask.city.get(Readability, report_id(one.id.rpartition(":")[2]))
    said = said_of(judged_of(report), ask.language) if report is not None else {"judged": None}
    return Shown({"title": one.title, "data_set": one, "report": report, **said})


def said_of(judged: Judged, language: str) -> dict[str, Any]:
    """What the pages show of a verdict: points and rules by level, then the places."""
    levels = [
        {
            "words": words.say(language),
            "points": judged.levels[at],
            "broken": sum(
                1 for one in judged.verdicts if one.state == "broken" and rules()[one.rule].level == at + 1
            ),
            "rows": [
                _rule_row(one, language) for one in judged.verdicts if rules()[one.rule].level == at + 1
            ],
        }
        for at, words in enumerate(LEVELS)
    ]
    broken = [one for one in judged.verdicts if one.state == "broken"]
    places = [_place_row(found, language) for one in broken for found in one.examples]
    values = {"judged": judged, "levels": levels, "broken": broken, "places": places, "rule_source": SOURCE}
    return {**values, **noticed_of(judged.noticed, language)}


def noticed_of(noticed: tuple[Noticed, ...], language: str) -> dict[str, Any]:
    """What the pages show of the contents: kinds with their counts and what to do, then the places that whoever asks may see."""
    kinds = [
        [
            KINDS[one.kind].words.say(language),
            {"text": f"{one.count:,}", "number": True},
            KINDS[one.kind].mend.say(language),
        ]
        for one in noticed
    ]
    places = [
        [found.at or "—", found.value or "—", KINDS[one.kind].words.say(language)]
        for one in noticed
        for found in one.examples
    ]
    return {"noticed": kinds, "noticed_places": places}


def _rule_row(verdict: Verdict, language: str) -> list[Any]:
    rule, (words, colour) = rules()[verdict.rule], STATES[verdict.state]
    return [
        {"text": rule.id, "number": False},
        rule.words.say(language),
        {"text": words.say(language), "tag": colour},
        {"text": f"{verdict.count:,}" if verdict.count else "—", "number": True},
        rule.mend.say(language) if verdict.state == "broken" else "—",
    ]


def _place_row(found: Any, language: str) -> list[Any]:
    value = _STATED[found.value].say(language) if found.what == "unstated" else found.value
    return [found.at or "—", value or "—", WHATS[found.what].say(language), found.rule]
