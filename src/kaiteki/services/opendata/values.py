"""What stands in a cell, made comparable: numbers, dates of the Japanese calendar, times, yes and no, widths.

Every function answers the value and whether it had to be rewritten, or None when the text is not of that kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from kaiteki.model import written
from kaiteki.model.entity import Json
from kaiteki.model.written import narrow

Read: TypeAlias = tuple[Json, bool] | None
"""(value, rewritten), or None: not of this kind."""

_TIME: Final = re.compile(
    r"(午前|午後|AM|PM)?\s*(\d{1,2})\s*(?::|時)\s*(\d{1,2})?\s*(?:分)?(?::(\d{2}))?", re.I
)
_YES: Final = {
    "1",
    "有",
    "○",
    "〇",
    "◯",
    "●",
    "◎",
    "可",
    "あり",
    "有り",
    "はい",
    "該当",
    "true",
    "yes",
    "y",
    "レ",
    "✓",
}
_NO: Final = {
    "0",
    "無",
    "×",
    "✕",
    "✖",
    "不可",
    "なし",
    "無し",
    "いいえ",
    "非該当",
    "false",
    "no",
    "n",
    "-",
    "−",
    "―",
}
_URL: Final = re.compile(r"https?://(?:(?!;\s*https?://)[^\s<>\"])+", re.I)
_PHONE: Final = re.compile(r"[+0-9()\-]{6,20}")


def plain(value: Json) -> str:
    """A cell as trimmed text, line ends as \\n; None is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = str(value).strip()
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def read_text(text: str) -> Read:
    """Any text."""
    return text, False


def read_narrow(text: str) -> Read:
    """Text that the standard wants in half-width signs."""
    slim = narrow(text)
    return slim, slim != text


def read_integer(text: str) -> Read:
    """A whole number; thousands separators and full-width digits are rewritten."""
    found = read_number(text)
    if found is None or not float(found[0]).is_integer():
        return None
    return int(found[0]), found[1]


def read_number(text: str) -> Read:
    """A number; thousands separators and full-width digits are rewritten."""
    value = written.read_number(text)
    return None if value is None else (value, narrow(text).strip().replace(",", "") != text)


def read_date(text: str) -> Read:
    """A day as YYYY-MM-DD, out of Western and Japanese calendars (令和6年4月1日, R6.4.1, 2024/4/1, 20240401)."""
    day = written.read_day(text)
    return None if day is None else (day, day != text)


def read_time(text: str) -> Read:
    """A time of day as HH:MM (9時, 午後5時30分, ９：００); 24:00 and later times of the same service day stay."""
    slim = narrow(text).strip()
    found = _TIME.fullmatch(slim)
    if not found:
        return None
    hour, minute = int(found[2]), int(found[3] or 0)
    half = (found[1] or "").upper()
    if half in {"午後", "PM"} and hour < 12:
        hour += 12
    if hour > 29 or minute > 59:
        return None
    time = f"{hour:02d}:{minute:02d}"
    return time, time != text


def read_flag(text: str) -> Read:
    """Yes or no (有・無, ○・×, 1・0, 可・不可, あり・なし)."""
    slim = narrow(text).strip().lower()
    if slim in _YES or text in _YES:
        return True, False
    if slim in _NO or text in _NO:
        return False, False
    return None


def read_url(text: str) -> Read:
    """A web address; several stand in one cell as a list."""
    slim = narrow(text) if not text.isascii() and "://" not in text else text
    found = _URL.findall(slim)
    if not found:
        return None
    rest = _URL.sub("", slim)
    if rest.strip(" ;,、；\n"):
        return None
    return (found[0] if len(found) == 1 else found), len(found) > 1


def read_phone(text: str) -> Read:
    """A telephone number in half-width digits; (054)626-1139 becomes 054-626-1139."""
    slim = narrow(text).strip()
    slim = re.sub(r"[‐-―−ー－]", "-", slim).replace(" ", "")
    if not _PHONE.fullmatch(slim):
        return None
    slim = re.sub(r"^\((\d+)\)-?", r"\1-", slim)
    slim = re.sub(r"^(\d+)\((\d+)\)-?", r"\1-\2-", slim)
    return slim, slim != text


def read_list(text: str) -> Read:
    """Several texts, one a line."""
    return text.split("\n"), False


READERS: Final[dict[str, Callable[[str], Read]]] = {
    "文字列": read_text,
    "コード": read_narrow,
    "整数": read_integer,
    "数値": read_number,
    "日付": read_date,
    "時刻": read_time,
    "有無": read_flag,
    "旗": read_flag,
    "URL": read_url,
    "電話": read_phone,
    "一覧": read_list,
}
"""型 of the standard's parameter table -> how a cell of it is read."""
