"""A node whose town has everything that its pages can show: reports in every state, places, data sets, a theme, sensors."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import compress

from walked_proposals import propose
from walked_votes import await_count, hold_votes

from kaiteki.model.said import JAPAN
from kaiteki.world.devices import entities_at
from kaiteki.world.network import network_of
from kaiteki.world.pictures import draw_photo
from kaiteki.world.town import read_town
from node_under_test import NodeUnderTest

ROOT = Path(__file__).parents[2]
PASSWORD = "a long sample password"
CLERK, RESIDENT = "clerk", "neighbour"
ROWS_REFUSED = 3
"""The exit code of an import that refused some rows: the pages tell of them."""
SENSORS_AT_S = 1_790_000_000.0
WAITING = 3
"""Reports that nobody looked at yet, more than are assigned at once."""
TASK = {
    "what": "いっしょに落書きを消しましょう。",
    "starts_at": "2030-05-05T01:00:00Z",
    "ends_at": "2030-05-05T03:00:00Z",
    "meeting_place": "橋のたもと",
    "tools": ["軍手", "バケツ"],
    "insurance": "市のボランティア保険に入ります。",
}
THEME = {
    "code": "lamps",
    "title": "暗い道をさがそう",
    "text": "夜に暗いと感じた所を知らせてください。",
    "category": "light",
    "date_start": "2026-01-01T00:00:00Z",
    "date_end": "2035-01-01T00:00:00Z",
    "title_en": "Look for dark streets",
    "questions": ["何時ごろですか"],
}
SUBSCRIPTION = {
    "id": "urn:ngsi-ld:Subscription:lamps",
    "type": "Subscription",
    "subscriptionName": "街灯の管理会社",
    "description": "街灯の様子が変わったら、管理会社の受付に知らせます。",
    "entities": [{"type": "WeatherObserved"}],
    "notification": {"endpoint": {"uri": "https://lamps.example/changes"}},
}
TOILET_AT = (35.3402, 141.0601)
WISHES = (
    {
        "title": "バス停ごとの乗り降りの人数",
        "purpose": "時刻表を考える会で、朝のバスを増やす相談に使います。",
        "use": "CSVで毎月",
        "email": "bus@example.jp",
    },
    {"title": "公園の木の一覧", "purpose": "子どもと名前を調べます。", "email": "trees@example.jp"},
)
CONSULTATION: dict[str, Any] = {
    "title": "みどりの基本計画（案）",
    "kind": "plan",
    "about": "公園と緑を10年でどうふやすかの計画です。",
    "text": "第1章 公園を30か所ふやします。",
    "documents": "計画案 https://www.example.jp/plan.pdf",
    "how": "郵送：見本市港1-1",
    "office": "planning",
}
LIGHTS_AT = ((35.39, 141.08), (35.38, 141.09), (35.36, 141.09))
"""A light, of which somebody told already, for each language that tells of one: none of them meets what another tells."""
FILES = {
    "emergency.csv": """共通ID,施設・場所名,住所,緯度,経度,洪水,津波,地震,大規模な火事,指定避難所との住所同一,電話番号
E9900190000001201,港小学校,見本市港区1,35.35,141.02,,1,1,1,1,0470-00-0001
E9900190000002201,丘公園,見本市丘区2,35.375,141.065,1,1,1,,,
E9900190000003201,畑中学校,見本市畑区3,35.325,141.068,1,,1,1,1,
""",
    "aed.csv": """NO,名称,住所,緯度,経度,設置位置,小児対応設備の有無
1,市役所,見本市1,35.35,141.05,1階,有
2,,見本市2,35.35,141.05,,無
""",
    "public_toilet.csv": f"""ID,名称,住所,緯度,経度,男性トイレ総数,女性トイレ総数,多機能トイレ数
