"""The use of data, told as data: the command that keeps counts, and the pages that show them."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command
from kaiteki.model.access import ADMIN
from kaiteki.model.words import Words
from kaiteki.services.opendata.use.keeping import keep_needs, keep_use
from kaiteki.services.opendata.use.model import KeepUse

KEEP_USE: Final = Command(
    "keep_use",
    Words("利用の数を残す", "Keep how much data are used", "かずを のこす"),
    KeepUse,
    keep_use,
    keep_needs,
    (ADMIN,),
)
