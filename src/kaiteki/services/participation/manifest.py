"""市民参画, told as data: its parts (public comments; further ones stand beside them) joined to one service."""

from __future__ import annotations

from kaiteki.kit.manifest import Service
from kaiteki.model.words import Words
from kaiteki.services.participation.budgets.manifest import (
    BUDGET_COMMANDS,
    BUDGET_PAGES,
    BUDGET_SURVEYS,
    BUDGET_TYPES,
)
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
from kaiteki.services.participation.settings import Settings

service = Service(
    name="participation",
    words=Words("市民参画", "Taking part", "まちづくりに さんか"),
    summary=Words(
        "市の案に意見を出し、一つひとつの意見への市の答えを読めます。",
        "Comment on drafts of the town, and read its answer to each comment.",
        "市（し）の 案（あん）に 意見（いけん）を 言（い）って、こたえを 読（よ）めます。",
    ),
    field="hall",
    stage="lab",
    package="kaiteki.services.participation",
    types=(*CONSULTATION_TYPES, *BUDGET_TYPES),
    commands=(*CONSULTATION_COMMANDS, *BUDGET_COMMANDS),
    purposes=CONSULTATION_PURPOSES,
    pages=(*CONSULTATION_PAGES, *BUDGET_PAGES),
    queues=CONSULTATION_QUEUES,
    jobs=CONSULTATION_JOBS,
    erase=CONSULTATION_ERASE,
    surveys=BUDGET_SURVEYS,
    settings=Settings,
    offices=lambda settings: tuple(one.code for one in settings.offices),
)
