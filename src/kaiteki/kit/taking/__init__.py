"""Everything that is kept of a person as one file to take along: what services hold, the account, photos, who read it."""

from kaiteki.kit.taking.beside import Beside
from kaiteki.kit.taking.whole import taken

__all__ = ["Beside", "taken"]
