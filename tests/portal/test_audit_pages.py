"""The pages of the audit log: for everybody how it stands, for those who look after it a search; and its addresses for programs."""

from __future__ import annotations

import csv
import io
import json
import secrets
from base64 import b64decode
from collections.abc import AsyncGenerator
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.applications import Starlette
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.api.audit import Auditing, audit_routes
from kaiteki.api.exchange import HeaderMap
from kaiteki.broker.notary import Notary
from kaiteki.kit.city import Cities
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.main.log_key import log_key
from kaiteki.model.access import AUDITOR, NOBODY, RESIDENT, Person
from kaiteki.model.checkpoint import read_note
from kaiteki.model.instant import Instant
from kaiteki.model.merkle import is_consistent, is_included, leaf_hash
from kaiteki.ports.accesses import Access
from kaiteki.ports.accounts import Grant
from kaiteki.ports.entities import By
from reader import Reader

PEOPLE = {
    "auditor": Person("auditor", "監査", frozenset({AUDITOR})),
    "taro": Person("pair-taro", "太郎", frozenset({RESIDENT})),
    "hanako": Person("pair-hanako", "花子", frozenset({RESIDENT})),
}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncGenerator[TrialSite]:
    """A town with two reads, one of them under review, signed."""
    site = await open_site()
    by = By(site.staff_id, "welfare.read", "fukushi", "welfare.visit")
    later = Instant(site.clock.now() + 10**15)
    for subject, review_at in (("pair-taro", None), ("pair-hanako", later)):
        access = Access("demo", by, subject, "x/Visit", ("x/phone",), ground="=1+1", review_at=review_at)
        await site.store.accesses.keep([access])
    key = log_key(tmp_path, "kaiteki-trial")
    notary = Notary(site.store.ledger, site.clock, lambda: key, secrets.token_bytes)
    await notary.finish()
    yield site


async def test_everybody_sees_how_the_log_stands_and_nothing_of_anybody(site: TrialSite) -> None:
    for language in ("ja", "ja-easy", "en"):
        shown = await Reader(site.app).get(f"/demo/audit?lang={language}")
        assert shown.status == 200 and "kaiteki-trial+" in shown.text and "pair-" not in shown.text
    assert (await Reader(site.app).get("/demo/desk/audit")).status == 401
    desk = Reader(site.app)
    await desk.sign_in("desk", PASSWORD)
    assert (await desk.get("/demo/desk/audit")).status == 403
    assert (await desk.get("/demo/desk/audit.csv")).status == 403


async def test_auditors_search_by_who_for_what_whose_and_when(site: TrialSite) -> None:
    await site.identity.register("kansa", "監査 一", PASSWORD, [Grant("demo", AUDITOR)])
    reader = Reader(site.app)
    await reader.sign_in("kansa", PASSWORD)
    page = "/demo/desk/audit"
    whole = (await reader.get(page)).text
    assert "pair-taro" in whole and "pair-hanako" in whole and "見本 花子" in whole and "Shelter" in whole
    taro = (await reader.get(page + "?what=read&subject=pair-taro&office=fukushi&purpose=welfare.visit")).text
    assert "pair-taro" in taro and "pair-hanako" not in taro
    none = (await reader.get(page + "?what=read&until=2000-01-01")).text
    assert "pair-" not in none and (await reader.get(page + "?since=x&before=x")).status == 200
    file = (await reader.get(f"{page}.csv?what=read")).body.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))
    assert [row[8] for row in rows[1:]] == ["pair-hanako", "pair-taro"] and len(rows[0]) == 13


async def test_programs_get_heads_growth_and_the_lines_that_concern_them(site: TrialSite) -> None:
    async def who(headers: HeaderMap, _area: str) -> Person:
        return PEOPLE.get(headers.get("x-who") or "", NOBODY)

    cities = Cities(site.engine, Darkroom(site.engine, site.store.files, site.store.received))
    app = Starlette(routes=audit_routes(Auditing(site.store.ledger, cities, who, ("demo",))))
    anybody = Reader(app)
    note = read_note((await anybody.get("/demo/audit/head")).text)
    size = note.checkpoint.size
    assert (await anybody.get(f"/demo/audit/head?size={size}")).status == 200
    growth = json.loads((await anybody.get("/demo/audit/consistency?before=1")).body)
    (first,) = await site.store.ledger.leaves(0, 1)
    path = [b64decode(one) for one in growth["proof"]]
    assert is_consistent(1, size, path, (first.hash, note.checkpoint.root))
    last = (await site.store.ledger.leaves(size - 1, 1))[0].number
    taro, hanako = last - 1, last
    seen = {
        (name, line): (await Reader(app, **{"x-who": name}).get(f"/demo/audit/proof?line={line}")).status
        for name in ("", *PEOPLE)
        for line in (taro, hanako, 1)
    }
    assert seen == {
        **{("", line): 401 for line in (taro, hanako, 1)},
        **{("auditor", line): 200 for line in (taro, hanako, 1)},
        ("taro", taro): 200,
        ("taro", hanako): 404,
        ("taro", 1): 404,
        # hers is under review
        **{("hanako", line): 404 for line in (taro, hanako, 1)},
    }
    proof = json.loads((await Reader(app, **{"x-who": "taro"}).get(f"/demo/audit/proof?line={taro}")).body)
    leaf = leaf_hash(sha256(b64decode(proof["salt"]) + proof["line"].encode()).digest())
    hashes = [b64decode(one) for one in proof["proof"]]
    assert is_included(leaf, proof["index"], proof["size"], hashes, read_note(proof["head"]).checkpoint.root)
    for path, status in (
        ("/demo/audit/head?size=999", 404),
        ("/demo/audit/head?size=-1", 400),
        ("/else/audit/head", 404),
        ("/demo/audit/consistency", 400),
        ("/demo/audit/consistency?before=0", 400),
        (f"/demo/audit/consistency?before=1&size={size + 1}", 400),
    ):
        assert (await anybody.get(path)).status == status, path