T1,中央公園トイレ,見本市畑区4,{TOILET_AT[0]},{TOILET_AT[1]},2,2,1
T2,港公園トイレ,見本市港区5,35.352,141.021,1,1,0
""",
    "街灯.csv": "ID,住所,緯度,経度,管理者\n"
    + "".join(
        f"L-{number},見本市丘区6,{latitude},{longitude},市\n"
        for number, (latitude, longitude) in enumerate(LIGHTS_AT)
    ),
}
FILE: dict[str, Any] = {
    "id": "urn:ngsi-ld:Delivery:parks",
    "type": "Delivery",
    "fileName": "parks.csv",
    "state": "in",
    "content": b64encode(compress("ID,公園名,所在地\n1,港公園,港区\n2,丘公園,丘区\n".encode())).decode(),
}
SOURCE: dict[str, Any] = {
    "id": "urn:ngsi-ld:HarvestSource:parks",
    "type": "HarvestSource",
    "title": "隣の市の公園",
    "url": "https://data.example.invalid/parks.csv",
    "fileName": "parks.csv",
    "isActive": False,
    "result": "stopped",
    "why": "columns:−名前、＋公園名",
    "delivery": FILE["id"],
}
"""A source whose columns changed, and its newest file."""
CATALOGUE: dict[str, Any] = {
    "id": "urn:ngsi-ld:HarvestCatalogue:next",
    "type": "HarvestCatalogue",
    "title": "隣の市のオープンデータ",
    "url": "https://data.example.jp/catalog.jsonld",
    "form": "dcat",
    "state": "read",
    "gone": ["プール一覧"],
    "sets": [
        {
            "key": f"k{number}",
            "title": title,
            "publisher": "隣の市役所",
            "licence": "https://creativecommons.org/licenses/by/4.0/",
            "modified": "2026-10-01",
            "files": [{"key": f"f{number}", "url": f"https://data.example.jp/{number}.csv", "form": "csv"}],
            "others": number,
            "news": ("new", "changed", "")[number],
        }
        for number, title in enumerate(("公園一覧", "AED設置箇所一覧", "公衆無線LANアクセスポイント一覧"))
    ],
}
"""A catalogue of somebody else as it was read."""
STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "received": ("park", ()),
    "checking": ("road", ("check",)),
    "office": ("road", ("assign",)),
    "planned": ("light", ("assign", "plan")),
    "task": ("graffiti", ("assign", "make_task")),
    "working": ("light", ("assign", "start")),
    "temporary": ("road", ("assign", "fix_temporarily")),
    "handed": ("signal", ()),
    "completed": ("litter", ("assign", "complete")),
    "witnessed": ("green", ("assign", "complete", "witness")),
    "closed": ("park", ("assign", "complete", "confirm")),
    "duplicate": ("light", ("merge",)),
    "outside": ("barrier", ("pass_on",)),
    "withdrawn": ("litter", ("withdraw",)),
    "hidden": ("graffiti", ("hide",)),
}
"""By what a page calls it: the kind of a report, and what was done with it."""


@dataclass
class WalkedTown:
    """A running node, who may sign in there, and what its pages' addresses name (`known`)."""

    node: NodeUnderTest
    folder: Path
    photo: Path
    known: dict[str, str] = field(default_factory=dict[str, str])
    bearers: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def command(self, name: str, form: Any, who: str = "") -> dict[str, Any]:
        """Run a command of まちレポ; the answer is what the command says."""
        done = self.node.ask("POST", f"/demo/services/reports/{name}", form, self.bearers.get(who))
        assert done.status == 200, (name, form, done.body)
        return done.json()

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """All entities of a type, with plain values."""
        return self.node.ask("GET", f"/ngsi-ld/v1/entities?type={kind}&options=keyValues&limit=100").json()


def fill(town: WalkedTown) -> None:
    """Bring the town in as people and machines do."""
    town.photo.write_bytes(draw_photo("paint", 4))
    _take_in(town)
    _enrol(town)
    town.known |= hold_votes(town.node, town.bearers["office"])
    picture = {**town.bearers["office"], "content-type": "image/jpeg"}
    kept = town.node.ask("POST", "/demo/files", town.photo.read_bytes(), picture)
    town.known["photo"] = kept.json()["digest"]
    town.command("open_theme", THEME, "office")
    for number, (state, (category, steps)) in enumerate(STATES.items()):
        town.known[state] = _report(town, number, category, steps)
    for number in range(WAITING):
        town.known[f"waiting{number}"] = _report(town, len(STATES) + number, "park", ())
    for place in LIGHTS_AT:
        _report(town, -1, "light", (), place)
    demo = read_town(ROOT / "cities" / "demo")
    sensors = [*entities_at(1, demo, SENSORS_AT_S), *network_of(demo, SENSORS_AT_S)]
    kept = town.node.ask("POST", "/ngsi-ld/v1/entityOperations/upsert", sensors, town.bearers["office"])
    assert kept.status in (201, 204), kept.body
    made = town.node.ask("POST", "/ngsi-ld/v1/subscriptions", SUBSCRIPTION, town.bearers["office"])
    assert made.status == 201, made.body
    _wish(town)
    _queue(town)
    _consult(town)
    _deliver(town)
    await_count(town.node, town.known["budget"])
    town.known |= propose(town.node, town.bearers, town.known["budget"])
    sets = town.listed("DataSet")
    town.known |= {
        "sensor": town.listed("WeatherObserved")[0]["id"],
        "place": town.listed("EvacuationSite")[0]["id"],
        "toilet": town.listed("PublicToilet")[0]["id"],
        "data": next(one["id"] for one in sets if ":aed" in one["id"]),
        "report": town.listed("Report")[0]["id"],
        "theme": THEME["code"],
        "subscription": SUBSCRIPTION["id"],
    }


