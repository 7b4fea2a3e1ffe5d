"""Templates that were compiled once for all languages, and for all sites of this process."""

from __future__ import annotations

from types import CodeType
from typing import Final

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

COMPILED_MAX: Final = 2000
"""Templates that are remembered, some 20 kB each; a full memory begins anew."""


class Compiled(BytecodeCache):
    """The code of templates by name, file and text. It is the same in each environment that folds nothing (`optimized=False`)."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template the code that was made of the same text."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Remember the code of a template."""
        if len(self._codes) >= COMPILED_MAX:
            self._codes.clear()
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


COMPILED: Final = Compiled()
"""One for the process."""
