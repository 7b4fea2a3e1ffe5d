"""Open data: the tables of the town as entities, found as places and as data sets, brought in from files as they are."""

from __future__ import annotations

from kaiteki.kit.grounds import DUTY
from kaiteki.kit.manifest import Command, Page, Purpose, Service
from kaiteki.model.access import STAFF
from kaiteki.model.words import Words
from kaiteki.services.opendata import browsing, desk, publish, queries
from kaiteki.services.opendata.asked import ASKS as ASKS_OF_FINDER
from kaiteki.services.opendata.asked import asks_of_files
from kaiteki.services.opendata.budgets import GrantBudget, grant_budget, needed_for_grant
from kaiteki.services.opendata.catalogues.desk import (
    act_catalogue,
    act_catalogues,
    show_catalogue,
    show_catalogues,
)
from kaiteki.services.opendata.catalogues.listing import COMMANDS as CATALOGUES
from kaiteki.services.opendata.correcting.deciding import CORRECTING
from kaiteki.services.opendata.correcting.desk import PAGES as CORRECTING_PAGES
from kaiteki.services.opendata.describing import (
    DESCRIBING,
    act_describe,
    show_describe,
)
from kaiteki.services.opendata.downloads.addresses import DOWNLOADS, FEEDS_OF_AREA
from kaiteki.services.opendata.intake.commands import COMMANDS as INTAKE
from kaiteki.services.opendata.intake.desk import (
    act_file,
    act_files,
    file_csv,
    file_original,
    show_file,
    show_files,
)
from kaiteki.services.opendata.intake.harvest_desk import act_harvest, show_harvest
from kaiteki.services.opendata.intake.inventory_desk import (
    act_inventory,
    inventory_csv,
    inventory_xlsx,
    show_inventory,
)
from kaiteki.services.opendata.intake.mapped import COMMANDS as MAPPED
from kaiteki.services.opendata.intake.mapped_desk import act_source, show_source
from kaiteki.services.opendata.intake.review_desk import act_review, show_review
from kaiteki.services.opendata.kinds import TYPES
from kaiteki.services.opendata.lineage.addresses import LINEAGE
from kaiteki.services.opendata.model import CorrectMapping
from kaiteki.services.opendata.readability.desk import act_check, show_check, show_readability
from kaiteki.services.opendata.release_forms import PublishAgain, Release, Withdraw
from kaiteki.services.opendata.release_pages import RELEASE_PAGES
from kaiteki.services.opendata.releasing import (
    needed_for_release,
    publish_again,
    release_statistics,
    withdraw,
)
from kaiteki.services.opendata.requests.kinds import REQUEST_ERASE, REQUEST_PURPOSES
from kaiteki.services.opendata.requests.manifest import REQUEST_COMMANDS, REQUEST_PAGES, REQUEST_QUEUES
from kaiteki.services.opendata.rules import MAPPING_EDITS, correct_mapping, needed_for_mapping
from kaiteki.services.opendata.settings import Settings, offices_of
from kaiteki.services.opendata.telling import show_schema
from kaiteki.services.opendata.topics import topics_of
from kaiteki.services.opendata.use.manifest import KEEP_USE, USE_PAGES
from kaiteki.services.opendata.withdrawal.deciding import COMMANDS as WITHDRAWING
from kaiteki.services.opendata.withdrawal.deciding import REACTIONS
from kaiteki.services.opendata.withdrawal.desk import PAGES as WITHDRAWAL_PAGES

