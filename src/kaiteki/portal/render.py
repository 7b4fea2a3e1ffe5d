"""From a template and its values to a page: one Jinja environment per language, the components ready as `ui`."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import jinja2
from markupsafe import Markup, escape

from kaiteki.kit.manifest import Service
from kaiteki.model.decision import Fault
from kaiteki.model.words import LANGUAGES, Language, Words
from kaiteki.portal import saying
from kaiteki.portal.assets import Assets
from kaiteki.portal.charts import draw_bars, draw_line, draw_rows, draw_spans
from kaiteki.portal.compiled import COMPILED
from kaiteki.portal.icons import icon
from kaiteki.portal.language import read_catalogue, tag_of

TEMPLATES: Final = Path(__file__).with_name("templates")


class Renderer:
    """Renders a template in a language. The pages of a service are named `<service>:<file>`."""

    def __init__(self, services: Sequence[Service], assets: Assets) -> None:
        """Templates and words of the services come from their packages' folders pages/ and locale/."""
        self.catalogue: dict[str, Words] = dict(read_catalogue())
        pages: dict[str, jinja2.BaseLoader] = {}
        for service in services:
            folders = [
                Path(str(importlib.resources.files(one.package))) for one in service.parts or (service,)
            ]
            if found := [folder / "pages" for folder in folders if (folder / "pages").is_dir()]:
                pages[service.name] = jinja2.FileSystemLoader(found)
            for folder in folders:
                self.catalogue |= read_catalogue(folder / "locale")
        loader = jinja2.ChoiceLoader(
            [jinja2.PrefixLoader(pages, delimiter=":"), jinja2.FileSystemLoader(TEMPLATES)]
        )
        self._environments = {
            language: _environment(loader, Speaker(language, self.catalogue), assets)
            for language in LANGUAGES
        }

    def page(self, template: str, language: Language, values: Mapping[str, Any]) -> str:
        """The whole page; raises jinja2 errors, which are bugs of the template."""
        return self._environments[language].get_template(template).render(values)

    def piece(self, source: str, language: Language, values: Mapping[str, Any]) -> str:
        """A template given as text, with the same words and components."""
        return self._environments[language].from_string(source).render(values)

    def speaker(self, language: Language) -> Speaker:
        """The words of one language, for pages made in Python."""
        return Speaker(language, self.catalogue)


class Speaker:
    """Says words in one language."""

    def __init__(self, language: Language, catalogue: Mapping[str, Words]) -> None:
        self.language: Final = language
        self._catalogue = catalogue

    def say(self, words: Words | str, en: str | None = None, easy: str = "", **values: object) -> str:
        """`say(Words)`, `say("file.key", name=…)` of the catalogue, or `say("日本語", "English", "やさしい")` on the spot."""
        if isinstance(words, Words):
            chosen = words
        elif en == "" and self.language == "en":
            # a counter that English has no word for: what a template leaves empty is empty, and no Japanese stands in
            return ""
        elif en is not None:
            chosen = Words(words, en, easy)
        else:
            chosen = self._catalogue[words]
        return chosen.fill(self.language, **values) if values else chosen.say(self.language)


def error_at(faults: Sequence[Fault], field: str) -> Words | None:
    """What is wrong with one field, None when nothing is."""
    return next((fault.words for fault in faults if fault.field == field), None)


def _environment(loader: jinja2.BaseLoader, speaker: Speaker, assets: Assets) -> jinja2.Environment:
    """The environment of one language; an undefined name in a template is an error, never an empty text."""
    made = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=400,
        auto_reload=False,
        # nothing of a language is worked out while compiling, so that all share the code
        optimized=False,
        bytecode_cache=COMPILED,
    )
    made.filters.update(_filters(speaker))
    known = cast("dict[str, Any]", made.globals)
    known |= {
        "t": speaker.say,
        "language": speaker.language,
        "language_tag": tag_of(speaker.language),
        "icon": icon,
        "asset": assets.address,
        "integrity": assets.integrity,
        "error_at": error_at,
        "draw_line": draw_line,
        "draw_bars": draw_bars,
        "draw_rows": draw_rows,
        "draw_spans": draw_spans,
    }
    known["ui"] = made.get_template("components.html").module
    return made


def _filters(speaker: Speaker) -> dict[str, Callable[..., Any]]:
    """How templates say times, numbers and names in the language of the speaker."""
    language = speaker.language

    def in_japanese(text: object) -> Markup:
        """A Japanese name inside an English page, marked for screen readers."""
        if language == "en" and not str(text).isascii():
            return Markup('<span lang="ja">{}</span>').format(text)
        return escape(text)

    return {
        "wbr": saying.breakable,
        "date": partial(saying.say_date, language=language),
        "day": partial(saying.say_day, language=language),
        "clock": partial(saying.say_time, language=language),
        "moment": partial(saying.say_moment, language=language),
        "stamp": saying.stamp,
        "grouped": saying.grouped,
        "age": partial(saying.say_age, language=language),
        "span": partial(saying.say_span, language=language),
        "number": saying.say_number,
        "distance": saying.say_distance,
        "say": speaker.say,
        "ja": in_japanese,
    }
