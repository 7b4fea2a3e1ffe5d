"""The forms of a page with every value that a browser would send, repeated names and all, to be typed into and sent."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlencode

from reader import Answer, Reader

Pairs = list[tuple[str, str]]
URLENCODED = "application/x-www-form-urlencoded"


class _Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Pairs] = []
        self._text: list[str] | None = None
        self._select: tuple[str, Pairs] | None = None
        self._name = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of, given = {name: value or "" for name, value in attrs}, {name for name, _ in attrs}
        if tag == "form":
            self.forms.append([])
        elif tag == "textarea":
            self._text, self._name = [], of["name"]
        elif tag == "select":
            self._select = (of["name"], [])
        elif tag == "option" and self._select is not None:
            self._select[1].append((of.get("value", ""), "selected" if "selected" in given else ""))
        elif tag == "input" and self.forms and "name" in of and of.get("type") not in ("file", "submit"):
            self._keep(of, "checked" in given)

    def _keep(self, of: Mapping[str, str], is_checked: bool) -> None:
        if is_checked or of.get("type") not in ("checkbox", "radio"):
            usual = "on" if of.get("type") in ("checkbox", "radio") else ""
            self.forms[-1].append((of["name"], of.get("value", usual)))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            self.forms[-1].append((self._name, "".join(self._text).removeprefix("\n")))
            self._text = None
        elif tag == "select" and self._select is not None:
            name, options = self._select
            chosen = next((value for value, mark in options if mark), options[0][0] if options else "")
            self.forms[-1].append((name, chosen))
            self._select = None


def forms_of(page: str) -> list[Pairs]:
    """What each form of a page would send as it stands."""
    return _Forms(page).forms


def form_with(page: str, field: str) -> Pairs:
    """The one form that has a field."""
    found = [one for one in forms_of(page) if any(name == field for name, _ in one)]
    assert len(found) == 1, f"{len(found)} forms have {field}"
    return found[0]


def typed(form: Pairs, changes: Mapping[str, str]) -> Pairs:
    """The form with other values; `name#2` is the third field of that name; what it lacks (a button, a choice) is added."""
    given, places = list(form), dict[str, list[int]]()
    for at, (name, _) in enumerate(form):
        places.setdefault(name, []).append(at)
    for key, value in changes.items():
        name, _, nth = key.partition("#")
        if name in places:
            given[places[name][int(nth or 0)]] = (name, value)
        else:
            given.append((name, value))
    return given


async def send(reader: Reader, path: str, form: Pairs, **changes: str) -> Answer:
    """Send a form with some fields typed anew."""
    return await reader.send(path, urlencode(typed(form, changes)).encode(), URLENCODED)
