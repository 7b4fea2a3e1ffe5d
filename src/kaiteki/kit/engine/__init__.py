"""From what somebody asks to what is kept: who asks (`asking`), what is to be decided (`work`), over what services keep (`kept`), and the engine that runs it (`running`)."""

from kaiteki.kit.engine.asking import Asking
from kaiteki.kit.engine.kept import KIT, KIT_TYPES
from kaiteki.kit.engine.running import Engine
from kaiteki.kit.engine.work import EntityRule, Work, may_use

__all__ = [
    "KIT",
    "KIT_TYPES",
    "Asking",
    "Engine",
    "EntityRule",
    "Work",
    "may_use",
]
