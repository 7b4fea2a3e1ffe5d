"""`kaiteki audit`: lines found, heads saved, proofs that others can check, and a log that was tampered with."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kaiteki.broker.notary import Notary
from kaiteki.main.cli import app
from kaiteki.main.log_key import HEAD_NAME, KEY_NAME, PUBLIC_NAME, is_signed, known_keys, log_key
from kaiteki.model.checkpoint import read_note, read_verifier_key
from kaiteki.model.merkle import is_included, leaf_hash
from kaiteki.ports.accesses import Access
from kaiteki.ports.entities import By
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from kaiteki.stores.sqlite.driver import connect
from kaiteki.stores.store import Store
from ports.sample import SteppingClock, create, entity, put

CLERK = By("clerk", "welfare.read", "福祉課", "welfare.visit")


async def live(store: Store, folder: Path) -> None:
    """Two lamps, two reads, all signed."""
    await create(store, entity("lamp:1", watts=40), entity("lamp:2", watts=40))
    for subject in ("pair-1", "pair-2"):
        await store.accesses.keep([Access("demo", CLERK, subject, "x/Visit", ("x/phone", "x/name"))])
    await put(store, "lamp:1", "watts", 60, 20)
    key = log_key(folder, "kaiteki-trial")
    await Notary(store.ledger, SteppingClock(), lambda: key, secrets.token_bytes).finish()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    async def make() -> None:
        store = open_sqlite(tmp_path / "data", SteppingClock())
        await live(store, tmp_path / "data")
        await store.entities.close()

    asyncio.run(make())
    return tmp_path / "data"


def run(data: Path, *words: str, code: int = 0) -> str:
    """What `kaiteki audit <words>` prints; the folder is named before the command."""
    said = CliRunner().invoke(app, ["audit", "--data", str(data), *words])
    assert said.exit_code == code, said.output
    return said.stdout


def numbers(lines: str) -> list[str]:
    return [line.split("\t")[0] for line in lines.splitlines()]


def test_lines_are_found_by_who_what_for_whom_and_when(data: Path) -> None:
    whole = run(data, "list", "--city", "demo")
    assert numbers(whole) == ["2", "3", "4", "5"]
    read = whole.splitlines()[1].split("\t")
    assert read[2:] == ["clerk", "welfare.read", "pair-1 Visit: phone,name (1) welfare.visit"]
    cases: Sequence[tuple[Sequence[str], Sequence[str]]] = (
        (("--who", "clerk"), ["3", "4"]),
        (("--who", "mayor", "--after", "2"), ["5"]),
        (("--subject", "pair-2"), ["4"]),
        (("--subject", "urn:ngsi-ld:lamp:2"), ["2"]),
        (("--office", "福祉課", "--limit", "1"), ["3"]),
        (("--purpose", "welfare.visit", "--what", "read"), ["3", "4"]),
        (("--purpose", "else"), []),
        (("--since", "2023-11-14T22:13:23Z"), ["4", "5"]),
        (("--until", "2023-11-14T22:13:21Z"), ["2"]),
    )
    for words, found in cases:
        assert numbers(run(data, "list", "--city", "demo", *words)) == found, words
    assert run(data, "list", "--city", "else") == ""
    assert (
        "no time"
        in CliRunner()
        .invoke(app, ["audit", "list", "--city", "demo", "--since", "x", "--data", str(data)])
        .output
    )


def test_a_sound_log_is_called_sound_and_a_changed_one_is_not(data: Path, tmp_path: Path) -> None:
    said = run(data, "verify")
    assert "4 lines checked of 4" in said and said.endswith("The log is as it was signed.\n")
    head = tmp_path / "head.txt"
    head.write_text(run(data, "head"), encoding="utf-8")
    key = run(data, "head", "--key").strip()
    assert run(data, "verify", "--head", str(head)).endswith("as it was signed.\n")
    assert run(data, "verify", "--since", "2", "--head", str(head), "--key", key).startswith(
        "2 lines checked"
    )
    run(data, "verify", "--since", "9", code=2)
    run(data, "verify", "--head", str(head), "--key", "nonsense", code=2)
    connection = connect(data / FILE_NAME, new=False)
    connection.execute("UPDATE aside SET body=replace(body, 'clerk', 'clark') WHERE number=4")
    connection.close()
    said = run(data, "verify", code=1)
    assert said.startswith("line 4: this line was changed\n") and "NOT as it was signed" in said


def test_a_proof_holds_for_whoever_has_the_key(data: Path) -> None:
    proof = json.loads(run(data, "prove", "3"))
    name, public = read_verifier_key(run(data, "head", "--key"))
    note = read_note(proof["head"])
    assert name == note.checkpoint.origin == "kaiteki-trial"
    assert is_signed(public, note.signatures[0].signed, note.checkpoint.text.encode())
    content = sha256(b64decode(proof["salt"]) + proof["line"].encode()).digest()
    path = [b64decode(one) for one in proof["proof"]]
    assert is_included(leaf_hash(content), proof["index"], proof["size"], path, note.checkpoint.root)
    assert json.loads(proof["line"])["subject"] == "pair-1"
    run(data, "prove", "99", code=1)


def test_the_proof_of_a_line_is_checked_without_data_by_a_key(data: Path, tmp_path: Path) -> None:
    """On a machine that has nothing but the file and the key; any change of the file shows."""
    text = run(data, "prove", "3")
    key = run(data, "head", "--key").strip()
    file, nowhere = tmp_path / "proof.json", tmp_path / "nowhere"
    file.write_text(text)
    proof = json.loads(text)
    words = ("verify-proof", str(file), "--key", key)
    said = run(nowhere, *words)
    assert proof["line"] in said and f"at place {proof['index'] + 1} of the {proof['size']} lines" in said
    assert not nowhere.exists()
    for changed in (
        {"line": proof["line"].replace("1", "2", 1)},
        {"index": proof["index"] + 1},
        {"size": proof["size"] + 1},
        {"head": proof["head"].replace("time 2", "time 3")},
        {"proof": proof["proof"][1:]},
        {"salt": "x"},
    ):
        file.write_text(json.dumps(proof | changed))
        run(nowhere, *words, code=1)
    file.write_text(text)
    run(nowhere, "verify-proof", str(file), code=2)
    run(nowhere, "verify-proof", str(file), "--key", "x", code=2)


def test_what_stands_beside_the_log_is_looked_through_by_the_doctor(data: Path) -> None:
    """The log is as it was signed, says that it does not speak of records, and names who looks at them."""
    assert CliRunner().invoke(app, ["doctor", "--thorough", "--data", str(data)]).exit_code == 0
    store = connect(data / FILE_NAME)
    store.execute(
        "UPDATE entity SET doc=CAST(replace(CAST(doc AS TEXT), '60', '61') AS BLOB) WHERE id LIKE '%lamp:1'"
    )
    assert store.changes() == 1
    store.close()
    assert "`kaiteki doctor --thorough` looks through them" in run(data, "verify")
    said = CliRunner().invoke(app, ["doctor", "--thorough", "--data", str(data)])
    assert said.exit_code == 1 and "not what their past says" in said.output


def test_a_changed_time_of_a_signature_is_found(data: Path) -> None:
    store = connect(data / FILE_NAME)
    store.execute("UPDATE signed SET at=at-60000000")
    store.close()
    assert "beside it stands" in run(data, "verify", code=1)


def test_the_log_goes_out_as_json_lines_and_as_syslog(data: Path) -> None:
    lines = [json.loads(line) for line in run(data, "export").splitlines()]
    assert [line["number"] for line in lines] == [2, 3, 4, 5]
    assert lines[1]["told"]["by"] == {
        "actor": "clerk",
        "action": "welfare.read",
        "office": "福祉課",
        "purpose": "welfare.visit",
    }
    assert [json.loads(line)["number"] for line in run(data, "export", "--after", "3").splitlines()] == [4, 5]
    first = run(data, "export", "--format", "syslog").splitlines()[0]
    header = r"<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z kaiteki-[0-9a-f]{12} kaiteki - change - "
    assert re.match(header, first) and json.loads(first.split(" - ", 2)[2])["number"] == 2
    run(data, "export", "--format", "xml", code=2)


def test_a_replaced_key_leaves_its_public_half(data: Path, tmp_path: Path) -> None:
    head = tmp_path / "head.txt"
    head.write_text(run(data, "head"), encoding="utf-8")
    before = (data / KEY_NAME).read_text(encoding="ascii")
    made = run(data, "rotate").strip()
    assert (data / KEY_NAME).read_text(encoding="ascii") != before and "+" in made
    assert (data / KEY_NAME).stat().st_mode & 0o777 == 0o600

    async def go_on() -> None:
        store = open_sqlite(data, SteppingClock())
        await put(store, "lamp:1", "watts", 70, 30)
        key = log_key(data, "kaiteki-trial")
        await Notary(store.ledger, SteppingClock(), lambda: key, secrets.token_bytes).finish()
        await store.entities.close()

    asyncio.run(go_on())
    assert run(data, "verify", "--head", str(head)).startswith("5 lines checked of 5")
    assert run(data, "head") != head.read_text(encoding="utf-8")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    run(tmp_path / "nowhere", "verify", code=1)
    store_folder = tmp_path / "new"

    async def make() -> None:
        await open_sqlite(store_folder, SteppingClock()).entities.close()

    asyncio.run(make())
    run(store_folder, "head", code=1)
    run(store_folder, "rotate", code=1)
    assert "0 lines checked of 0" in run(store_folder, "verify")


def test_heads_that_were_taken_out_of_the_store_are_missed(data: Path) -> None:
    connection = connect(data / FILE_NAME, new=False)
    connection.execute("DELETE FROM signed")
    connection.close()
    said = run(data, "verify", code=1)
    assert said.startswith("the store has no head; the node remembers one over 4: heads were taken out\n")
    assert "no head covers the newest 4 lines, from line 2 of 2023-11-14T22:13:2" in said
    assert said.endswith("The log is NOT as it was signed.\n")
    (data / HEAD_NAME).write_text("damaged", encoding="utf-8")
    run(data, "verify", code=1)
    (data / HEAD_NAME).unlink()
    assert f"has no {HEAD_NAME}" in run(data, "verify")


def sign_more(data: Path, folder: Path, at_s: int) -> None:
    """A further line, taken in and signed by the key of a folder."""

    async def go_on() -> None:
        store = open_sqlite(data, SteppingClock())
        await put(store, "lamp:1", "watts", 70, at_s)
        key = log_key(folder, "kaiteki-trial")
        await Notary(store.ledger, SteppingClock(), lambda: key, secrets.token_bytes).finish()
        await store.entities.close()

    asyncio.run(go_on())


def test_a_head_by_another_key_is_found_until_the_operator_trusts_the_key(data: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    sign_more(data, elsewhere, 30)
    key = run(data, "head", "--key").strip()
    said = run(data, "verify", code=1)
    assert f"the head over 5 lines is signed by a key that is not known here: {key}" in said
    assert "NOT as it was signed" in said
    assert run(data, "verify", "--key", key).endswith("The log is as it was signed.\n")
    assert run(data, "trust", key) == "The key may sign here.\n"
    assert run(data, "trust", key) == "The key was known already.\n"
    run(data, "trust", "nonsense", code=2)
    assert run(data, "verify").endswith("The log is as it was signed.\n")
    run(data, "rotate")
    assert [one.vouched for one in known_keys(data)] == [True, True, True]


def test_a_key_that_nothing_vouches_for_is_told_and_a_false_signature_is_damage(data: Path) -> None:
    run(data, "rotate")
    keys = (data / PUBLIC_NAME).read_text(encoding="ascii")
    (data / KEY_NAME).unlink()
    sign_more(data, data, 30)
    said = run(data, "verify")
    assert said.count("is not signed by the one before it. It was made where that one was gone") == 1
    assert said.endswith("The log is as it was signed.\n")
    first, second = keys.splitlines()
    told, _, signed = second.partition(" ")
    other = first.partition("+")[0] + told[len(first.partition("+")[0]) :]
    (data / PUBLIC_NAME).write_text(f"{first}\n{other} {signed[:-4]}AAA=\n", encoding="ascii")
    run(data, "verify", code=1)
    (data / PUBLIC_NAME).unlink()
    assert "so every key is taken for the right one" in run(data, "verify")
