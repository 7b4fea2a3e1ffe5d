"""What the desk answers after a step: what was done with which report, where it is now, and whether that can be undone."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.pages import PageAsk
from kaiteki.model.said import said_day
from kaiteki.model.words import Words
from kaiteki.services.reports.arrows import STATES
from kaiteki.services.reports.model import ID_PREFIX, Report
from kaiteki.services.reports.queries import first_of, settings_in

DONE: Final = {
    "assign": Words("{office}に振り分けました", "given to {office}", "{office}に わたしました"),
    "check": Words("要確認にしました", "marked to be checked", "しらべる ことに しました"),
    "start": Words("作業を始めました", "work has begun", "なおしはじめました"),
    "plan": Words(
        "作業の予定日を{day}にしました", "work is planned for {day}", "よていの 日（ひ）は {day}です"
    ),
    "complete": Words("作業の完了を記録しました", "recorded as done", "おわったと 書（か）きました"),
    "fix_temporarily": Words(
        "仮復旧を記録しました", "the temporary fix is recorded", "とりあえず なおしたと 書（か）きました"
    ),
    "confirm": Words("完了を確認しました", "confirmed as mended", "なおったのを たしかめました"),
    "reopen": Words("もう一度確認することにしました", "opened again", "もういちど しらべます"),
    "make_task": Words("市民協働タスクにしました", "residents are asked to help", "みんなに たのみました"),
    "merge": Words("{into}にまとめました", "merged into {into}", "{into}に まとめました"),
    "pass_on": Words("{office}に伝えました", "passed on to {office}", "{office}に つたえました"),
    "out_of_scope": Words(
        "対象外にしました", "marked as out of scope", "ここの しごとでは ありません、と しました"
    ),
    "note": Words("内部メモを書きました", "the note is kept for staff", "メモを 書（か）きました"),
    "public_note": Words("お知らせを載せました", "the news is public", "お知（し）らせを のせました"),
    "hide": Words("公開を止めました", "hidden from the public", "見（み）えなく しました"),
    "publish": Words("公開しました", "public now", "見（み）えるように しました"),
    "hide_photos": Words(
        "写真{n}枚の公開を止めました", "{n} {n|photo is|photos are} hidden", "しゃしん {n}まいを かくしました"
    ),
    "publish_photos": Words(
        "写真{n}枚を公開しました",
        "{n} {n|photo is|photos are} public now",
        "しゃしん {n}まいを 見（み）せます",
    ),
    "correct": Words(
        "種類・場所を直しました（担当：{office}）",
        "kind and place are put right (office: {office})",
        "しゅるいと ばしょを なおしました（たんとう：{office}）",
    ),
    "put_back": Words("終わった状態に戻しました", "ended as before", "おわりに もどしました"),
    "take_back": Words("直前の操作を元に戻しました", "the last step was taken back", "まえに もどしました"),
}
"""What was done, by the action of the desk; the number stands before it, the state behind."""
SENTENCE: Final = Words(
    "{number}：{done}。いまの状態は「{state}」です。",
    "{number}: {done}. It is now “{state}”.",
    "{number}：{done}。いま：{state}。",
)
UNDOABLE: Final = Words(
    "{n}分以内なら、「直前の操作を元に戻す」で取り消せます。",
    " Within {n} {n|minute|minutes} “Undo the last step” takes it back.",
    "{n}分（ふん）の あいだ、「もどす」で もどせます。",
)
NOT_UNDOABLE: Final = frozenset({"note", "take_back", "put_back"})
MANY_GIVEN: Final = Words(
    "{n}件を担当に振り分けました。下の「元に戻す」で取り消せます。",
    "{n} {n|report was|reports were} given to the offices. “Undo” below takes it back.",
    "{n}こ わたしました。下（した）の「もどす」で もどせます。",
)
MANY_LEFT: Final = Words(
    "{n}件は、いまの状態ではできませんでした。",
    " {n} {n|report|reports} could not be given in the present state.",
    "{n}こは できませんでした。",
)
MANY_BACK: Final = Words(
    "{n}件を元に戻しました。", "{n} {n|report was|reports were} taken back.", "{n}こ もどしました。"
)


def answer_of(ask: PageAsk, do: str, after: Report) -> str:
    """The sentence after a step that was taken, in the language of whoever asks; `after` is the report as it is now."""
    settings, said = settings_in(ask), ask.language
    done = do
    if do == "pass_on" and not first_of(ask.fields, "office"):
        done = "out_of_scope"
    if do == "note" and ask.fields.get("public"):
        done = "public_note"
    photos = len(ask.fields.get("photo", ()))
    if do in ("hide", "publish") and photos:
        done = f"{do}_photos"
    office = settings.office(after.office)
    gaps = {
        "office": office.words.say(said) if office is not None else after.office,
        "day": said_day(after.date_planned, said) if after.date_planned is not None else "",
        "n": photos,
        "into": after.duplicate_of.removeprefix(f"{ID_PREFIX}Report:"),
    }
    sentence = SENTENCE.fill(
        said,
        number=after.number,
        done=DONE[done].fill(said, **gaps),
        state=STATES[after.status].words.say(said),
    )
    undo = after.undo
    mine = undo is not None and undo.actor == ask.person.account_id and do not in NOT_UNDOABLE
    return sentence + (UNDOABLE.fill(said, n=settings.undo_max_s // 60) if mine else "")


def answer_many(ask: PageAsk, do: str, count: int, left: int) -> str:
    """The sentence after a step with several reports: how many it reached, how many it could not."""
    if do == "take_back_many":
        return MANY_BACK.fill(ask.language, n=count)
    told = MANY_GIVEN.fill(ask.language, n=count) if count else ""
    return (told + (MANY_LEFT.fill(ask.language, n=left) if left else "")).strip()
