"""The ledger goes out whole, and two auditors of others accept it: each also refuses a file in which one point is wrong."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from points_town import DAY_S, a_town

from kaiteki.kit.jobs import Jobs
from kaiteki.kit.pages import PageAsk, Streamed
from kaiteki.model.decision import Accepted
from kaiteki.services.points.pages import book
from kaiteki.services.points.pages.book import SETTLED, UNIT
from town import CLERK, RESIDENT_B, Town
from waiting import LONG_S

BEAN_CHECK = Path(__file__).parents[3] / ".venv" / "auditors" / "bin" / "bean-check"
MINUTE_S = SETTLED / 1_000_000
ACCOUNTS = 7
"""Five books of the city, a budget and the account of one person."""


def audited(program: str, file: Path) -> tuple[bool, str]:
    """Whether an auditor accepts a file, and what it says; skips where the auditor is missing."""
    hledger = shutil.which("hledger")
    if program == "beancount":
        if not BEAN_CHECK.is_file():
            pytest.skip("bean-check is missing (scripts/prepare_tests.py installs it)")
        command = [str(BEAN_CHECK), "--no-cache", str(file)]
    else:
        if hledger is None:
            pytest.skip("hledger is missing (Debian: hledger)")
        command = [hledger, "check", "-s", "-f", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONG_S)
    return done.returncode == 0, done.stdout + done.stderr


async def written(town: Town, program: str) -> str:
    """The file as staff get it now."""
    ask = PageAsk("demo", {}, {}, {}, {}, CLERK, "ja", town.clock.now(), town.clock.seed(), town.city(CLERK))
    reply = await (book.beancount if program == "beancount" else book.hledger)(ask)
    assert isinstance(reply, Streamed)
    return b"".join([part async for part in reply.parts]).decode()


async def a_busy_town() -> tuple[Town, list[str]]:
    """Grants to two people, one taken back, one expired; and the words that no file may hold."""
    town, campaign, number = await a_town(ends="2030-03-31", person_max=10_000)
    opened = await town.run("points.open", {}, RESIDENT_B)
    assert isinstance(opened, Accepted)
    form = {"campaign": campaign, "number": number}
    other = str(opened.answer["number"])
    assert isinstance(await town.run("points.grant", form, CLERK), Accepted)
    town.clock.pass_s(705 * DAY_S)
    await Jobs(town.engine).run_due()
    town.clock.pass_s(40 * DAY_S)
    await Jobs(town.engine).run_due()
    for to in (number, other, other):
        given = await town.run("points.grant", {**form, "number": to}, CLERK)
        assert isinstance(given, Accepted)
    back = {
        "id": given.answer["id"],
        "point_account": f"urn:ngsi-ld:PointAccount:{other}",
        "campaign": campaign,
        "why": "別の人でした",
    }
    assert isinstance(await town.run("points.take_back", back, CLERK), Accepted)
    town.clock.pass_s(2 * MINUTE_S)
    secret = [number, other, campaign.rpartition(":")[2], "別の人", "海岸", "Beach"]
    return town, secret


@pytest.mark.parametrize("program", ["beancount", "hledger"])
async def test_an_auditor_accepts_the_whole_ledger_and_refuses_one_point_more(
    program: str, tmp_path: Path
) -> None:
    town, hidden = await a_busy_town()
    text = await written(town, program)
    file = tmp_path / f"points.{program}"
    file.write_text(text, encoding="utf-8")
    assert audited(program, file) == (True, "")
    kinds = re.findall(r"^\d{4}-\d\d-\d\d \* .*?(allotment|grant|expiry|reversal)", text, re.MULTILINE)
    assert sorted(kinds) == ["allotment", "expiry", *["grant"] * 4, "reversal"]
    assert [word for word in hidden if word in text] == []
    assert "expires-2028-11-30" in text
    # one posting more, and what is kept, are each seen by the auditor
    for found in (f" -50 {UNIT}\n", f"-850 {UNIT}\n"):
        assert found in text
        file.write_text(text.replace(found, found.replace("0 P", "1 P"), 1), encoding="utf-8")
        assert not audited(program, file)[0]


async def test_what_moved_in_the_last_minute_is_not_in_the_file_and_its_account_asserts_nothing(
    tmp_path: Path,
) -> None:
    town, campaign, number = await a_town()
    town.clock.pass_s(2 * MINUTE_S)
    calm = await written(town, "beancount")
    assert calm.count(" balance ") == 2
    assert isinstance(
        await town.run("points.grant", {"campaign": campaign, "number": number}, CLERK), Accepted
    )
    text = await written(town, "beancount")
    assert ('"grant"' in text, text.count(" balance "), text.count(" open ")) == (False, 0, ACCOUNTS)
    file = tmp_path / "points.beancount"
    file.write_text(text, encoding="utf-8")
    assert audited("beancount", file) == (True, "")


async def test_an_account_is_called_otherwise_in_every_file() -> None:
    town, _ = await a_busy_town()
    names = [set(re.findall(r"Points:P(\w+)", await written(town, "beancount"))) for _ in range(2)]
    assert [len(one) for one in names] == [2, 2] and not names[0] & names[1]
