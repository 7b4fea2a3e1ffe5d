"""市民参画, told as data: its parts (public comments; further ones stand beside them) joined to one service."""

from __future__ import annotations

from kaiteki.kit.manifest import Queues, Service
from kaiteki.kit.pages import PageAsk, Waiting
from kaiteki.model.words import Words
from kaiteki.services.participation.consultations.kinds import (
    CONSULTATION_ERASE,
    CONSULTATION_PURPOSES,
    CONSULTATION_TYPES,
)
from kaiteki.services.participation.consultations.manifest import (
    CONSULTATION_COMMANDS,
    CONSULTATION_JOBS,
    CONSULTATION_PAGES,
    CONSULTATION_QUEUES,
)
from kaiteki.services.participation.proposals import desk
from kaiteki.services.participation.proposals.commands import PROPOSAL_COMMANDS
from kaiteki.services.participation.proposals.kinds import (
    PROPOSAL_ERASE,
    PROPOSAL_PURPOSES,
    PROPOSAL_TYPES,
)
from kaiteki.services.participation.proposals.manifest import PROPOSAL_PAGES
from kaiteki.services.participation.settings import Settings


async def show_waiting(ask: PageAsk) -> list[Waiting]:
    """What waits at the desks of all parts."""
    return [*await CONSULTATION_QUEUES.read(ask), *await desk.show_waiting(ask)]


service = Service(
    name="participation",
    words=Words("市民参画", "Taking part", "まちづくりに さんか"),
    summary=Words(
        "市の案に意見を出し、自分でも提案し、市の答えとその後の動きを読めます。",
        "Comment on drafts of the town, propose something of your own, and read its answers and what becomes of it.",
        "市（し）の 案（あん）に 意見（いけん）を 言（い）ったり、提案（ていあん）したり できます。",
    ),
    field="hall",
    stage="lab",
    package="kaiteki.services.participation",
    types=(*CONSULTATION_TYPES, *PROPOSAL_TYPES),
    commands=(*CONSULTATION_COMMANDS, *PROPOSAL_COMMANDS),
    purposes={**CONSULTATION_PURPOSES, **PROPOSAL_PURPOSES},
    pages=(*CONSULTATION_PAGES, *PROPOSAL_PAGES),
    queues=Queues(CONSULTATION_QUEUES.path, show_waiting),
    jobs=CONSULTATION_JOBS,
    erase=(*CONSULTATION_ERASE, *PROPOSAL_ERASE),
    settings=Settings,
    offices=lambda settings: tuple(one.code for one in settings.offices),
)
