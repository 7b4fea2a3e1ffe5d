"""What can be wrong with a field of a form, in one table: a code, and the words that tell a person how to mend it."""

from __future__ import annotations

from typing import Final

from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words

FAULTS: Final[dict[str, Words]] = {
    "missing": Words(
        "「{label}」を入力してください。", "Please fill in “{label}”.", "「{label}」を 書（か）いてください。"
    ),
    "too_short": Words(
        "「{label}」は{limit}文字以上で入力してください。",
        "“{label}” needs at least {limit} {limit|character|characters}.",
        "「{label}」は {limit}文字（もじ）より 長（なが）く 書（か）いてください。",
    ),
    "too_long": Words(
        "「{label}」は{limit}文字以内で入力してください。",
        "“{label}” may have at most {limit} {limit|character|characters}.",
        "「{label}」は {limit}文字（もじ）までです。短（みじか）く 書（か）いてください。",
    ),
    "pattern": Words(
        "「{label}」の形式を確認してください。",
        "Please check the form of “{label}”.",
        "「{label}」の 書（か）き方（かた）を 見（み）直（なお）してください。",
    ),
    "characters": Words(
        "「{label}」に使えない文字が含まれています。",
        "“{label}” contains characters that cannot be used.",
        "「{label}」に 使（つか）えない 文字（もじ）が あります。",
    ),
    "choice": Words(
        "「{label}」を選択肢から選んでください。",
        "Please choose one of the options for “{label}”.",
        "「{label}」を 一覧（いちらん）から えらんでください。",
    ),
    "not_a_number": Words(
        "「{label}」は数字で入力してください。",
        "“{label}” must be a number.",
        "「{label}」は 数字（すうじ）で 書（か）いてください。",
    ),
    "too_small": Words(
        "「{label}」は{limit}以上にしてください。",
        "“{label}” must be at least {limit}.",
        "「{label}」は {limit}か、それより 大（おお）きい 数（かず）にしてください。",
    ),
    "too_large": Words(
        "「{label}」は{limit}以下にしてください。",
        "“{label}” must be at most {limit}.",
        "「{label}」は {limit}か、それより 小（ちい）さい 数（かず）にしてください。",
    ),
    "not_a_date": Words(
        "「{label}」は日付として正しく入力してください。",
        "“{label}” must be a date.",
        "「{label}」は 日（ひ）にちを 書（か）いてください。",
    ),
    "too_many": Words(
        "「{label}」は{limit}件までです。",
        "“{label}” may have at most {limit} {limit|entry|entries}.",
        "「{label}」は {limit}つまでです。",
    ),
    "unknown": Words(
        "「{label}」という項目はありません。",
        "There is no field “{label}”.",
        "「{label}」は ありません。",
    ),
    "not_here": Words(
        "この「{label}」はここでは使えません。",
        "This “{label}” is not available here.",
        "この「{label}」は ここでは 使（つか）えません。",
    ),
    "expired": Words(
        "「{label}」の期限が切れています。もう一度送ってもらってください。",
        "“{label}” has expired. Ask for another one.",
        "「{label}」は もう つかえません。もう一度（いちど） おくって もらってください。",
    ),
    "taken": Words(
        "この「{label}」はすでに使われています。",
        "This “{label}” is already taken.",
        "この「{label}」は もう 使（つか）われています。",
    ),
    "not_an_object": Words(
        "「{label}」の内容は、項目名と値の組（JSONオブジェクト）で送ってください。",
        "Send what “{label}” needs as a JSON object of field names and values.",
        "「{label}」は JSONオブジェクトで おくってください。",
    ),
    "nobody": Words(
        "「{label}」に当たる人は見つかりません。番号を確かめてください。",
        "Nobody has this “{label}”. Please check the number.",
        "この「{label}」の 人（ひと）は いません。もう一度（いちど） 見（み）て ください。",
    ),
    "outdated": Words(
        "「{label}」が、いま使われているものと違います。いまのものを読んでもらってください。",
        "“{label}” is not the one in force now. The one in force has to be read.",
        "「{label}」が ちがいます。いまの ものを 読（よ）んで もらって ください。",
    ),
    "under_age": Words(
        "{limit}歳に満たない方の同意は、保護者の方に代わって決めてもらってください。",
        "Below {limit}, a parent or guardian decides in your name.",
        "{limit}歳（さい）より 下（した）の 人（ひと）は、親（おや）に きめて もらって ください。",
    ),
    "unsent": Words(
        "「{label}」をもう一度選んでください。この端末やアカウントから送られた写真だけを使えます。",
        "Please choose “{label}” again. Only photos that were sent from this device or account can be used.",
        "「{label}」を もう一度（いちど） えらんでください。ここから おくった 写真（しゃしん）だけ 使（つか）えます。",
    ),
    "guessable": Words(
        "この「{label}」は推測されやすいため使えません。よく使われるもの、漏れたもの、まちの名前、ログインIDから離れたものにしてください。",
        "This “{label}” is too easy to guess. Choose one that is not often used, was not leaked, and is not made of the name of the city or of your login.",
        "この「{label}」は ほかの 人（ひと）が 思（おも）いつきやすいので 使（つか）えません。よく ある ことば、まちの 名前（なまえ）、ログイン ID は やめてください。",
    ),
    "login_signs": Words(
        "「{label}」に使えるのは、文字、数字と {limit} です。空白は使えません。",
        "“{label}” may have letters, digits and {limit}, and no blanks.",
        "「{label}」に 使（つか）えるのは、文字（もじ）、数字（すうじ）と {limit} です。空白（くうはく）は 使（つか）えません。",
    ),
    "invalid": Words(
        "「{label}」の内容を確認してください。",
        "Please check “{label}”.",
        "「{label}」を もう一度（いちど） 見（み）てください。",
    ),
}
"""The words of every fault a form can have; `{label}` and `{limit}` are filled in."""


def fault(code: str, field: str, label: Words, limit: float | str = "") -> Fault:
    """A fault of the table, with its words in all languages."""
    row = FAULTS[code]
    shown = f"{limit:g}" if isinstance(limit, float) else str(limit)
    said = {
        language: row.fill(language, label=label.say(language), limit=shown)
        for language in ("ja", "en", "ja-easy")
    }
    return Fault(field, code, Words(said["ja"], said["en"], said["ja-easy"]))


def refuse_field(code: str, field: str, label: Words, limit: float | str = "") -> Refused:
    """A refusal with one fault of the table."""
    return Refused("invalid", (fault(code, field, label, limit),))
