"""Where a node reads how its token is reached, and its PIN."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kaiteki.main.hsm.settings import NoPin, hsm_settings, read_pin
from kaiteki.main.kek import made_kek, read_kek


def test_the_pin_is_read_from_where_nobody_else_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = tmp_path / "pin"
    pin.touch(mode=0o644)
    pin.chmod(0o644)
    monkeypatch.setenv("KAITEKI_PKCS11_PIN_FILE", str(pin))
    with pytest.raises(NoPin, match="chmod 600"):
        read_pin()
    pin.chmod(0o600)
    for wrong in (b"", b"x" * 300, b"\xff\xfe"):
        pin.write_bytes(wrong)
        with pytest.raises(NoPin):
            read_pin()
    pin.write_text("1234\n")
    assert read_pin() == "1234"
    monkeypatch.delenv("KAITEKI_PKCS11_PIN_FILE")
    with pytest.raises(NoPin, match="KAITEKI_PKCS11_PIN_FILE"):
        read_pin()
    monkeypatch.setenv("KAITEKI_PKCS11_PIN", "4321")
    assert read_pin() == "4321"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "kaiteki.pkcs11-pin").write_text("5678")
    assert read_pin() == "5678"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"KAITEKI_PKCS11_TOKEN": "town"}, "KAITEKI_PKCS11_MODULE is not"),
        ({"KAITEKI_PKCS11_MODULE": "/nowhere.so"}, "KAITEKI_PKCS11_TOKEN"),
        ({"KAITEKI_PKCS11_MODULE": "/nowhere.so", "KAITEKI_PKCS11_TOKEN": "town"}, "there is no file"),
    ],
)
def test_half_a_setting_is_no_setting(
    variables: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Exception, match=words):
        hsm_settings()


def test_the_file_of_a_token_holds_no_secret(tmp_path: Path) -> None:
    path = made_kek(tmp_path / "kek.json", by_token=True)
    assert msgspec.json.decode(path.read_bytes()) == {"token": "pkcs11"}
    path.write_text('{"token": "something else"}')
    with pytest.raises(Exception, match="cannot be read as key-encryption keys"):
        read_kek(path)
