"""The forms of a page as a browser would send them: what the page rendered is parsed, filled and posted, nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

from reader import Answer, Reader

Attributes = Mapping[str, str]


class RenderedForm:
    """One form: its fields by name with what they hold, its buttons as (name, value)."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.boxes: dict[str, str] = {}
        self.files: set[str] = set()
        self.buttons: set[tuple[str, str]] = set()

    def filled(self, typed: Mapping[str, str]) -> dict[str, str]:
        """The fields with what somebody types; only what the page offers can be typed."""
        offered = {**self.boxes, **self.fields}
        unknown = set(typed) - set(offered)
        assert not unknown, f"the form has no {unknown}, it has {sorted(offered)}"
        return {**self.fields, **typed}


class FormReader(HTMLParser):
    """Reads every form of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[RenderedForm] = []
        self._form: RenderedForm | None = None
        self._area = ""
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Fields belong to the form that is open."""
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = RenderedForm()
            self.forms.append(self._form)
        form = self._form
        if form is None:
            return
        if tag == "input":
            self._input(form, of, {name for name, _ in attrs})
        elif tag == "textarea":
            self._area = of["name"]
            form.fields[self._area] = ""
        elif tag == "select":
            self._select = of["name"]
        elif tag == "option" and self._select:
            form.fields.setdefault(self._select, of.get("value", ""))
            if "selected" in of:
                form.fields[self._select] = of.get("value", "")
        elif tag == "button":
            form.buttons.add((of.get("name", ""), of.get("value", "")))

    def _input(self, form: RenderedForm, of: Attributes, given: set[str]) -> None:
        kind, name, value = of.get("type", "text"), of.get("name", ""), of.get("value", "")
        if kind == "file":
            form.files.add(name)
        elif kind in ("checkbox", "radio"):
            form.boxes.setdefault(name, value or "on")
            if "checked" in given:
                form.fields[name] = value or "on"
        else:
            form.fields[name] = value

    def handle_data(self, data: str) -> None:
        """What a text area holds."""
        if self._area and self._form is not None:
            self._form.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        """The end of a field or form."""
        if tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""
        elif tag == "form":
            self._form = None


def form_of(page: str, do: str) -> RenderedForm:
    """The form with the button that does `do`."""
    found = [form for form in FormReader(page).forms if ("do", do) in form.buttons]
    assert len(found) == 1, f"{len(found)} forms offer {do}"
    return found[0]


async def press(reader: Reader, page: str, do: str, photo: bytes = b"", **typed: str) -> Answer:
    """Open a page, fill the form as it is there, press its button; `photo` goes into its file field."""
    form = form_of((await reader.get(page)).text, do)
    fields = {**form.filled(typed), "do": do}
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for name in sorted(form.files):
        head = f'content-disposition: form-data; name="{name}"; filename="{"a.jpg" if photo else ""}"'
        parts.append(f"--x\r\n{head}\r\ncontent-type: image/jpeg\r\n\r\n".encode() + photo + b"\r\n")
    return await reader.send(page, b"".join(parts) + b"--x--\r\n", "multipart/form-data; boundary=x")
