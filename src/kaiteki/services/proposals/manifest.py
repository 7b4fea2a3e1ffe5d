"""Proposals of residents (市民提案), told as data. People know it as a part of 市民参画 (`kit.joining`)."""

from __future__ import annotations

from kaiteki.kit.manifest import Queues, Service
from kaiteki.model.words import Words
from kaiteki.services.proposals.commands import COMMANDS
from kaiteki.services.proposals.kinds import ERASE, PURPOSES, TYPES
from kaiteki.services.proposals.pages.desk import DESK, show_waiting
from kaiteki.services.proposals.pages.listed import PAGES
from kaiteki.services.proposals.settings import Settings
from kaiteki.services.proposals.voting import OutcomeSeen, VoteSeen

service = Service(
    name="participation",
    words=Words("市民提案", "Proposals", "みんなの 提案（ていあん）"),
    summary=Words(
        "まちをよくする案を出し、応援し、市の答えとその後の動きを読めます。",
        "Propose how to make the town better, support it, and read what becomes of it.",
        "まちを よく する 案（あん）を 出（だ）せます。",
    ),
    field="hall",
    stage="lab",
    package="kaiteki.services.proposals",
    types=TYPES,
    commands=COMMANDS,
    purposes=PURPOSES,
    pages=PAGES,
    queues=Queues(DESK, show_waiting),
    erase=ERASE,
    settings=Settings,
    sees=(VoteSeen, OutcomeSeen),
    offices=lambda settings: tuple(one.code for one in settings.offices),
)
