"""The page of the addresses from which files are fetched: what came of each, fetch now, stop, and a new one."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.forms import parse_fields
from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown, part_of_path
from kaiteki.kit.views import ordered
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.delivery import Delivery
from kaiteki.services.opendata.intake.harvest import (
    RESULTS,
    RHYTHMS,
    DeclareSource,
    FetchNow,
    HarvestSource,
    Switch,
)
from kaiteki.services.opendata.quality import WORDS

SHOWN_MAX: Final = 100
COLOURS: Final = {
    "stopped": "bad",
    "": "plain",
    "new": "good",
    "held": "warn",
    "unchanged": "plain",
    "failed": "bad",
}
WHYS: Final = {
    "unreachable": Words("アドレスにつながりません。アドレスを確かめてください。組織の中だけのアドレスには取りに行きません。詳しくは記録（ログ）にあります。", "The address cannot be reached. Please check it; addresses of private networks are not asked. The log says more.", "つながりません。アドレスを たしかめて ください。"),
    "columns": Words("列が変わりました（−なくなった列、＋増えた列）。取り込みは止まっています。列の対応を確かめて使い始めると、また動きます。", "The columns changed (− gone, ＋ new). Nothing was brought in. Try the columns and use them to go on.", "列（れつ）が かわりました。とめて います。"),
    "unforeseen": Words("思わぬことが起きました。記録（ログ）に残っています。", "Something unforeseen happened. It stands in the log.", "うまく いきませんでした。"),
    "status": Words("アドレスがエラーを返しました。", "The address answered with an error.", "エラーに なりました。"),
    "redirected": Words("アドレスは別のアドレスへ転送され、その先につながりません。転送先：", "The address leads to another one, which cannot be reached. It led to:", "べつの アドレスに かわりました。つながりません："),
    "redirects": Words("転送が多すぎます。", "Too many redirects.", "てんそうが 多（おお）すぎます。"),
    "no_resource": Words("カタログの答えにファイルのアドレスがありません。", "The answer of the catalogue names no file.", "ファイルの アドレスが ありません。"),
}  # fmt: skip


async def show_harvest(ask: PageAsk) -> PageReply:
    """All sources and the form."""
    return await _shown(ask, {}, ())


async def act_harvest(ask: PageAsk) -> PageReply:
    """Declare a source, fetch one now, stop or start one."""
    given = {name: values[0] for name, values in ask.fields.items() if values}
    form: Any
    if given.get("do") == "fetch":
        command, form = "opendata.fetch_now", FetchNow(given.get("id", ""))
    elif given.get("do") == "switch":
        command, form = "opendata.switch_source", Switch(given.get("id", ""))
    else:
        known = {name: values for name, values in ask.fields.items() if name != "do"}
        declared = parse_fields(DeclareSource, known)
        if isinstance(declared, tuple):
            return await _shown(ask, given, declared)
        command, form = "opendata.declare_source", declared
    done = await ask.city.run(command, form)
    if isinstance(done, Refused):
        return await _shown(ask, given, done.faults)
    return Moved("opendata/harvest")


async def _shown(ask: PageAsk, given: dict[str, str], faults: tuple[Fault, ...]) -> PageReply:
    wanted = Query(order=(ordered(HarvestSource, "title"),), limit=SHOWN_MAX)
    found = (await ask.city.find(HarvestSource, wanted)).items
    named = tuple(one.delivery for one in found if one.delivery)
    came = (await ask.city.find(Delivery, Query(ids=named, limit=SHOWN_MAX))).items if named else ()
    waiting = {one.id for one in came if one.state in ("open", "held")}
    sources = [
        {
            "one": one,
            "waits": one.delivery in waiting,
            "result": RESULTS[one.result].say(ask.language),
            "colour": COLOURS[one.result],
            "why": reason(one.why, ask.language),
            "page": f"opendata/harvest/{part_of_path(one.id)}",
            "file": f"opendata/files/{part_of_path(one.delivery)}" if one.delivery else "",
        }
        for one in found
    ]
    rhythms = [(hours, words.say(ask.language)) for hours, words in RHYTHMS]
    values = {"sources": sources, "given": given, "faults": faults, "rhythms": rhythms}
    return Shown(values, 422 if faults else 200)


def reason(code: str, language: str) -> str:
    """Why a file was not fetched, in words, with the columns, status or field that it is about; what a network says of itself stands in the
    log."""
    name, _, about = code.partition(":")
    words = WHYS.get(name) or WORDS.get(name)
    told = "" if name == "unreachable" else about
    return " ".join(part for part in (words.say(language) if words else "", told) if part)
