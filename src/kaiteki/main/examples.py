"""The interfaces of a node with examples for developers: rows of data, filled with what an area has when the page is shown."""

from __future__ import annotations

from typing import Final

from kaiteki.model.words import Words
from kaiteki.portal.examples import Api, Example

_LD: Final = {"NGSILD-Tenant": "{area}"}
_V2: Final = {"Fiware-Service": "{area}"}
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def _said(ja: str, en: str, easy: str) -> Words:
    return Words(ja, en, easy)


NGSI_LD: Final = Api(
    "ngsi-ld",
    "NGSI-LD",
    "1.9 (ETSI GS CIM 009)",
    _said(
        "まちのすべてのデータを、条件、場所、時間でさがします。変わったら知らせることもできます。",
        "All data of the town by conditions, places and time, and notifications when they change.",
        "まちの データを ぜんぶ さがせます。",
    ),
    "/ngsi-ld/v1/types",
    (
        Example(
            "list",
            _said("一覧（5件）", "A list of five", "5つ 見（み）る"),
            "/ngsi-ld/v1/entities?type={type}&limit=5&options=concise",
            headers=_LD,
        ),
        Example(
            "one",
            _said("IDで1件", "One by its id", "1つ 見（み）る"),
            "/ngsi-ld/v1/entities/{entity}?options=concise",
            headers=_LD,
        ),
        Example(
            "geojson",
            _said("GeoJSONで受け取る", "As GeoJSON", "GeoJSONで もらう"),
            "/ngsi-ld/v1/entities?type={type}&limit=5",
            headers={**_LD, "Accept": "application/geo+json"},
        ),
        Example(
            "near",
            _said("ある地点から1km以内", "Within 1 km of a place", "ちかくの もの"),
            "/ngsi-ld/v1/entities?type={type}&limit=5&options=concise&georel=near%3BmaxDistance==1000&geometry=Point&coordinates=%5B{longitude},{latitude}%5D",
            headers=_LD,
        ),
        Example(
            "count",
            _said("件数だけ（ヘッダー NGSILD-Results-Count）", "Only how many (header NGSILD-Results-Count)", "かずだけ"),
            "/ngsi-ld/v1/entities?type={type}&limit=0&count=true",
            headers=_LD,
        ),
        Example(
            "past",
            _said("これまでの値", "Its past values", "いままでの こと"),
            "/ngsi-ld/v1/temporal/entities/{entity}?lastN=3",
            headers=_LD,
        ),
        Example(
            "types",
            _said("データの種類の一覧", "Which kinds of data there are", "しゅるいの 一覧（いちらん）"),
            "/ngsi-ld/v1/types",
            headers=_LD,
        ),
    ),
    guide=_said(
        "NGSILD-Tenant ヘッダーでまちを示します。購読（変わったら知らせる）と書き込みには、市の担当が出すトークンが要ります。",
        "The header NGSILD-Tenant names the town. Subscriptions and writing need a token, which the town issues.",
        "NGSILD-Tenant に まちの 名前（なまえ）を 書（か）きます。",
    ),
)  # fmt: skip
NGSI_V2: Final = Api(
    "ngsi-v2",
    "NGSI v2",
    "2.0 (FIWARE)",
    _said(
        "FIWARE Orion のクライアントが、そのまま使えます。",
        "Clients of FIWARE Orion work as they are.",
        "FIWARE の ソフトで 使（つか）えます。",
    ),
    "/v2",
    (
        Example(
            "list",
            _said("一覧（5件）", "A list of five", "5つ 見（み）る"),
            "/v2/entities?type={type}&limit=5&options=keyValues",
            headers=_V2,
        ),
        Example(
            "one",
            _said("IDで1件", "One by its id", "1つ 見（み）る"),
            "/v2/entities/{entity}?options=keyValues",
            headers=_V2,
        ),
        Example(
            "types",
            _said("データの種類の一覧", "Which kinds of data there are", "しゅるいの 一覧（いちらん）"),
            "/v2/types?options=values",
            headers=_V2,
        ),
    ),
)
OGC: Final = Api(
    "ogc",
    "OGC API Features・Tiles",
    "1.0.1 (OGC 17-069r4), 1.0 (OGC 20-057)",
    _said(
        "QGISなどの地図ソフトで、まちの場所を層として開きます。",
        "Places of the town as layers of QGIS and other map software.",
        "地図（ちず）の ソフトで 見（み）ます。",
    ),
    "/{area}/ogc/",
    (
        Example(
            "collections",
            _said("層の一覧", "Which layers there are", "一覧（いちらん）"),
            "/{area}/ogc/collections?f=json",
        ),
        Example(
            "items",
            _said("1つの層の3件", "Three features of a layer", "3つ 見（み）る"),
            "/{area}/ogc/collections/{collection}/items?f=json&limit=3",
        ),
        Example(
            "box",
            _said("地図の範囲の中", "Within the window of a map", "地図（ちず）の 中（なか）"),
            "/{area}/ogc/collections/{collection}/items?f=json&limit=3&bbox={box}",
        ),
        Example(
            "tiles",
            _said("地図のタイルの説明（TileJSON）", "What tiles there are (TileJSON)", "タイルの せつめい"),
            "/{area}/ogc/collections/{collection}/tiles/WebMercatorQuad?f=tilejson",
        ),
    ),
)
CKAN: Final = Api(
    "ckan",
    "CKAN Action API",
    "v3 (CKAN 2.11)",
    _said(
        "オープンデータのカタログを、CKANのプログラムで探し、集めます。",
        "The catalogue of open data, found and harvested by programs for CKAN.",
        "データを さがす プログラムの ための 入口（いりぐち）です。",
    ),
    "/{area}/ckan/api/3/action/package_search",
    (
        Example(
            "search",
            _said("データセットを探す", "Search data sets", "さがす"),
            "/{area}/ckan/api/3/action/package_search?rows=3",
        ),
        Example(
            "show",
            _said("1つのデータセット", "One data set", "1つ 見（み）る"),
            "/{area}/ckan/api/3/action/package_show?id={slug}",
        ),
    ),
)
DCAT: Final = Api(
    "dcat",
    "DCAT-AP",
    "3.0.1 (SEMIC)",
    _said(
        "オープンデータのカタログを、よそのカタログが集める形（JSON-LD、Turtle）で渡します。",
        "The catalogue of open data as other catalogues harvest it (JSON-LD, Turtle).",
        "データの 一覧（いちらん）を ほかの 一覧（いちらん）に わたします。",
    ),
    "/{area}/catalog.jsonld",
    (
        Example(
            "catalogue",
            _said("カタログの1ページ（JSON-LD）", "A page of the catalogue (JSON-LD)", "一覧（いちらん）"),
            "/{area}/catalog.jsonld",
        ),
        Example(
            "turtle",
            _said("1つのデータセット（Turtle）", "One data set (Turtle)", "1つ 見（み）る"),
            "/{area}/catalog/{slug}.ttl",
        ),
    ),
)
OPEN311: Final = Api(
    "open311",
    "Open311 GeoReport",
    "v2",
    _said(
        "まちの不具合の知らせを、よそのアプリから読み、送ります。",
        "Reports of what is broken, read and sent by other apps.",
        "まちの 知（し）らせを 読（よ）みます。",
    ),
    "/{area}/open311/v2/discovery.json",
    (
        Example(
            "services",
            _said("知らせの種類", "Kinds of reports", "しゅるい"),
            "/{area}/open311/v2/services.json",
        ),
        Example(
            "requests",
            _said("新しい知らせ", "The newest reports", "あたらしい もの"),
            "/{area}/open311/v2/requests.json?page_size=3",
        ),
    ),
)
MCP: Final = Api(
    "mcp",
    "MCP",
    "2025-06-18",
    _said(
        "AIアシスタントが、まちのデータを道具として使います。",
        "AI assistants use the data of the town as tools.",
        "AI が データを 読（よ）みます。",
    ),
    "/mcp",
    (
        Example(
            "tools",
            _said("道具の一覧", "Which tools there are", "一覧（いちらん）"),
            "/mcp",
            "POST",
            _JSON,
            '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}',
        ),
        Example(
            "query",
            _said("データをさがす", "Query entities", "さがす"),
            "/mcp",
            "POST",
            _JSON,
            '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "query_entities", "arguments": {"area": "{area}", "type": "{type}", "limit": 3}}}',
        ),
    ),
)
FILES: Final = Api(
    "files",
    "CSV・GeoJSON",
    "RFC 4180, RFC 7946",
    _said(
        "データセットを丸ごと、表や地図のファイルで受け取ります。",
        "Whole data sets as tables and map files.",
        "データを ファイルで もらいます。",
    ),
    "/{area}/data",
    (
        Example(
            "csv",
            _said("CSVで丸ごと", "Whole, as CSV", "CSVで ぜんぶ"),
            "/{area}/data/{data}/records.csv",
        ),
        Example(
            "geojson",
            _said("GeoJSONで丸ごと", "Whole, as GeoJSON", "GeoJSONで ぜんぶ"),
            "/{area}/data/{data}/records.geojson",
        ),
        Example(
            "lines",
            _said("1行に1件のJSON", "A record a line, as JSON", "1行（ぎょう）に 1件（けん）"),
            "/{area}/data/{data}/records.jsonl",
        ),
        Example(
            "feed",
            _said("更新の通知（JSON Feed）", "What was brought up to date (JSON Feed)", "おしらせ"),
            "/{area}/data/feed.json",
        ),
    ),
    stability="own",
)
OPENAPI: Final = Api(
    "openapi",
    "OpenAPI",
    "3.1",
    _said(
        "すべての操作の機械可読な説明です。クライアントの自動生成に使えます。",
        "A machine-readable description of every operation, from which clients can be made.",
        "API の せつめいです。",
    ),
    "/openapi.json",
    (Example("openapi", _said("説明の全体", "The whole description", "ぜんぶ"), "/openapi.json"),),
)
APIS: Final = (NGSI_LD, FILES, OGC, NGSI_V2, CKAN, DCAT, OPEN311, MCP, OPENAPI)
"""Every interface that is shown with examples, in this order."""
