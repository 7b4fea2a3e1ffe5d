"""Tokens of SoftHSM for tests: each in a folder of its own. A module before it (hsm_under_fire.c) can be slow, hang or be away.

Whoever needs them skips by name where SoftHSM or a C compiler is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pkcs11
import pytest

from kaiteki.main.hsm import kek as hsm_kek
from kaiteki.main.hsm.kek import TokenKek
from kaiteki.main.hsm.settings import HsmSettings
from waiting import LONG_S

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
SOURCE = Path(__file__).with_name("hsm_under_fire.c")
PIN = "123456"
LABEL = "town"
entered: dict[str, Any] = {}
"""The modules that this process began; behind each of them is the same SoftHSM."""


def softhsm() -> Path:
    """The module of SoftHSM; skips where it is missing."""
    found = next((Path(name) for name in MODULES if Path(name).is_file()), None)
    if found is None or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is missing (Debian: softhsm2)")
    return found


def hindered(folder: Path) -> Path:
    """A module that passes everything on to SoftHSM, but can be hindered; skips without a C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("a C compiler is missing (Debian: gcc)")
    module = folder / "hsm_under_fire.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-nostdlib", "-o", str(module), str(SOURCE)],
        check=True,
        timeout=LONG_S,
    )
    return module


@dataclass
class SoftToken:
    """An initialized token with a PIN; `variables` lead a node to it."""

    folder: Path
    module: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def pin_file(self) -> Path:
        """Where the PIN is read from."""
        return self.folder / "pin"

    @property
    def kek(self) -> TokenKek:
        """The token as a node of this process sees it; the variables are to be set."""
        return TokenKek(HsmSettings(self.module, LABEL))

    def hinder(self, how: str) -> None:
        """From now on `away`, `hang`, `slow` (50 ms a call) or, with nothing, as it should be."""
        part = self.folder / "how.part"
        part.write_text(how)
        part.replace(self.folder / "how")

    @property
    def logins(self) -> int:
        """How often the module was asked to log in."""
        counted = self.folder / "logins"
        return len(counted.read_bytes()) if counted.exists() else 0


def make_token(folder: Path, module: Path | None = None) -> SoftToken:
    """A new token with its own folder."""
    real = softhsm()
    (folder / "tokens").mkdir(parents=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    token = SoftToken(folder, module or real)
    token.pin_file.touch(mode=0o600)
    token.pin_file.write_text(PIN + "\n")
    token.hinder("")
    token.variables = {
        "SOFTHSM2_CONF": str(conf),
        "HSM_UNDER_FIRE": str(folder),
        "HSM_BEHIND": str(real),
        "KAITEKI_PKCS11_MODULE": str(token.module),
        "KAITEKI_PKCS11_TOKEN": LABEL,
        "KAITEKI_PKCS11_PIN_FILE": str(token.pin_file),
    }
    words = ("--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "654321")
    subprocess.run(
        ["softhsm2-util", *words],
        env={**os.environ, **token.variables},
        check=True,
        capture_output=True,
        timeout=LONG_S,
    )
    return token


def enter(token: SoftToken, patch: pytest.MonkeyPatch) -> None:
    """Lead this process to a token: its variables, and a module that begins anew and so reads them."""
    for name, value in token.variables.items():
        patch.setenv(name, value)
    for module in entered.values():
        module.finalize()
    entered[str(token.module)] = pkcs11.lib(str(token.module))
    entered[str(token.module)].finalize()


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    """A token that this process and those it starts are led to."""
    made = make_token(tmp_path / "hsm")
    enter(made, monkeypatch)
    # what another test remembers of a token of the same label is not this one
    hsm_kek._token_of.cache_clear()
    return made


@pytest.fixture
def shaky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    """A token that can be hindered."""
    folder = tmp_path / "module"
    folder.mkdir()
    made = make_token(tmp_path / "hsm", hindered(folder))
    enter(made, monkeypatch)
    hsm_kek._token_of.cache_clear()
    monkeypatch.setattr(hsm_kek, "AWAY_S", 0.0)
    return made
