"""Revisions of registers: numbers by which nodes see that another one has changed something."""

from __future__ import annotations

from typing import Final


def moved(register: str) -> str:
    """The head of a statement that moves the revision of a register in the same transaction."""
    return (
        f"WITH moved AS (INSERT INTO revision VALUES('{register}', 1)"
        " ON CONFLICT (register) DO UPDATE SET number=revision.number+1)"
    )


REVISION: Final = "SELECT coalesce((SELECT number FROM revision WHERE register=$1), 0)"
