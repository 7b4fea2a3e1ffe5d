"""How the reports of a decision are kept, whichever rule made them: rules see them whole, the public members hold what is public."""

from __future__ import annotations

from typing import Any

import msgspec

from kaiteki.kit.manifest import Command, State
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.services.reports.model import Report
from kaiteki.services.reports.steps import settings_of
from kaiteki.services.reports.veil import veil, whole


def keeping(command: Command) -> Command:
    """The command with that care around its rule, so that no rule can forget it."""

    def decide(state: State, form: Any, asked: Asked) -> Accepted | Refused:
        settings = settings_of(asked)
        seen = {name: whole(one) if isinstance(one, Report) else one for name, one in state.items()}
        said = command.decide(seen, form, asked)
        if isinstance(said, Refused):
            return said
        writes = tuple(veil(one, settings) if isinstance(one, Report) else one for one in said.writes)
        return msgspec.structs.replace(said, writes=writes)

    return msgspec.structs.replace(command, decide=decide)
