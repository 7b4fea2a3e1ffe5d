"""災害の受付, told as data: how the area stands, and the commands that switch it."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, EntityType
from kaiteki.model.words import Words
from kaiteki.services.reports import forms, mode_rules
from kaiteki.services.reports.model import Mode
from kaiteki.services.reports.settings import USUAL

MODE_TYPE: Final = EntityType(
    name="ReportMode",
    view=Mode,
    words=Words("受付の切り替え", "Usual or disaster", "うけつけの きりかえ"),
    columns=("event", "name", "date_start"),
    labels={
        "event": Words("災害の記号", "Event", "さいがい"),
        "name": Words("災害の名前", "Name", "なまえ"),
        "date_start": Words("はじまり", "From", "はじまり"),
        "past": Words("これまでの災害", "Past disasters", "これまでの さいがい"),
    },
    public=("event", "name", "date_start", "past"),
    plays=frozenset({"service_mode"}),
    desk="reports/damage",
    workings=frozenset({"log", "undo"}),
    codes=lambda settings: {"event": {USUAL: Words("ふだん", "Usual times", "いつも")}},
)

SWITCH: Final = (
    Command(
        "begin_disaster",
        Words("災害の受付にする", "Declare a disaster", "さいがいの うけつけに する"),
        forms.BeginDisaster,
        mode_rules.begin_disaster,
        mode_rules.mode_needs,
    ),
    Command(
        "end_disaster",
        Words("ふだんの受付に戻す", "Back to usual", "いつもの うけつけに もどす"),
        forms.EndDisaster,
        mode_rules.end_disaster,
        mode_rules.mode_needs,
    ),
    Command(
        "take_back_mode",
        Words("切り替えを元に戻す", "Undo the switch", "きりかえを もどす"),
        forms.TakeBackMode,
        mode_rules.take_back_mode,
        mode_rules.mode_needs,
    ),
)
