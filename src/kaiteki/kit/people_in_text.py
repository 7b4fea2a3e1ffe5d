"""What a running text that is about to be published says of people: individual numbers, telephone numbers, mail. Pure.

Source: 個人情報の保護に関する法律 2 条 1 項; check digit of the 個人番号: 行政手続における特定の個人を識別するための番号の利用等に関する法律施行令
8 条, 同法の規定による通知カード等に関する省令 5 条. A gate for staff who read the text anyway: what it does not find is not proved absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kaiteki.kit.person_names import names_person
from kaiteki.model.decision import Fault
from kaiteki.model.words import Words
from kaiteki.model.written import narrow

CODE_LENGTH: Final = 12
"""Digits of an individual number."""
SORTS_OF_TEXT: Final = {
    "my_number": Words("個人番号（マイナンバー）のような番号", "Numbers like the individual number (My Number)", "マイナンバーの ような 番号（ばんごう）"),
    "mobile": Words("携帯電話の番号", "Numbers of mobile telephones", "けいたい電話（でんわ）の 番号（ばんごう）"),
    "mail": Words("個人のメールアドレスのような値", "Addresses like private mail", "人（ひと）の メールアドレス"),
    "phone": Words("氏名と並ぶ電話番号の列", "Telephone numbers beside names of persons", "名前（なまえ）と 電話（でんわ）"),
}  # fmt: skip
MOBILE: Final = re.compile(r"(?<!\d)(\(?0|\+81 ?)[789]0\)?[-( ]?\d{4}[-) ]?\d{4}(?!\d)", re.ASCII)
TWELVE: Final = re.compile(r"(?<![\d.])\d{4}([- ]?)\d{4}\1\d{4}(?![\d.])", re.ASCII)
_ANY_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_LANDLINE: Final = re.compile(r"(?<!\d)\(?0\d{1,4}[-( )]{1,2}\d{1,4}[-) ]{1,2}\d{3,4}(?!\d)", re.ASCII)
_DIGITS: Final = re.compile(r"\d+", re.ASCII)
DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))
"""What is typed for a hyphen between digits."""
_TAKE_OUT: Final = Words(
    "公開できません。消してください。", "It may not be published: please take it out.", "けして ください。"
)
_TAKE_OUT_OR_LOOK: Final = Words(
    "消すか、公開してよいときだけ「確かめました」を選んでください。",
    "Please take it out, or say below that it may be read by everybody.",
    "けして ください。",
)


def people_in(text: str) -> tuple[str, ...]:
    """What a text says of people, as keys of SORTS_OF_TEXT: individual numbers, mobile numbers, mail, and any telephone number beside a name."""
    slim = narrow(text)
    digits = slim.translate(DASHES)
    told = {
        "my_number": any(is_my_number(re.sub(r"\D", "", one.group())) for one in TWELVE.finditer(digits)),
        "mobile": MOBILE.search(digits) is not None,
        "mail": _ANY_MAIL.search(slim) is not None,
        "phone": _LANDLINE.search(digits) is not None and names_person(slim),
    }
    return tuple(sort for sort, is_there in told.items() if is_there)


def faults_of_people(texts: Mapping[str, str], looked: bool) -> tuple[Fault, ...]:
    """What texts say of people, by field; where they were `looked` at, individual numbers alone (番号法 19 条)."""
    faults: list[Fault] = []
    for field, text in texts.items():
        sorts = [one for one in people_in(text) if one == "my_number" or not looked]
        if sorts:
            what = [SORTS_OF_TEXT[one] for one in sorts]
            do = _TAKE_OUT if "my_number" in sorts else _TAKE_OUT_OR_LOOK
            words = Words(
                f"{'、'.join(one.ja for one in what)}があります。{do.ja}",
                f"{'; '.join(one.en for one in what)}. {do.en}",
                f"{'、'.join(one.say('ja-easy') for one in what)}が あります。{do.say('ja-easy')}",
            )
            faults.append(Fault(field, "people", words))
    return tuple(faults)


def is_my_number(text: str) -> bool:
    """Whether twelve digits have the check digit of an individual number."""
    if len(text) != CODE_LENGTH or not _DIGITS.fullmatch(text):
        return False
    lowest_first = [int(digit) for digit in reversed(text[:11])]
    rest = sum(p * (n + 1 if n <= 6 else n - 5) for n, p in enumerate(lowest_first, start=1)) % 11
    return int(text[11]) == (0 if rest <= 1 else 11 - rest)
