"""The lineage of a data set for programs: PROV-O (W3C Recommendation 30 April 2013) in JSON-LD, records by pages of a thousand lines.

    file ◄─used─ #reading ◄─generated─ table ◄─used─ #import ◄─generated─ data set ─hadMember─► record ─wasDerivedFrom─► line of the file
      ▲generated                                        ▲ informed by #gate; its plan is the mapping of columns
    #receiving

Names are those of the catalogue in DCAT (`#import` is its activity, offices are its contacts). They are relative to the address of the
document, as JSON-LD has it. Agents are offices and programs; no person is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.pages import PageAsk, PageReply, Plain, part_of_path
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.absence import declined, no_data_set, none_called
from kaiteki.services.opendata.intake.privacy import SORTS
from kaiteki.services.opendata.lineage.lines import Placed
from kaiteki.services.opendata.lineage.model import SourceFile
from kaiteki.services.opendata.lineage.pages import belongs_to, read_sought, writer_of
from kaiteki.services.opendata.lineage.steps import UNITS
from kaiteki.services.opendata.lineage.tracing import files_from, find_line, newest_file, placed_from
from kaiteki.services.opendata.mapping import IGNORED
from kaiteki.services.opendata.readability.repairs.mending import REPAIRS

RECORDS: Final = 1000
"""Records of one document; `next` leads on."""
LOOKED: Final = Words("{n}列を確認", "{n} {n|column|columns} looked through")
LOOK: Final = Words("個人についての情報がないかの確認", "A look for what speaks of people")
MEDIA_TYPE: Final = "application/ld+json"
Node = dict[str, Any]
CONTEXT: Final[Mapping[str, Any]] = {
    "prov": "http://www.w3.org/ns/prov#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{
        name: {"@id": f"prov:{name}", "@type": "@id"}
        for name in (
            "used",
            "wasGeneratedBy",
            "wasDerivedFrom",
            "wasRevisionOf",
            "wasInformedBy",
            "wasAssociatedWith",
            "wasAttributedTo",
            "actedOnBehalfOf",
            "hadMember",
            "atLocation",
            "agent",
            "hadPlan",
        )
    },
    **{
        name: {"@id": f"prov:{name}", "@type": "xsd:dateTime"}
        for name in ("startedAtTime", "endedAtTime", "generatedAtTime")
    },
    "qualifiedAssociation": "prov:qualifiedAssociation",
    "title": {"@id": "dct:title", "@container": "@language"},
    "label": {"@id": "rdfs:label", "@container": "@language"},
    "comment": {"@id": "rdfs:comment", "@container": "@language"},
    "name": {"@id": "foaf:name", "@container": "@language"},
    "isPartOf": {"@id": "dct:isPartOf", "@type": "@id"},
    "landingPage": {"@id": "dcat:landingPage", "@type": "@id"},
    "byteSize": {"@id": "dcat:byteSize", "@type": "xsd:nonNegativeInteger"},
    "checksum": "spdx:checksum",
    "algorithm": {"@id": "spdx:algorithm", "@type": "@id"},
    "checksumValue": {"@id": "spdx:checksumValue", "@type": "xsd:hexBinary"},
    "position": {"@id": "schema:position", "@type": "xsd:integer"},
    "next": {"@id": "hydra:next", "@type": "@id"},
}


RECORD: Final = Words("記録", "Record", "きろく")
HISTORY: Final = Words("データの来歴", "Lineage of the data set", "データが どこから きたか")


async def lineage_jsonld(ask: PageAsk) -> PageReply:
    """The document; with `record` of that record alone, with `line` of the records from that line on."""
    entry = (await ask.city.catalogue()).get(ask.path.get("id", ""))
    sought = read_sought(ask)
    if entry is None:
        return no_data_set(ask)
    if sought.fault is not None:
        return declined(entry.id, "line", sought.fault)
    writer = _Writer(ask, entry)
    newest = await newest_file(ask.city, entry.id) if entry.kind == "table" else None
    if newest is None:
        writer.add_without_file()
        return writer.reply()
    files = [one async for one in files_from(ask.city, newest)]
    if sought.record:
        found = await find_line(ask.city, newest, sought.record)
        if found is None or not await belongs_to(ask, entry, sought.record):
            return none_called(RECORD, sought.record, (f"data/{part_of_path(entry.id)}/lineage", HISTORY))
        writer.add_files(files)
        writer.add_records(found.file, [(found.line, sought.record)], newest)
        return writer.reply()
    placed, more = await placed_from(ask.city, newest, sought.line, RECORDS)
    writer.add_files(files)
    writer.add_records(newest, placed, newest)
    if more:
        writer.lead_on(more)
    return writer.reply()


class _Writer:
    """Collects the nodes of one document."""

    def __init__(self, ask: PageAsk, entry: Entry) -> None:
        self.ask, self.entry = ask, entry
        self.page = f"/{ask.area}/{entry.page}"
        self.here = f"/{ask.area}/data/{part_of_path(entry.id)}/lineage"
        code = entry.office.code if entry.office is not None else "hall"
        self.office, self.program = f"/{ask.area}/catalog#contact-{code}", f"{self.here}#program"
        words = (
            entry.office.words if entry.office is not None else ask.town.hall if ask.town else Words("", "")
        )
        self.data_set: Node = {
            "@id": self.page,
            "@type": ["prov:Entity", "prov:Collection", "dcat:Dataset"],
            "title": said(entry.title),
            "landingPage": self.here,
            "wasGeneratedBy": f"{self.page}#import",
            "wasAttributedTo": self.office,
        }
        self.nodes: list[Node] = [
            self.data_set,
            {"@id": self.office, "@type": ["prov:Agent", "prov:Organization"], "name": said(words)},
            {
                "@id": self.program,
                "@type": ["prov:Agent", "prov:SoftwareAgent"],
                "name": {"en": "Kaiteki"},
                "actedOnBehalfOf": self.office,
            },
        ]

    def reply(self) -> Plain:
        """The document as it goes out."""
        return Plain(msgspec.json.encode({"@context": CONTEXT, "@graph": self.nodes}), MEDIA_TYPE)

    def lead_on(self, line: int) -> None:
        """Where the next records are told."""
        self.nodes.append({"@id": f"{self.here}.jsonld", "next": f"{self.here}.jsonld?line={line}"})

    def _activity(self, name: str, words: Words, who: Sequence[str], **more: Any) -> Node:
        node = {
            "@id": name,
            "@type": "prov:Activity",
            "label": said(words),
            "wasAssociatedWith": list(who),
            **more,
        }
        self.nodes.append({key: value for key, value in node.items() if value not in (None, [])})
        return node

    def add_without_file(self) -> None:
        """A data set that a service writes, released statistics, or a table whose file nobody kept in mind."""
        entry, name = self.entry, f"{self.page}#writing"
        at = stamp(entry.changed_at or entry.checked_at or entry.issued_at)
        written = writer_of(self.ask, entry) if entry.kind == "type" else None
        if written is not None:
            service, _ = written
            agent = f"{self.here}#service-{service.name}"
            self.nodes.append(
                {
                    "@id": agent,
                    "@type": ["prov:Agent", "prov:SoftwareAgent"],
                    "name": said(service.words),
                    "actedOnBehalfOf": self.office,
                }
            )
            words = Words(
                f"サービス「{service.words.ja}」の記録", f"Writing by the service “{service.words.en}”"
            )
            self._activity(name, words, [agent])
        elif entry.kind == "statistics":
            words = Words("個人の記録の集計と公開", "Counting of records of people, and its release")
            self._activity(name, words, [self.office, self.program], endedAtTime=stamp(entry.issued_at))
        else:
            name = f"{self.page}#import"
            words = Words(f"「{entry.file_name}」の取り込み", f"Import of “{entry.file_name}”")
            self._activity(name, words, [self.program], endedAtTime=stamp(entry.checked_at))
            at = stamp(entry.checked_at)
        self.data_set["wasGeneratedBy"] = name
        if at is not None:
            self.data_set["generatedAtTime"] = at

    def add_files(self, files: Sequence[SourceFile]) -> None:
        """The files, the newest first, each with the activities from its coming to its import."""
        for file in files:
            self._add_file(file, is_newest=file is files[0])
        newest = files[0]
        self.data_set["wasDerivedFrom"] = self._file_iri(newest)
        self.data_set["generatedAtTime"] = stamp(newest.finished_at)

    def _file_iri(self, file: SourceFile, at: int = 0) -> str:
        return f"{self.here}#file-{file.number}" + (f"-{at}" if at else "")

    def _import_iri(self, file: SourceFile, is_newest: bool) -> str:
        return f"{self.page}#import" if is_newest else f"{self.here}#import-{file.number}"

    def _add_file(self, file: SourceFile, is_newest: bool) -> None:
        n, received = file.number, stamp(file.received_at)
        receiving = f"{self.here}#receiving-{n}"
        words = Words(f"「{file.name}」の受け取り", f"Coming in of “{file.name}”")
        self._activity(receiving, words, [self.office], startedAtTime=received, endedAtTime=received)
        for at, one in enumerate(file.files):
            node: Node = {
                "@id": self._file_iri(file, at),
                "@type": "prov:Entity",
                "title": {"ja": one.name},
                "byteSize": str(one.size_bytes),
                "checksum": {
                    "@type": "spdx:Checksum",
                    "algorithm": "spdx:checksumAlgorithm_sha256",
                    "checksumValue": one.digest,
                },
                "wasGeneratedBy": receiving,
                "generatedAtTime": received,
                "wasAttributedTo": self.office,
            }
            if at:
                node["isPartOf"] = self._file_iri(file)
            elif file.url:
                node["atLocation"] = file.url
            if not at and file.before:
                node["wasRevisionOf"] = f"{self.here}#file-{file.before.rpartition(':')[2]}"
            self.nodes.append(node)
        self._add_steps(file, receiving, is_newest)

    def _add_steps(self, file: SourceFile, informed: str, is_newest: bool) -> None:
        """Mending, reading, the gate and the import of one file."""
        taken = [self._file_iri(file, at) for at in range(len(file.files))]
        if file.repairs:
            informed, taken = self._add_mending(file, informed, taken)
        n, program = file.number, [self.program]
        reading, table = f"{self.here}#reading-{n}", f"{self.here}#table-{n}"
        encoding = file.encoding or "—"
        words = Words(f"読み取り（{encoding}）", f"Reading ({encoding})")
        self._activity(reading, words, program, used=taken, wasInformedBy=informed, **_times(file))
        rows = Words(f"読み取った{file.read}行", f"The {file.read} rows read")
        self._entity(table, rows, reading, taken[0], file)
        mapping, gate = f"{self.here}#mapping-{n}", f"{self.here}#gate-{n}"
        self._entity(mapping, Words("列と項目の対応", "Mapping of columns to items"), reading, table, file)
        self.nodes[-1] |= {"@type": ["prov:Entity", "prov:Plan"], "prov:value": _mapping_text(file)}
        more = {"comment": _gate_comment(file), **_times(file)}
        self._activity(gate, LOOK, program, used=[table], wasInformedBy=reading, **more)
        plan = {"@type": "prov:Association", "agent": self.program, "hadPlan": mapping}
        self._activity(
            self._import_iri(file, is_newest),
            Words(f"「{file.name}」の取り込み", f"Import of “{file.name}”"),
            [self.program, self.office],
            used=[table, mapping],
            wasInformedBy=gate,
            qualifiedAssociation=plan,
            **_times(file),
        )

    def _add_mending(self, file: SourceFile, informed: str, taken: list[str]) -> tuple[str, list[str]]:
        """The repairs of a delivery; the activity, and what goes on from it."""
        mending, mended = f"{self.here}#mending-{file.number}", f"{self.here}#mended-{file.number}"
        known = [(REPAIRS[one.code].words, one.count) for one in file.repairs if one.code in REPAIRS]
        more = {"comment": _lists(known), "wasInformedBy": informed, **_times(file)}
        words = Words("職員が認めた修正", "Repairs that staff accepted")
        self._activity(mending, words, [self.office, self.program], used=taken, **more)
        self._entity(mended, Words("直した表", "The mended table"), mending, taken[0], file)
        return mending, [mended]

    def _entity(self, name: str, words: Words, by: str, origin: str, file: SourceFile) -> None:
        self.nodes.append(
            {
                "@id": name,
                "@type": "prov:Entity",
                "label": said(words),
                "wasGeneratedBy": by,
                "wasDerivedFrom": origin,
                "generatedAtTime": stamp(file.started_at),
            }
        )

    def add_records(self, file: SourceFile, placed: Iterable[Placed], newest: SourceFile) -> None:
        """Records with the lines that they come from."""
        members: list[str] = []
        known: set[int] = set()
        for line, record in placed:
            members.append(record)
            name = f"{self.here}#line-{file.number}-{line}"
            self.nodes.append(
                {
                    "@id": record,
                    "@type": "prov:Entity",
                    "wasGeneratedBy": self._import_iri(file, file.number == newest.number),
                    "wasDerivedFrom": name,
                }
            )
            if line in known:
                continue
            known.add(line)
            words = UNITS[file.unit]
            self.nodes.append(
                {
                    "@id": name,
                    "@type": "prov:Entity",
                    "label": {"ja": words.fill("ja", n=line), "en": words.fill("en", n=line)},
                    "position": str(line),
                    "isPartOf": self._file_iri(file),
                    "wasGeneratedBy": f"{self.here}#mending-{file.number}"
                    if file.unit == "mended" and file.repairs
                    else f"{self.here}#receiving-{file.number}",
                }
            )
        self.data_set["hadMember"] = members


def said(words: Words) -> dict[str, str]:
    """Words by the languages of the document."""
    return {"ja": words.ja, "en": words.en}


def stamp(at: int | None) -> str | None:
    """A moment as xsd:dateTime."""
    return format_instant(Instant(at)) if at is not None else None


def _times(file: SourceFile) -> dict[str, str | None]:
    """When a file was worked on."""
    return {"startedAtTime": stamp(file.started_at), "endedAtTime": stamp(file.finished_at)}


def _mapping_text(file: SourceFile) -> str:
    """A line for each column: what it became, `-` where it was left out, nothing where it is kept beside."""
    return "\n".join(f"{one.column} → {one.item if one.item != IGNORED else '-'}" for one in file.mapping)


def _lists(counted: Sequence[tuple[Words, int]]) -> dict[str, str]:
    return {
        language: "; ".join(f"{words.say(language)} ({count})" for words, count in counted)
        for language in ("ja", "en")
    }


def _gate_comment(file: SourceFile) -> dict[str, str]:
    """How many columns were looked through, and which were cleared."""
    return {
        language: "; ".join(
            [
                words.fill(language, n=file.looked),
                *(f"{one.column}: {SORTS[one.sort].say(language)} ({one.count})" for one in file.let),
            ]
        )
        for language, words in (("ja", LOOKED), ("en", LOOKED))
    }