service = Service(
    name="opendata",
    words=Words(ja="オープンデータ", en="Open data", easy="みんなが 使える データ"),
    summary=Words(
        ja="まちの施設や避難所を探し、データを自由に使えます。",
        en="Find facilities and shelters, and use the data of the town freely.",
        easy="まちの 施設や 避難所を さがせます。データを 自由に 使えます。",
    ),
    field="town",
    stage="pilot",
    package=__package__ or "",
    types=TYPES,
    purposes={
        "import": Purpose(
            Words(ja="データの取り込み", en="Import of data", easy="データの とりこみ"),
            ground=DUTY,
            recipients=Words(
                ja="公開データなので、どなたでも",
                en="Everybody: the data are public",
                easy="みんなが 使（つか）えます",
            ),
        ),
        **REQUEST_PURPOSES,
    },
    commands=(
        *INTAKE,
        *CATALOGUES,
        *MAPPED,
        *WITHDRAWING,
        Command(
            name="correct_mapping",
            words=Words(ja="列の対応を直す", en="Correct the mapping of columns"),
            form=CorrectMapping,
            decide=correct_mapping,
            needs=needed_for_mapping,
            on="ImportMapping",
            edits=MAPPING_EDITS,
        ),
        DESCRIBING,
        CORRECTING,
        Command(
            name="release",
            words=Words(ja="人数の表を公開する", en="Release counts of people"),
            form=Release,
            decide=release_statistics,
            needs=needed_for_release,
            noise=True,
        ),
        Command(
            name="withdraw",
            words=Words(
                ja="公開した集計を取り下げる",
                en="Withdraw released statistics",
                easy="見（み）せるのを やめる",
            ),
            form=Withdraw,
            decide=withdraw,
            needs=lambda form, asked: (form.id,),
            on="StatisticsRelease",
        ),
        Command(
            name="publish_again",
            words=Words(ja="もう一度公開する", en="Publish again", easy="もういちど 見（み）せる"),
            form=PublishAgain,
            decide=publish_again,
            needs=lambda form, asked: (form.id,),
            on="StatisticsRelease",
        ),
        Command(
            name="grant_budget",
            words=Words(
                ja="プライバシーの予算を決める", en="Decide on a privacy budget", easy="よさんを きめる"
            ),
            form=GrantBudget,
            decide=grant_budget,
            needs=needed_for_grant,
        ),
        *REQUEST_COMMANDS,
        KEEP_USE,
    ),
    pages=(
        Page(
            "places",
            "places.html",
            Words(ja="まちの施設・避難所", en="Facilities and shelters", easy="まちの 施設・避難所"),
            queries.find_places,
            asks=ASKS_OF_FINDER,
            menu=True,
            icon="pin",
            field="life",
            summary=Words(
                ja="名前、種類、距離、災害の種類でさがす",
                en="By name, kind, distance and hazard",
                easy="名前（なまえ）や 近（ちか）さで さがします",
            ),
        ),
        Page(
            "places.csv",
            "",
            Words(ja="施設のCSV", en="Facilities as CSV"),
            publish.places_csv,
            asks=asks_of_files(),
        ),
        Page(
            "places.geojson",
            "",
            Words(ja="施設のGeoJSON", en="Facilities as GeoJSON"),
            publish.places_geojson,
            asks=asks_of_files(),
        ),
        Page(
            "places/{id:path}",
            "place.html",
            Words(ja="施設", en="Facility", easy="施設"),
            queries.show_place,
            asks={},
        ),
        Page(
            "data",
            "catalogue.html",
            Words(ja="オープンデータ", en="Open data", easy="みんなが 使える データ"),
            browsing.catalogue,
            asks=browsing.ASKS,
            menu=True,
            icon="data",
            field="business",
            summary=Words(
                ja="まちのデータを見る、ダウンロードする",
                en="See and download the data of the town",
                easy="まちの データを 見（み）ます。ダウンロードも できます",
            ),
        ),
        # before the addresses of data sets, whose ids are none of these words
        *REQUEST_PAGES,
        *USE_PAGES,
        *FEEDS_OF_AREA,
        Page(
            "data/{id}",
            "dataset.html",
            Words(ja="データセット", en="Data set", easy="データ"),
            queries.show_data_set,
            asks={},
        ),
        *DOWNLOADS,
        *LINEAGE,
        *WITHDRAWAL_PAGES,
        *CORRECTING_PAGES,
        Page(
            "data/{id}/schema.jsonld",
            "",
            Words(ja="データセットの説明（schema.org）", en="The data set as schema.org has it"),
            show_schema,
            asks={},
        ),
        Page(
            "data/{id}/quality",
            "quality.html",
            Words(ja="取り込みの結果", en="Import result"),
            desk.show_quality,
            roles=(STAFF,),
        ),
        Page(
            "data/{id}/readability",
            "readability.html",
            Words(ja="機械可読性", en="Machine readability", easy="コンピューターでの 読（よ）みやすさ"),
            show_readability,
            asks={},
        ),
        Page(
            "opendata/files",
            "files.html",
            Words(ja="届いたファイル", en="Delivered files", easy="とどいた ファイル"),
            show_files,
            act=act_files,
            roles=(STAFF,),
        ),
        Page(
            "opendata/files/{id}",
            "file.html",
            Words(ja="届いたファイル", en="Delivered file", easy="とどいた ファイル"),
            show_file,
            act=act_file,
            roles=(STAFF,),
        ),
        Page(
            "opendata/files/{id}/review",
            "review.html",
            Words(ja="公開する内容", en="What becomes public", easy="なにを 見（み）せるか"),
            show_review,
            act=act_review,
            roles=(STAFF,),
        ),
        Page(
            "opendata/files/{id}/table.csv",
            "",
            Words(ja="直した表", en="Mended table"),
            file_csv,
            roles=(STAFF,),
        ),
        Page(
            "opendata/files/{id}/original",
            "",
            Words(ja="もとのファイル", en="Original file"),
            file_original,
            roles=(STAFF,),
        ),
        Page(
            "opendata/harvest",
            "harvest.html",
            Words(ja="定期取得", en="Fetching by rhythm", easy="いつも とりに 行（い）く"),
            show_harvest,
            act=act_harvest,
            roles=(STAFF,),
        ),
        Page(
            "opendata/harvest/{id}",
            "source.html",
            Words(ja="列の対応", en="Columns of a source", easy="列（れつ）の いみ"),
            show_source,
            act=act_source,
            roles=(STAFF,),
        ),
        Page(
            "opendata/catalogues",
            "catalogues.html",
            Words(ja="ほかのまちのカタログ", en="Catalogues of others", easy="ほかの まちの カタログ"),
            show_catalogues,
            act=act_catalogues,
            roles=(STAFF,),
        ),
        Page(
            "opendata/catalogues/{id}",
            "offered.html",
            Words(ja="カタログのデータ", en="Data of a catalogue", easy="カタログの データ"),
            show_catalogue,
            act=act_catalogue,
            roles=(STAFF,),
        ),
        Page(
            "opendata/inventory",
            "inventory.html",
            Words(ja="データ一覧", en="Inventory of data", easy="データの 一覧（いちらん）"),
            show_inventory,
            act=act_inventory,
            roles=(STAFF,),
        ),
        Page(
            "opendata/inventory.csv",
            "",
            Words(ja="データ一覧のCSV", en="Inventory of data as CSV"),
            inventory_csv,
            roles=(STAFF,),
        ),
        Page(
            "opendata/inventory.xlsx",
            "",
            Words(ja="データ一覧のExcel", en="Inventory of data as Excel"),
            inventory_xlsx,
            roles=(STAFF,),
        ),
        Page(
            "opendata/check",
            "check.html",
            Words(ja="ファイルを調べる", en="Check a file", easy="ファイルを しらべる"),
            show_check,
            act=act_check,
            roles=(STAFF,),
        ),
        Page(
            "data/{id}/mapping",
            "mapping.html",
            Words(ja="列の対応を直す", en="Correct the mapping of columns"),
            desk.show_mapping,
            act=desk.act_mapping,
            roles=(STAFF,),
        ),
        Page(
            "data/{id}/describe",
            "describe.html",
            Words(ja="データの説明を書く", en="Describe the data", easy="せつめいを 書（か）く"),
            show_describe,
            act=act_describe,
            roles=(STAFF,),
        ),
        *RELEASE_PAGES,
    ),
    queues=REQUEST_QUEUES,
    reactions=REACTIONS,
    erase=REQUEST_ERASE,
    topics=topics_of,
    settings=Settings,
    offices=offices_of,
)
