"""How the token of a node is reached, from the environment alone; nothing here reads the library of PKCS#11.

The PIN is read at each login, never kept in settings and never taken from a command line, where other processes could see it.
"""

from __future__ import annotations

import importlib.util
import os
import stat
from pathlib import Path
from typing import Final

import msgspec
import typer

MODULE_VARIABLE: Final = "KAITEKI_PKCS11_MODULE"
TOKEN_VARIABLE: Final = "KAITEKI_PKCS11_TOKEN"
KEY_VARIABLE: Final = "KAITEKI_PKCS11_KEY"
PIN_VARIABLE: Final = "KAITEKI_PKCS11_PIN"
PIN_FILE_VARIABLE: Final = "KAITEKI_PKCS11_PIN_FILE"
CREDENTIALS_VARIABLE: Final = "CREDENTIALS_DIRECTORY"
PIN_CREDENTIAL: Final = "kaiteki.pkcs11-pin"
"""What systemd hands over with `LoadCredential=kaiteki.pkcs11-pin:…`."""
KEY_DEFAULT: Final = "kaiteki"
LIBRARY: Final = "pkcs11"
PIN_MAX_BYTES: Final = 256
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class NoPin(Exception):
    """There is no PIN to log in with, or it lies open; the message says what to do."""


class HsmSettings(msgspec.Struct, frozen=True):
    """The module of the maker (a shared library), the label of the token, the label of its keys that wrap."""

    module: Path
    token: str
    key: str = KEY_DEFAULT


def hsm_settings() -> HsmSettings | None:
    """What the environment says of a token; None where it names no module. Raises BadParameter, which a command says in its words."""
    module, token = os.environ.get(MODULE_VARIABLE, ""), os.environ.get(TOKEN_VARIABLE, "")
    if not module:
        if token:
            raise typer.BadParameter(f"{TOKEN_VARIABLE} is set, but {MODULE_VARIABLE} is not")
        return None
    if not token:
        raise typer.BadParameter(f"{MODULE_VARIABLE} is set; say the label of the token in {TOKEN_VARIABLE}")
    if not Path(module).is_file():
        raise typer.BadParameter(f"{MODULE_VARIABLE}: there is no file {module}")
    if importlib.util.find_spec(LIBRARY) is None:
        raise typer.BadParameter(f"{MODULE_VARIABLE} needs the extra: pip install 'kaiteki[pkcs11]'")
    return HsmSettings(Path(module), token, os.environ.get(KEY_VARIABLE, "") or KEY_DEFAULT)


def read_pin() -> str:
    """The PIN of the token, from a file for its owner alone, a credential of systemd or the environment; raises NoPin."""
    named, folder = os.environ.get(PIN_FILE_VARIABLE, ""), os.environ.get(CREDENTIALS_VARIABLE, "")
    if named:
        return _pin_in(Path(named), private=True)
    if folder and (Path(folder) / PIN_CREDENTIAL).is_file():
        return _pin_in(Path(folder) / PIN_CREDENTIAL, private=False)
    pin = os.environ.get(PIN_VARIABLE, "")
    if not pin:
        raise NoPin(f"no PIN for the token: name a file with it (mode 0600) in {PIN_FILE_VARIABLE}")
    return pin


def _pin_in(path: Path, *, private: bool) -> str:
    """The PIN in a file; systemd itself sees to who reads a credential."""
    try:
        if private and stat.S_IMODE(path.stat().st_mode) & OTHERS:
            raise NoPin(f"others may read the PIN of the token in {path}: `chmod 600 {path}`")
        with path.open("rb") as file:
            pin = file.read(PIN_MAX_BYTES + 1).decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as wrong:
        raise NoPin(f"the PIN of the token cannot be read from {path}: {wrong}") from wrong
    if not pin or len(pin.encode()) > PIN_MAX_BYTES:
        raise NoPin(f"{path} holds no PIN of 1 to {PIN_MAX_BYTES} bytes")
    return pin
