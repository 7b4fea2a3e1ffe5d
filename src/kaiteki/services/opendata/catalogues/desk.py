"""The pages of catalogues of others: their addresses with what became of them, and what one of them offers, to choose from."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.forms import parse_fields
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown, part_of_path
from kaiteki.kit.views import ordered, where
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.open_data import LICENCES, licence_code
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.catalogues.listing import source_id
from kaiteki.services.opendata.catalogues.model import (
    SETS_MAX,
    STATES,
    ChooseFiles,
    DeclareCatalogue,
    ForgetCatalogue,
    HarvestCatalogue,
    Offered,
    ReadCatalogue,
)
from kaiteki.services.opendata.intake.harvest import RHYTHMS, HarvestSource
from kaiteki.services.opendata.intake.harvest_desk import WHYS

SHOWN_MAX: Final = 100
PAGE_SIZE: Final = 25
"""Data sets of a page."""
COLOURS: Final = {"": "plain", "read": "good", "failed": "bad"}
REASONS: Final = {
    **WHYS,
    "no_catalogue": Words("カタログとして読めません。DCAT（JSON-LD、Turtle、RDF/XML）か、CKANの package_search のアドレスを書いてください。", "It cannot be read as a catalogue. Please give the address of DCAT (JSON-LD, Turtle, RDF/XML) or of package_search of a CKAN.", "カタログでは ありません。"),
    "context": Words("このJSON-LDは別のアドレスの @context を使っています。安全のため取りに行きません。Turtle か RDF/XML のアドレスを書いてください。", "This JSON-LD has its @context at another address, which is not fetched. Please give the address of Turtle or RDF/XML.", "この 形（かたち）は 読（よ）めません。"),
    "too_large": Words("カタログの1ページが大きすぎます。", "A page of the catalogue is too large.", "カタログが 大（おお）きすぎます。"),
    "pages": Words("カタログか、続きのページのアドレスが正しくありません（くり返しを含む）。", "The address of the catalogue, or of a further page, is none, or leads in a circle.", "アドレスが おかしいです。"),
}  # fmt: skip
NEWS: Final = {
    "new": (Words("新しい", "New", "あたらしい"), "good"),
    "changed": (Words("変わりました", "Changed", "かわりました"), "warn"),
}


async def show_catalogues(ask: PageAsk) -> PageReply:
    """All catalogues and the form."""
    return await _catalogues(ask, {}, ())


async def act_catalogues(ask: PageAsk) -> PageReply:
    """Declare a catalogue."""
    given = {name: values[0] for name, values in ask.fields.items() if values}
    form = parse_fields(DeclareCatalogue, ask.fields)
    if isinstance(form, tuple):
        return await _catalogues(ask, given, form)
    done = await ask.city.run("opendata.declare_catalogue", form)
    if isinstance(done, Refused):
        return await _catalogues(ask, given, done.faults)
    return Moved("opendata/catalogues")


async def _catalogues(ask: PageAsk, given: dict[str, str], faults: tuple[Fault, ...]) -> PageReply:
    wanted = Query(order=(ordered(HarvestCatalogue, "title"),), limit=SHOWN_MAX)
    found = (await ask.city.find(HarvestCatalogue, wanted)).items
    shown = [{**_told(one, ask.language), "news": sum(1 for each in one.sets if each.news)} for one in found]
    values = {"catalogues": shown, "given": given, "faults": faults}
    return Shown(values, 422 if faults else 200)


async def show_catalogue(ask: PageAsk) -> PageReply:
    """What a catalogue offers, a page of it: all, what is new, or what has a word in its title."""
    return await _catalogue(ask, ())


async def act_catalogue(ask: PageAsk) -> PageReply:
    """Choose files, read the catalogue now, or take it off the list."""
    one, do = ask.path.get("id", ""), next(iter(ask.fields.get("do", ())), "")
    if do == "forget":
        done = await ask.city.run("opendata.forget_catalogue", ForgetCatalogue(one))
    elif do == "read":
        done = await ask.city.run("opendata.read_catalogue", ReadCatalogue(one))
    else:
        form = parse_fields(ChooseFiles, {**{k: v for k, v in ask.fields.items() if k != "do"}, "id": [one]})
        if isinstance(form, tuple):
            return await _catalogue(ask, form)
        done = await ask.city.run("opendata.choose_files", form)
    if isinstance(done, Refused):
        return Missing() if done.code == "not_found" else await _catalogue(ask, done.faults)
    if do == "forget":
        return Moved("opendata/catalogues")
    return Moved("opendata/harvest" if do != "read" else f"opendata/catalogues/{part_of_path(one)}")


async def _catalogue(ask: PageAsk, faults: tuple[Fault, ...]) -> PageReply:
    one = await ask.city.get(HarvestCatalogue, ask.path.get("id", ""))
    if one is None:
        return Missing()
    chosen = await ask.city.find(
        HarvestSource, Query(q=where(HarvestSource, "catalogue", "==", one.id), limit=SETS_MAX)
    )
    taken = {each.id for each in chosen.items}
    words, only = ask.query.get("q", "").strip()[:100], ask.query.get("only", "")
    found = [each for each in one.sets if _is_wanted(each, words, only)]
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(pages, max(1, int(given) if (given := ask.query.get("page", "1")[:5]).isdecimal() else 1))
    shown = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    values = {
        **_told(one, ask.language),
        "faults": faults,
        "sets": [_row(each, taken, ask.language) for each in shown],
        "count": len(found),
        "total": len(one.sets),
        "news": sum(1 for each in one.sets if each.news),
        "number": number,
        "pages": pages,
        "words": words,
        "only": only,
        "rhythms": [(hours, told.say(ask.language)) for hours, told in RHYTHMS],
        "address": part_of_path(one.id),
    }
    return Shown(values, 422 if faults else 200)


def _is_wanted(each: Offered, words: str, only: str) -> bool:
    if only == "news" and not each.news:
        return False
    text = f"{each.title} {each.publisher}".casefold()
    return all(word in text for word in words.casefold().split())


def _told(one: HarvestCatalogue, language: str) -> dict[str, Any]:
    words = REASONS.get(one.why.partition(":")[0])
    why = " ".join(part for part in (words.say(language) if words else "", one.why.partition(":")[2]) if part)
    return {
        "one": one,
        "state": STATES[one.state].say(language),
        "colour": COLOURS[one.state],
        "why": why,
        "page": f"opendata/catalogues/{part_of_path(one.id)}",
    }


def _row(each: Offered, taken: set[str], language: str) -> dict[str, Any]:
    told = NEWS.get(each.news)
    licence = LICENCES.get(licence_code(each.licence))
    return {
        "each": each,
        "licence": licence.words.say(language) if licence else each.licence,
        "news": (told[0].say(language), told[1]) if told else None,
        "files": [(file, source_id(file.key) in taken) for file in each.files],
    }
