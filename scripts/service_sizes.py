"""How many lines of Python each service has: without blank lines, comments and docstrings, and without its pages (decision 60).

Usage: python scripts/service_sizes.py
"""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path
from typing import Final

SERVICES: Final = Path(__file__).parents[1] / "src" / "kaiteki" / "services"
AIM: Final = 900
_NO_CODE: Final = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def lines_of_code(source: str) -> int:
    """The lines on which something of the program stands."""
    texts: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            texts.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            code.update(range(token.start[0], token.end[0] + 1))
    return len(code - texts)


def size_of(service: Path) -> int:
    """The lines of a service beside its pages."""
    files = (one for one in service.rglob("*.py") if "pages" not in one.relative_to(service).parts)
    return sum(lines_of_code(one.read_text(encoding="utf-8")) for one in files)


def main() -> None:
    """Print each service with its lines, those beyond the aim marked."""
    for service in sorted(one for one in SERVICES.iterdir() if (one / "manifest.py").is_file()):
        lines = size_of(service)
        print(f"{service.name:15} {lines:6}{'  more than the aim' if lines > AIM else ''}")


if __name__ == "__main__":
    main()
