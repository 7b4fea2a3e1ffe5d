"""A page with one of its forms filled with what was typed: the page is read tag by tag, and only the fields of that form change.

Which form it is, its fields say: that with most of the names that were sent, whose hidden fields hold what was sent. Passwords and
files are never filled. What finds no field is told, so that it can be copied.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Final

import msgspec

from kaiteki.kit.editing import OPENED
from kaiteki.portal.guard import CSRF_FIELD

NEVER: Final = frozenset({"password", "file", "submit", "button", "reset", "image"})
Attributes = list[tuple[str, str | None]]


class Refilled(msgspec.Struct, frozen=True):
    """The page, and what was typed and stands in none of its fields, by name."""

    page: str
    left: Sequence[tuple[str, str]]


class _Form(msgspec.Struct):
    names: set[str]
    is_post: bool
    folded: list[int]
    """Which `details` of the page the form stands in, or has."""
    differs: int = 0


def refilled(page: str, fields: Mapping[str, Sequence[str]]) -> Refilled:
    """The page with the fields of its form as they were sent."""
    seen = _Forms(page, fields)
    number = seen.best()
    left = {
        name: list(values)
        for name, values in fields.items()
        if name not in (CSRF_FIELD, OPENED) and not name.startswith(f"{OPENED}.")
    }
    if number is None:
        return Refilled(page, _flat(left))
    form = seen.forms[number]
    writer = _Writer(page, number, set(form.folded), fields)
    rest = {name: values for name, values in left.items() if name not in form.names}
    return Refilled(writer.text, [*_flat(rest), *writer.left])


def after_main(page: str, piece: str) -> str:
    """The page with a piece at the beginning of what is its own."""
    head, tag, tail = page.partition("<main ")
    begin, mark, rest = tail.partition(">")
    return f"{head}{tag}{begin}{mark}\n{piece}{rest}" if mark else page


def _flat(fields: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, values in fields.items() for value in values if value.strip()]


class _Forms(HTMLParser):
    """The forms of a page with the names of their fields."""

    def __init__(self, page: str, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[_Form] = []
        self._fields = fields
        self._inside = False
        self._folds: list[int] = []
        self._count = 0
        self.feed(page)

    def best(self) -> int | None:
        """The form that was sent, None where there is none of it."""
        ranked = [
            (-one.differs, len(one.names & self._fields.keys()), -number)
            for number, one in enumerate(self.forms)
            if one.is_post and one.names & (self._fields.keys() - {CSRF_FIELD, OPENED})
        ]
        return -max(ranked)[2] if ranked else None

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Fields belong to the form that is open."""
        of = {name: value or "" for name, value in attrs}
        if tag == "details":
            self._folds.append(self._count)
            self._count += 1
            if self._inside:
                self.forms[-1].folded.append(self._folds[-1])
        elif tag == "form":
            self.forms.append(_Form(set(), of.get("method", "").lower() == "post", list(self._folds)))
            self._inside = True
        elif self._inside and tag in ("input", "select", "textarea", "button") and of.get("name"):
            name, form = of["name"], self.forms[-1]
            form.names.add(name)
            sent = self._fields.get(name)
            is_said = tag == "input" and of.get("type") == "hidden" and name not in (CSRF_FIELD, OPENED)
            form.differs += is_said and (sent is None or of.get("value", "") not in sent)

    def handle_endtag(self, tag: str) -> None:
        """The end of a form, or of what folds."""
        if tag == "form":
            self._inside = False
        elif tag == "details" and self._folds:
            self._folds.pop()


class _Writer(HTMLParser):
    """Writes a page anew as it stands, but for one form."""

    def __init__(self, page: str, number: int, folded: set[int], fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__(convert_charrefs=False)
        self.left: list[tuple[str, str]] = []
        self._out: list[str] = []
        self._number, self._folded = number, folded
        self._values = {name: list(values) for name, values in fields.items() if name != CSRF_FIELD}
        self._form, self._details, self._inside = -1, -1, False
        self._select: str | None = None
        self._chosen, self._is_found = "", False
        self._area: list[str] | None = None
        self.feed(page)
        self.close()

    @property
    def text(self) -> str:
        """The whole page."""
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """A field of the form gets what was sent."""
        raw = self.get_starttag_text() or ""
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form += 1
            self._inside = self._form == self._number
        elif tag == "details":
            self._details += 1
            raw = _tag(tag, {**of, "open": ""}) if self._details in self._folded else raw
        elif self._inside:
            raw = self._field(tag, of, raw)
        self._write(raw)
        if tag == "textarea" and self._inside and of.get("name") in self._values:
            sent = self._next(of["name"])
            # a browser takes the first line end of a text area for none of the text
            self._out.append("\n" + html.escape(sent))
            self._area = []

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        """Of drawings; a field is never written so."""
        self._write(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        """The end of a field or of the form."""
        if tag == "textarea":
            self._area = None
        elif tag == "select" and self._select is not None:
            if not self._is_found and self._select.strip():
                self.left.append((self._chosen, self._select))
            self._select = None
        elif tag == "form":
            self._inside = False
        self._write(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._write(data)

    def handle_entityref(self, name: str) -> None:
        self._write(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._write(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._write(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._write(f"<!{decl}>")

    def _write(self, text: str) -> None:
        if self._area is None:
            self._out.append(text)

    def _next(self, name: str) -> str:
        values = self._values[name]
        return values.pop(0) if values else ""

    def _field(self, tag: str, of: dict[str, str], raw: str) -> str:
        name, kind = of.get("name", ""), of.get("type", "text").lower()
        if tag == "select" and name in self._values:
            self._chosen, self._select, self._is_found = name, self._next(name), False
        elif tag == "option" and self._select is not None:
            bare = {key: value for key, value in of.items() if key != "selected"}
            if of.get("value") == self._select and not self._is_found:
                bare["selected"], self._is_found = "", True
            return _tag(tag, bare)
        elif tag == "input" and kind in ("checkbox", "radio") and name:
            ticked = of.get("value", "on") in self._values.get(name, ())
            bare = {key: value for key, value in of.items() if key != "checked"}
            return _tag(tag, {**bare, "checked": ""} if ticked else bare)
        elif tag == "input" and kind not in NEVER and name in self._values:
            return _tag(tag, {**of, "value": self._next(name)})
        return raw


def _tag(tag: str, of: Mapping[str, str]) -> str:
    """A tag with these attributes."""
    told = (f' {name}="{html.escape(value)}"' for name, value in of.items())
    return f"<{tag}{''.join(told)}>"
