"""What is committed speaks of the project alone: no paths of one machine, no addresses of package registries."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKS = {"uv.lock", "package-lock.json"}
MACHINE_PATH = re.compile(r"/(?:tm[p]|wor[k]|roo[t]|farm)/|/hom[e]/[a-z]+/")
REGISTRIES = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (
            ("pypi", "org"),
            ("pythonhosted", "org"),
            ("npmjs", "org"),
            ("unpkg", "com"),
            ("jsdelivr", "net"),
            ("cdnjs", "cloudflare", "com"),
            ("deb", "debian", "org"),
        )
    )
)


def committed_texts() -> dict[str, str]:
    """All committed files that are text, by path."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    texts: dict[str, str] = {}
    for name in listed.decode().split("\0"):
        file = ROOT / name
        if not name or name in LOCKS or not file.is_file():
            continue
        content = file.read_bytes()
        if b"\0" not in content[:8000]:
            texts[name] = content.decode("utf-8", errors="replace")
    return texts


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Places whose line matches; vendored files of others (with an integrity manifest) may say what they like."""
    return [
        f"{name}:{number} {line.strip()[:120]}"
        for name, text in committed_texts().items()
        if "/vendor/" not in name
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_path_of_one_machine_is_committed() -> None:
    assert lines_with(MACHINE_PATH) == []


def test_no_registry_is_named_outside_the_lock() -> None:
    assert lines_with(REGISTRIES) == []


def test_every_committed_text_is_utf8() -> None:
    own = {name: text for name, text in committed_texts().items() if "/vendor/" not in name}
    assert [name for name, text in own.items() if "\ufffd" in text] == []
