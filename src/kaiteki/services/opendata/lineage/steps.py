"""The way of a data set in words: which steps, when, by whom, with what result. Offices are named, people never."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import PageAsk
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.privacy import SORTS
from kaiteki.services.opendata.lineage.kinds import WAYS
from kaiteki.services.opendata.lineage.model import SourceFile, Unit
from kaiteki.services.opendata.mapping import IGNORED
from kaiteki.services.opendata.quality import REASONS, WORDS
from kaiteki.services.opendata.readability.repairs.mending import REPAIRS
from kaiteki.services.opendata.standard.table import standard_types

COMMANDS_MAX: Final = 12
PROGRAM: Final = Words("このプログラム（自動）", "This program, by itself", "プログラム")
UNITS: Final[Mapping[Unit, Words]] = {
    "line": Words("{n}行目", "line {n}", "{n}行（ぎょう）め"),
    "feature": Words("{n}番目の地物", "feature {n}", "{n}番（ばん）め"),
    "row": Words("{n}行目", "row {n}", "{n}行（ぎょう）め"),
    "number": Words("{n}番目の図形", "record {n} of the shapefile", "{n}番（ばん）め"),
    "mended": Words("直した表の{n}行目", "line {n} of the mended table", "なおした 表（ひょう）の {n}行（ぎょう）め"),
}  # fmt: skip
ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "utf-16": "UTF-16",
    "cp932": "Shift_JIS (CP932)",
    "xlsx": "Excel (XLSX)",
}


class Said(msgspec.Struct, frozen=True):
    """One step: what was done, when, by whom, what came of it; `more` are facts with their labels."""

    code: str
    title: str
    at: Instant | None
    who: str
    text: str
    more: Sequence[tuple[str, Any]] = ()


def place_words(file: SourceFile, line: int, language: str) -> str:
    """A place in a file in words."""
    return UNITS[file.unit].fill(language, n=f"{line:,}")


def steps_of_file(file: SourceFile, entry: Entry, ask: PageAsk) -> list[Said]:
    """The steps from a file to its records, in their order."""
    language, office = ask.language, _office(entry, ask)
    steps = [_received(file, office, language)]
    if file.repairs:
        steps.append(_mended(file, office, language))
    return [
        *steps,
        _read(file, language),
        _looked(file, language),
        _mapped(file, language),
        _published(file, language),
    ]


def _office(entry: Entry, ask: PageAsk) -> str:
    if entry.office is not None:
        return entry.office.words.say(ask.language)
    return ask.town.hall.say(ask.language) if ask.town is not None else ""


def _received(file: SourceFile, office: str, language: str) -> Said:
    more: list[tuple[str, Any]] = []
    if file.url:
        more.append(
            (
                Words("取得元", "Fetched from", "とって きた ところ").say(language),
                {"text": file.url, "href": file.url},
            )
        )
    for one in file.files:
        size = Words("{n}バイト", "{n} bytes").fill(language, n=f"{one.size_bytes:,}")
        more.append((one.name, f"SHA-256 {one.digest}　{size}"))
    if file.part:
        more.append((Words("シート・部分", "Sheet or part", "シート").say(language), file.part))
    return Said(
        "received",
        Words("ファイルが届く", "The file came", "ファイルが きました").say(language),
        file.received_at,
        office,
        WAYS[file.way].say(language),
        more,
    )


def _mended(file: SourceFile, office: str, language: str) -> Said:
    words = Words("{n}か所", "{n} {n|place|places}", "{n}こ")
    more = [
        (
            REPAIRS[one.code].words.say(language) if one.code in REPAIRS else one.code,
            words.fill(language, n=one.count),
        )
        for one in file.repairs
    ]
    count = sum(one.count for one in file.repairs)
    text = Words(
        "職員が認めた直し方で、{n}か所を直しました。",
        "{n} {n|place was|places were} mended, by repairs that staff accepted.",
        "{n}こ なおしました。",
    ).fill(language, n=count)
    return Said(
        "mended",
        Words("表を直す", "The table was mended", "なおしました").say(language),
        file.started_at,
        office,
        text,
        more,
    )


def _read(file: SourceFile, language: str) -> Said:
    text = Words(
        "{encoding} として{n}行を読みました。",
        "{n} {n|row was|rows were} read as {encoding}.",
        "{n}行（ぎょう）を 読（よ）みました。",
    ).fill(language, n=file.read, encoding=ENCODINGS.get(file.encoding, file.encoding or "—"))
    words = Words("{n}か所", "{n} {n|place|places}", "{n}こ")
    more = [
        (
            f"{one.column}　{WORDS[one.code].say(language)}".strip() if one.code in WORDS else one.code,
            words.fill(language, n=one.count),
        )
        for one in file.rewritten
    ]
    return Said(
        "read",
        Words("読み取る", "It was read", "読（よ）みました").say(language),
        file.started_at,
        PROGRAM.say(language),
        text,
        more,
    )


def _looked(file: SourceFile, language: str) -> Said:
    if not file.let:
        words = Words(
            "{n}列を確かめ、個人についての情報は見つかりませんでした。",
            "{n} {n|column was|columns were} looked through; nothing in {n|it|them} speaks of people.",
            "{n}の 列（れつ）を 見（み）ました。人（ひと）の ことは ありません。",
        )
    else:
        words = Words(
            "{n}列を確かめ、次の列は職員が理由を示して公開を認めました。",
            "{n} {n|column was|columns were} looked through; staff cleared these, with a reason.",
            "{n}の 列（れつ）を 見（み）ました。つぎの 列（れつ）は 出（だ）して よいと きめました。",
        )
    lines = Words("{n}行", "{n} {n|line|lines}", "{n}行（ぎょう）")
    more = [
        (one.column, f"{SORTS[one.sort].say(language)}　{lines.fill(language, n=one.count)}")
        for one in file.let
    ]
    title = Words(
        "個人についての情報がないか確かめる",
        "It was looked through for people",
        "人（ひと）の ことが ないか 見（み）ました",
    )
    return Said(
        "looked",
        title.say(language),
        file.started_at,
        PROGRAM.say(language),
        words.fill(language, n=file.looked),
        more,
    )


def _mapped(file: SourceFile, language: str) -> Said:
    kind = standard_types().get(file.record_type)
    count = len(file.mapping)
    taken = sum(1 for one in file.mapping if one.item and one.item != IGNORED)
    every = Words(
        "{n}列すべてを「{kind}」の項目に当てはめました。",
        "Each of the {n} {n|column|columns} became an item of “{kind}”.",
        "{n}の 列（れつ）を ぜんぶ あてはめました。",
    )
    some = Words(
        "{n}列のうち{m}列を「{kind}」の項目に当てはめました。ほかの列はそのまま残しました。",
        "{m} of {n} {n|column|columns} became items of “{kind}”; the others were kept beside.",
        "{n}の 列（れつ）の 中（なか）の {m}を あてはめました。",
    )
    named = kind.words.say(language) if kind else file.record_type
    text = (every if taken == count else some).fill(language, n=count, m=taken, kind=named)
    return Said(
        "mapped",
        Words("列を項目に当てはめる", "Columns became items", "列（れつ）を あてはめました").say(language),
        file.started_at,
        PROGRAM.say(language),
        text,
    )


def _published(file: SourceFile, language: str) -> Said:
    text = Words(
        "{kept}件を公開しました（新しい {created}、変わった {changed}）。受けつけなかった行は{refused}です。",
        "{kept} {kept|record is|records are} public ({created} new, {changed} changed); {refused} {refused|row was|rows were} refused.",
        "{kept}件（けん）を 出（だ）しました。",
    ).fill(language, kept=file.kept, created=file.created, changed=file.changed, refused=file.refused)
    return Said(
        "published",
        Words("公開する", "It was published", "みんなに 出（だ）しました").say(language),
        file.finished_at,
        PROGRAM.say(language),
        text,
    )


def mapping_rows(file: SourceFile, language: str) -> list[list[str]]:
    """Each column, what it became, why."""
    kind = standard_types().get(file.record_type)
    rows: list[list[str]] = []
    for one in file.mapping:
        item = kind.item(one.item) if kind is not None and one.item else None
        if one.item == IGNORED:
            became = Words("（公開しない）", "(left out)", "（出（だ）さない）").say(language)
        else:
            beside = Words("（そのほかの項目）", "(kept beside)", "（ほかの こと）").say(language)
            became = f"{item.words.say(language)}　{item.name}" if item is not None else beside
        rows.append([one.column, became, REASONS[one.reason].say(language) if one.reason in REASONS else "—"])
    return rows


def steps_of_service(service: Service, declared: EntityType, entry: Entry, ask: PageAsk) -> list[Said]:
    """The way of records that a service writes while it is used."""
    language = ask.language
    mine = [one for one in service.commands if one.on == declared.name] or list(service.commands)
    commands = [("・", one.words.say(language)) for one in mine[:COMMANDS_MAX]]
    told = {"service": service.words.say(language), "kind": declared.words.say(language)}
    written = Words(
        "サービス「{service}」の手続きと、つながった機器・プログラムが、記録を1件ずつ書きます。",
        "The service “{service}” writes each record, by what people do in it and by the devices and programs connected to it.",
        "「{service}」が 書（か）きます。",
    )
    opened = Words(
        "公開すると決めた{n}項目だけが、書かれたときに公開されます。人のデータは含みません。",
        "Only the {n} {n|attribute|attributes} declared open {n|is|are} public, as soon as they are written. Data of people are never among them.",
        "きめた {n}の こうもくだけを 出（だ）します。",
    )
    labels = declared.labels
    fields = [("・", labels[name].say(language) if name in labels else name) for name in entry.fields]
    return [
        Said(
            "written",
            Words("サービスが記録する", "A service writes it", "サービスが 書（か）きます").say(language),
            None,
            service.words.say(language),
            written.fill(language, **told),
            commands,
        ),
        Said(
            "published",
            Words("公開する", "It is published", "みんなに 出（だ）します").say(language),
            entry.changed_at,
            PROGRAM.say(language),
            opened.fill(language, n=len(entry.fields)),
            fields,
        ),
    ]


def steps_of_release(entry: Entry, ask: PageAsk) -> list[Said]:
    """The way of released statistics."""
    language = ask.language
    return [
        Said(
            "released",
            Words(
                "個人の記録を集計して公開する",
                "Records of people were counted and released",
                "数（かず）だけを 出（だ）しました",
            ).say(language),
            entry.issued_at or entry.changed_at,
            _office(entry, ask),
            entry.about.say(language),
            [
                (
                    Words("作り方", "How it was made", "つくりかた").say(language),
                    {
                        "text": f"/{ask.area}/{entry.page}/table.csv-metadata.json",
                        "href": f"/{ask.area}/{entry.page}/table.csv-metadata.json",
                    },
                )
            ],
        )
    ]