def _wish(town: WalkedTown) -> None:
    """Two requests for data: one is public and answered, one nobody has read yet."""
    for name, form in zip(("wish", "unread"), WISHES, strict=True):
        said = town.node.ask("POST", "/demo/services/opendata/ask_for_data", form)
        assert said.status == 200, said.body
        town.known[name] = said.json()["number"]
    this = {"id": f"urn:ngsi-ld:DataSetRequest:{town.known['wish']}"}
    words = {name: WISHES[0][name] for name in ("title", "purpose", "use")}
    for step, form in (("publish_request", words), ("consider_request", {"why": "バスの会社に聞きます。"})):
        done = town.node.ask(
            "POST", f"/demo/services/opendata/{step}", {**this, **form}, town.bearers["office"]
        )
        assert done.status == 200, done.body


def _queue(town: WalkedTown) -> None:
    """Two windows of the city hall: one has called somebody, one serves; people wait, one is on hold, one did not come."""

    def told(command: str, **form: Any) -> None:
        address, whole = f"/demo/services/counter/{command}", {"office": "hall", **form}
        answer = town.node.ask("POST", address, whole, town.bearers["office"])
        assert answer.status == 200, answer.body

    for _ in range(5):
        told("issue", matter="resident")
    told("issue", matter="papers", priority=True, then=["family"])
    for window, steps in (("2", ("call", "miss", "call", "hold", "call")), ("3", ("call", "begin"))):
        told("seat", window=window, matters=["resident"] if window == "2" else ["papers"])
        for step in steps:
            told(step, window=window)


def _consult(town: WalkedTown) -> None:
    """A draft on which three opinions came, two of them alike, of which one has its answer."""

    def told(step: str, form: dict[str, Any], who: str = "office") -> dict[str, Any]:
        done = town.node.ask("POST", f"/demo/services/participation/{step}", form, town.bearers[who])
        assert done.status == 200, done.body
        return done.json()

    today = datetime.now(JAPAN).date()
    days = {"opens_on": str(today), "closes_on": str(today + timedelta(days=60))}
    made = told("announce", {"id": told("prepare", {**CONSULTATION, **days})["id"]})
    town.known["consultation"] = made["number"]
    paper = {"id": made["id"], "way": "mail", "received_on": str(today), "name": "見本 花子"}
    for text in (
        "公園をふやしてください。",
        "駅前の公園をふやす計画に賛成です。",
        "駅前の公園をふやす計画に大賛成です。",
    ):
        told("take_in_opinion", {**paper, "text": text})
    answer = {"summary": "公園をふやしてほしい。", "reply": "ふやします。", "effect": "same"}
    told("write_answer", {"id": made["id"], **answer})
    told("map_opinions", {"id": made["id"], "answer": 1, "numbers": [1]})


