"""Lay the typeface of printed sheets into the project: BIZ UDPGothic (Morisawa, for universal design), as an npm package of Google Fonts ships it.

`make vendor` runs it; it needs Node and the network. The files are committed, so nothing else does.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACE = ROOT / "src" / "kaiteki" / "services" / "maps" / "sheets" / "font"
PACKAGE = "@expo-google-fonts/biz-udpgothic@0.4.2"
FETCH_TIMEOUT_S = 300


def main() -> None:
    """Fetch, lay typeface and licence."""
    with tempfile.TemporaryDirectory() as name:
        fetch = ("npm", "pack", "--silent", PACKAGE)
        packed = subprocess.run(
            fetch, cwd=name, check=True, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S
        )
        shutil.unpack_archive(Path(name) / packed.stdout.strip().splitlines()[-1], name)
        folder = Path(name) / "package"
        PLACE.mkdir(exist_ok=True)
        shutil.copyfile(
            folder / "400Regular" / "BIZUDPGothic_400Regular.ttf", PLACE / "BIZUDPGothic-Regular.ttf"
        )
        shutil.copyfile(folder / "LICENSE_FONT", PLACE / "OFL.txt")
    sys.stdout.write(f"vendored: the typeface of {PACKAGE}\n")


if __name__ == "__main__":
    main()
