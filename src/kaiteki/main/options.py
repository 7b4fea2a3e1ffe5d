"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DATA_DEFAULT = Path("var")

DataOption = Annotated[
    Path, typer.Option("--data", envvar="KAITEKI_DATA", help="Folder of the node's data.", file_okay=False)
]
AreaOption = Annotated[str, typer.Option("--city", help="The area; * means all areas.")]
