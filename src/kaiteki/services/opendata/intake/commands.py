"""The commands on delivered files and on the addresses from which they are fetched, each for staff and on a page of its own."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.kit.manifest import Command
from kaiteki.model.decision import Asked
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.bringing import BringIn, bring_in, needed_for_bringing
from kaiteki.services.opendata.intake.clearing import Clear, clear
from kaiteki.services.opendata.intake.delivery import (
    NAME,
    AcceptRepairs,
    Discard,
    TakeFile,
    accept_repairs,
    discard,
    take_file,
)
from kaiteki.services.opendata.intake.harvest import NAME as SOURCE
from kaiteki.services.opendata.intake.harvest import (
    DeclareSource,
    FetchNow,
    Switch,
    declare_source,
    fetch_now,
    switch_source,
)
from kaiteki.services.opendata.intake.inventory import KeepInventory, keep_inventory, needed_for_inventory

PAGE: Final = "opendata/files"
HARVEST: Final = "opendata/harvest"


def _one(form: Any, asked: Asked) -> tuple[str, ...]:
    return (form.id,)


COMMANDS: Final = (
    Command("take_file", Words("ファイルを受け取る", "Take a file in", "ファイルを うけとる"), TakeFile, take_file, page=PAGE),
    Command("accept_repairs", Words("直し方を決める", "Choose repairs", "なおしかたを きめる"), AcceptRepairs, accept_repairs, _one, on=NAME, page=PAGE),
    Command("bring_in", Words("ファイルを取り込む", "Bring a file in", "ファイルを 入（い）れる"), BringIn, bring_in, needed_for_bringing, on=NAME, page=PAGE),
    Command("clear_file", Words("保留したファイルの公開を認める", "Clear a file that was held back", "とめた ファイルを 出（だ）す"), Clear, clear, _one, on=NAME, page=PAGE),
    Command("declare_source", Words("取りに行くファイルを決める", "Declare a file to fetch", "とりに 行（い）く ファイルを きめる"), DeclareSource, declare_source, page=HARVEST),
    Command("fetch_now", Words("いま取りに行く", "Fetch now", "いま とりに 行（い）く"), FetchNow, fetch_now, _one, on=SOURCE, page=HARVEST),
    Command("switch_source", Words("定期取得を止める・始める", "Stop or start fetching", "とめる・はじめる"), Switch, switch_source, _one, on=SOURCE, page=HARVEST),
    Command("keep_inventory", Words("データ一覧を取り込む", "Bring the inventory of data in", "データの 一覧（いちらん）を 入（い）れる"), KeepInventory, keep_inventory, needed_for_inventory, page="opendata/inventory"),
    Command("discard_file", Words("ファイルを取りやめる", "Discard a file", "ファイルを やめる"), Discard, discard, _one, on=NAME, page=PAGE),
)  # fmt: skip
