"""The commands on delivered files, each for staff and on the page of the file."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.manifest import Command
from kaiteki.model.decision import Asked
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.delivery import (
    NAME,
    AcceptRepairs,
    BringIn,
    Clear,
    Discard,
    TakeFile,
    accept_repairs,
    bring_in,
    clear,
    discard,
    take_file,
)

PAGE: Final = "opendata/files"


def _one(form: Any, asked: Asked) -> tuple[str, ...]:
    return (form.id,)


COMMANDS: Final = (
    Command("take_file", Words("ファイルを受け取る", "Take a file in", "ファイルを うけとる"), TakeFile, take_file, page=PAGE),
    Command("accept_repairs", Words("直し方を決める", "Choose repairs", "なおしかたを きめる"), AcceptRepairs, accept_repairs, _one, on=NAME, page=PAGE),
    Command("bring_in", Words("ファイルを取り込む", "Bring a file in", "ファイルを 入（い）れる"), BringIn, bring_in, _one, on=NAME, page=PAGE),
    Command("clear_file", Words("保留したファイルの公開を認める", "Clear a file that was held back", "とめた ファイルを 出（だ）す"), Clear, clear, _one, on=NAME, page=PAGE),
    Command("discard_file", Words("ファイルを取りやめる", "Discard a file", "ファイルを やめる"), Discard, discard, _one, on=NAME, page=PAGE),
)  # fmt: skip
