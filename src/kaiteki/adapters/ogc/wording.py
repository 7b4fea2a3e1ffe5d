"""The words of this adapter, in three languages, as data (words.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from kaiteki.model.words import Words

WORDS: Final[Mapping[str, Words]] = {
    key: msgspec.convert(row, Words)
    for key, row in tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8")).items()
}