def _deliver(town: WalkedTown) -> None:
    """A file of staff with something to mend, which is held back because it speaks of people, and one that nobody has decided about; an
    address that is not reached."""

    def told(step: str, form: dict[str, Any]) -> dict[str, Any]:
        done = town.node.ask("POST", f"/demo/services/opendata/{step}", form, town.bearers["office"])
        assert done.status == 200, done.body
        return done.json()

    table = "名簿\n担当者氏名,人数\n見本 太郎,5人\n見本 花子,7人\n".encode()
    made = told("take_file", {"file_name": "名簿.csv", "content": b64encode(compress(table)).decode()})
    town.known["delivery"] = made["id"]
    told("accept_repairs", {"id": made["id"], "accepted": ["notes"]})
    assert told("bring_in", {"id": made["id"], "source": "見本市", "licence": "CC-BY-4.0"})["state"] == "held"
    benches = "名称,住所,数\n港のベンチ,見本市港1,3\n丘のベンチ,見本市丘2,約5\n".encode()
    open_one = {"file_name": "ベンチ.csv", "content": b64encode(compress(benches)).decode()}
    town.known["undecided"] = told("take_file", open_one)["id"]
    told("declare_source", {"title": "公園", "url": "http://none.invalid/p.csv", "file_name": "parks.csv"})
    kept = town.node.ask(
        "POST", "/ngsi-ld/v1/entityOperations/upsert", [SOURCE, FILE], town.bearers["office"]
    )
    assert kept.status in (201, 204), kept.body
    town.known["source"] = SOURCE["id"]
    tried = {"id": SOURCE["id"], "delivery": FILE["id"], "columns": ["公園名"], "items": ["name"]}
    told("try_mapping", tried)
    told("use_mapping", {"id": SOURCE["id"], "delivery": FILE["id"]})
    told("try_mapping", tried)
    told("declare_catalogue", {"title": "届かないカタログ", "url": "http://catalogue.invalid/catalog.jsonld"})
    kept = town.node.ask("POST", "/ngsi-ld/v1/entityOperations/upsert", [CATALOGUE], town.bearers["office"])
    assert kept.status in (201, 204), kept.body


def strike(town: WalkedTown) -> None:
    """Declare a disaster, of which two people tell the same damage."""
    town.command("begin_disaster", {"name": "台風15号", "why": "市内で停電が続いています。"}, "office")
    for _ in range(2):
        town.known["damage"] = _report(town, -2, "damage-road", ())


def _take_in(town: WalkedTown) -> None:
    for name, text in FILES.items():
        (town.folder / name).write_text(text, encoding="utf-8")
    paths = [str(town.folder / name) for name in FILES]
    told = ("--city", "demo", "--source", "見本市", "--licence", "CC BY 4.0")
    done = town.node.command("import", *paths, *told)
    assert done.returncode in (0, ROWS_REFUSED), done.stdout + done.stderr


def _enrol(town: WalkedTown) -> None:
    for login, name, role in (
        (CLERK, "見本 花子", ("--role", "staff", "--role", "admin")),
        (RESIDENT, "見本 太郎", ()),
    ):
        added = town.node.command("user", "add", login, "--name", name, *role, given=PASSWORD + "\n")
        assert added.returncode == 0, added.stderr
    for login, role in (("office", "staff"), ("second-office", "staff"), ("walker", "resident")):
        made = town.node.command("user", "add", login, "--name", f"見本 {login}", "--machine", "--role", role)
        town.bearers[login] = {"authorization": f"Bearer {made.stdout.split()[-1]}"}


def _report(
    town: WalkedTown, number: int, category: str, steps: tuple[str, ...], place: tuple[float, float] = (0, 0)
) -> str:
    """A report, led through some steps; the answer is its number. Each has a place of its own."""
    latitude, longitude = place if any(place) else (35.305 + number * 0.004, 141.02 + number % 4 * 0.02)
    form = {
        "category": category,
        "description": f"歩く人が困っています。{number}番目の知らせです。",
        "latitude": latitude,
        "longitude": longitude,
        "address": f"見本市 {number + 2}丁目",
    }
    made = town.command("submit", form, "walker")
    this = {"id": made["id"]}
    for step in steps:
        _step(town, this, step)
    return str(made["number"])


def _step(town: WalkedTown, this: dict[str, str], step: str) -> None:
    more: dict[str, Any] = {
        "plan": {"planned": "2030-05-05T00:00:00Z", "why": "部品が届きしだい直します。"},
        "make_task": TASK,
        "pass_on": {"why": "バス会社に伝えました。"},
        "hide": {"why": "名前が書かれています。"},
        "check": {"why": "現地を見に行きます。"},
    }.get(step, {})
    if step in ("complete", "fix_temporarily"):
        more = {"photos": [{"digest": town.known["photo"]}], "why": "片づけました。"}
    elif step in ("witness", "confirm"):
        town.command("witness", {**this, "mended": True}, "walker" if step == "witness" else "second-office")
        return
    elif step == "merge":
        more = {"into": f"urn:ngsi-ld:Report:{town.known['working']}"}
    town.command(step, {**this, **more}, "walker" if step == "withdraw" else "office")
