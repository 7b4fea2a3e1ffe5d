"""Options that several commands share."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
import typer

DATA_DEFAULT = Path("var")

DataOption = Annotated[
    Path, typer.Option("--data", envvar="KAITEKI_DATA", help="Folder of the node's data.", file_okay=False)
]
AreaOption = Annotated[str, typer.Option("--city", help="The area; * means all areas.")]


def _default(field: Any) -> Any:
    """What an option is when nobody says it; a list is made anew."""
    if field.required:
        return inspect.Parameter.empty
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


class Command:
    """The shape of a command whose options are the fields of a struct with their help, because there are more than a function may ask for."""

    def __init__(self, options: type[msgspec.Struct]) -> None:
        hints = get_type_hints(options, include_extras=True)
        self.__annotations__ = hints
        self.__signature__ = inspect.Signature(
            [
                inspect.Parameter(
                    field.name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=_default(field),
                    annotation=hints[field.name],
                )
                for field in msgspec.structs.fields(options)
            ]
        )
