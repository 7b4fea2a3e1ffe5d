"""Entries of the catalogue as nodes of DCAT-AP 3.0.1; names in comments are those of its classes and clauses. Pure.

What comes from a controlled vocabulary (themes, rhythms, file types, media types, languages) is described beside, once a document,
with its class: harvesters that hold no vocabularies can check it, and those that do find their own IRIs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.adapters.dcat.bound import Desk, Offered
from kaiteki.kit.catalogue.entries import Box, Distribution, Entry
from kaiteki.kit.catalogue.settings import Office
from kaiteki.model.instant import format_instant
from kaiteki.model.open_data import LICENCES, RHYTHMS, THEMES
from kaiteki.model.words import Words

Node = dict[str, Any]
AUTHORITY: Final = "http://publications.europa.eu/resource/authority"
MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types"
LANGUAGES: Final = {"JPN": Words("日本語", "Japanese"), "ENG": Words("英語", "English")}
IN_COLUMNS: Final = frozenset({"CSV", "XLSX"})
"""The forms of a table that have the columns of a standard; the others have the names of the data plane."""
PROFILE: Final = "http://data.europa.eu/r5r/"


class Graph:
    """The nodes of one document; what is used of vocabularies stands in it once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._used: dict[str, Node] = {}

    def use(self, iri: str, kind: str, **said: Any) -> str:
        """A term of a vocabulary; its IRI."""
        self._used.setdefault(iri, {"@id": iri, "@type": kind, **said})
        return iri

    def whole(self) -> list[Node]:
        """All nodes, those of vocabularies last."""
        return [*self.nodes, *self._used.values()]


def said(words: Words) -> dict[str, str]:
    """Words by the languages of a document."""
    return {"ja": words.ja} if words.en in ("", words.ja) else {"ja": words.ja, "en": words.en}


def catalogue_node(graph: Graph, desk: Desk, entries: Sequence[Entry]) -> Node:
    """Catalogue (clause 7.3): title, description, publisher and what is in it."""
    settings, area = desk.catalogue.settings, desk.area
    newest = max((one.updated_at for one in desk.catalogue.entries if one.updated_at), default=None)
    title = Words(f"{area.words.ja} オープンデータカタログ", f"Open data of {area.words.en}")
    licence = LICENCES.get(settings.licence)
    return _filled(
        {
            "@id": f"{desk.base}/catalog",
            "@type": "Catalog",
            "title": said(title),
            "description": said(
                Words(
                    f"{area.words.ja}が公開するデータの一覧です。",
                    f"The data that {area.words.en} publishes.",
                )
            ),
            "publisher": publisher_node(desk),
            "language": [language(graph, code) for code in LANGUAGES],
            "homepage": document(f"{desk.base}/data", title),
            "themeTaxonomy": taxonomy(graph),
            "spatial": place(area.bbox),
            "modified": format_instant(newest) if newest is not None else None,
            "license": licence_of(graph, settings.licence) if licence else None,
            "conformsTo": graph.use(PROFILE, "Standard", title={"en": "DCAT-AP 3.0.1"}),
            "dataset": [f"{desk.base}/{one.page}" for one in entries],
            "service": [service_iri(desk, one) for one in desk.services],
        }
    )


def publisher_node(desk: Desk) -> Node:
    """Agent (7.2): who publishes."""
    settings = desk.catalogue.settings
    words = settings.publisher or desk.area.hall
    return {"@id": settings.url or f"{desk.base}/about", "@type": "Agent", "name": said(words)}


def dataset_node(graph: Graph, desk: Desk, one: Entry) -> Node:
    """Dataset (7.6)."""
    page = f"{desk.base}/{one.page}"
    return _filled(
        {
            "@id": page,
            "@type": "Dataset",
            "title": said(one.title),
            "description": said(one.about),
            "identifier": one.id,
            "keyword": {"ja": list(dict.fromkeys(one.keywords))} if one.keywords else None,
            "theme": theme(graph, one.theme) if one.theme in THEMES else None,
            "publisher": publisher_node(desk),
            "contactPoint": contact(desk, one.office),
            "accrualPeriodicity": frequency(graph, one.rhythm),
            "accessRights": graph.use(
                f"{AUTHORITY}/access-right/PUBLIC", "RightsStatement", label={"ja": "公開", "en": "public"}
            ),
            "language": language(graph, "JPN"),
            "landingPage": document(page, one.title),
            "spatial": place(one.box or desk.area.bbox) if one.located else None,
            "temporal": _period(one),
            "issued": format_instant(one.issued_at) if one.issued_at is not None else None,
            "modified": format_instant(one.changed_at) if one.changed_at is not None else None,
            "conformsTo": _standard(graph, one),
            "provenance": {
                "@type": "ProvenanceStatement",
                "label": said(_provenance(one)),
                "seeAlso": f"{desk.base}/{one.lineage}",
            },
            "wasGeneratedBy": _activity(page, f"{desk.base}/{one.lineage}.jsonld", one),
            "distribution": [distribution_node(graph, desk, one, part) for part in one.distributions],
        }
    )


def _checksum(graph: Graph, part: Distribution) -> Node | None:
    """The checksum (7.8.12) of a file that is kept as it came; none of what is made when it is asked for."""
    if part.kept is None or not part.kept.digest:
        return None
    return {
        "@type": "Checksum",
        "algorithm": graph.use(
            "http://spdx.org/rdf/terms#checksumAlgorithm_sha256", "ChecksumAlgorithm", label={"en": "SHA-256"}
        ),
        "checksumValue": part.kept.digest,
    }


def distribution_node(graph: Graph, desk: Desk, one: Entry, part: Distribution) -> Node:
    """Distribution (7.8): a form of the data set at its stable address."""
    form, address = part.form, f"{desk.base}/{part.path}"
    behind = next((x for x in desk.services if form.interface and x.interface == form.interface), None)
    return _filled(
        {
            "@id": f"{desk.base}/{one.page}#{form.file_type}-{part.format.replace(' ', '-')}",
            "@type": "Distribution",
            "title": said(Words(f"{one.title.ja}（{part.format}）", f"{one.title.en} ({part.format})")),
            "description": said(form.words),
            "accessURL": address,
            "downloadURL": None if form.interface else address,
            "accessService": service_iri(desk, behind) if behind is not None else None,
            "byteSize": desk.catalogue.size_of(one, part),
            "checksum": _checksum(graph, part),
            "mediaType": graph.use(
                f"{MEDIA_TYPES}/{form.media_type}", "MediaType", label={"en": form.media_type}
            )
            if form.registered
            else None,
            "format": graph.use(
                f"{AUTHORITY}/file-type/{form.file_type}", "MediaTypeOrExtent", label={"en": form.file_type}
            ),
            "license": licence_of(graph, one.licence) if one.licence in LICENCES else None,
            "rights": _rights(one),
            "conformsTo": _standard(graph, one) if part.format in IN_COLUMNS else None,
            "availability": graph.use(
                f"{AUTHORITY}/planned-availability/STABLE",
                "Concept",
                prefLabel={"ja": "継続", "en": "stable"},
            ),
            "modified": format_instant(one.changed_at) if one.changed_at is not None else None,
            "language": language(graph, "JPN"),
        }
    )


def service_node(graph: Graph, desk: Desk, one: Offered, entries: Sequence[Entry]) -> Node:
    """Data Service (7.4): an API of the node, and which of the data sets of the document it serves."""
    title = Words(f"{desk.area.words.ja}: {one.words.ja}", f"{desk.area.words.en}: {one.words.en}")
    serving = [x for x in entries if any(p.form.interface == one.interface for p in x.distributions)]
    return _filled(
        {
            "@id": service_iri(desk, one),
            "@type": "DataService",
            "title": said(title),
            "description": said(one.words),
            "endpointURL": desk.node + one.path.format(area=desk.area.name),
            "endpointDescription": desk.node + one.description.format(area=desk.area.name),
            "conformsTo": graph.use(one.standard, "Standard", title={"en": one.words.en}),
            "publisher": publisher_node(desk),
            "contactPoint": contact(desk, desk.catalogue.settings.office("")),
            "accessRights": graph.use(
                f"{AUTHORITY}/access-right/PUBLIC", "RightsStatement", label={"ja": "公開", "en": "public"}
            ),
            "servesDataset": [f"{desk.base}/{x.page}" for x in serving] if one.interface else None,
        }
    )


def service_iri(desk: Desk, one: Offered) -> str:
    """The name of a data service."""
    return f"{desk.base}/catalog#{one.code}"


def theme(graph: Graph, code: str) -> str:
    """A theme of the EU's table."""
    return graph.use(
        f"{AUTHORITY}/data-theme/{code}", "Concept", prefLabel=said(THEMES[code]), inScheme=taxonomy(graph)
    )


def taxonomy(graph: Graph) -> str:
    """The table of themes."""
    return graph.use(
        f"{AUTHORITY}/data-theme", "ConceptScheme", title={"ja": "データのテーマ", "en": "Data theme"}
    )


def frequency(graph: Graph, code: str) -> str:
    """How often data are brought up to date."""
    return graph.use(f"{AUTHORITY}/frequency/{code}", "Frequency", label=said(RHYTHMS[code].words))


def language(graph: Graph, code: str) -> str:
    """A language of the EU's table."""
    return graph.use(f"{AUTHORITY}/language/{code}", "LinguisticSystem", label=said(LANGUAGES[code]))


def licence_of(graph: Graph, code: str) -> str:
    """A licence by its address."""
    one = LICENCES[code]
    return graph.use(one.uri, "LicenseDocument", title=said(one.words))


def document(address: str, title: Words) -> Node:
    """A page on the web (7.7), without an IRI of its own where the address is one already."""
    return {"@id": f"{address}#page", "@type": "Document", "title": said(title)}


def contact(desk: Desk, office: Office | None) -> Node:
    """Kind (7.15): whom to ask; the town hall where no office is named."""
    words = office.words if office is not None else desk.area.hall
    code = office.code if office is not None else "hall"
    return _filled(
        {
            "@id": f"{desk.base}/catalog#contact-{code}",
            "@type": ["Organization", "Kind"],
            "formattedName": said(words),
            "hasEmail": f"mailto:{office.email}" if office is not None and office.email else None,
            "hasTelephone": f"tel:{office.phone}" if office is not None and office.phone else None,
            "hasURL": (office.url if office is not None else "") or f"{desk.base}/about",
        }
    )


def place(box: Box) -> Node:
    """Location (7.16): a box as WKT, longitude before latitude (OGC GeoSPARQL 1.1, 8.5: CRS84 where none is said)."""
    west, south, east, north = box
    ring = ", ".join(
        f"{x} {y}" for x, y in ((west, south), (east, south), (east, north), (west, north), (west, south))
    )
    return {"@type": "Location", "bbox": f"POLYGON(({ring}))"}


def _period(one: Entry) -> Node | None:
    if not one.since and not one.until:
        return None
    return _filled({"@type": "PeriodOfTime", "startDate": one.since or None, "endDate": one.until or None})


def _standard(graph: Graph, one: Entry) -> str | None:
    """The edition of the standard whose columns the table has, whatever it is said to be."""
    if one.standard is None:
        return None
    words, table = one.standard.words, one.standard.table
    title = {"ja": f"{words.ja}「{table}」", "en": f"{table}: {words.en}"}
    return graph.use(one.standard.iri, "Standard", title=title)


def _provenance(one: Entry) -> Words:
    if one.kind == "table":
        told = f"「{one.source}」" if one.source else ""
        return Words(
            f"ファイル「{one.file_name}」{told}を取り込んだものです。",
            f"Taken in from the file “{one.file_name}” {one.source}".strip() + ".",
        )
    if one.kind == "statistics":
        return Words("個人の記録を集計し、だれのことか分からないように守ったものです。", "Statistics of records of people, protected so that nobody can be found in them.")  # fmt: skip
    if one.kind == "layer":
        told = one.source or "まちのデータ"
        return Words(f"「{told}」を地図の層にしたものです。", f"A layer of the map over “{told}”.")
    return Words(
        "サービスの記録を、公開してよい項目だけにしたものです。",
        "The records of a service, with the attributes that are open.",
    )


def _activity(page: str, lineage: str, one: Entry) -> Node:
    """What made it (W3C PROV-O), by the name that it has in its lineage."""
    if one.kind == "table":
        label = Words(f"「{one.file_name}」の取り込み", f"Import of “{one.file_name}”")
        name, ended = f"{page}#import", one.checked_at
    elif one.kind == "statistics":
        label, name = Words("集計と公開", "Counting and release"), f"{page}#writing"
        ended = one.issued_at
    else:
        label, name, ended = Words("サービスの記録", "Writing by a service"), f"{page}#writing", None
    return _filled(
        {
            "@id": name,
            "@type": "Activity",
            "label": said(label),
            "endedAtTime": format_instant(ended) if ended is not None else None,
            "seeAlso": lineage,
        }
    )


def _rights(one: Entry) -> Node | None:
    """Conditions that no known licence names, as they were written; also that none are stated."""
    if one.licence:
        return None
    told = one.licence_told
    words = (
        Words(told, told)
        if told
        else Words("利用条件は示されていません。", "Conditions of use are not stated.")
    )
    return {"@type": "RightsStatement", "label": said(words)}


def _filled(node: Node) -> Node:
    """A node without what is not known."""
    return {name: value for name, value in node.items() if value is not None and value != []}


class Page(msgspec.Struct, frozen=True):
    """A page of the catalogue: its number from 1 on, and how many there are."""

    number: int
    count: int


def page_node(desk: Desk, address: str, at: Page) -> Node:
    """Where the other pages are (Hydra), as harvesters look for it."""
    told: dict[str, Any] = {
        "@id": f"{address}?page={at.number}",
        "@type": ["Page", "PagedCollection"],
        "totalItems": len(desk.catalogue.entries),
        "first": f"{address}?page=1",
        "last": f"{address}?page={at.count}",
        "previous": f"{address}?page={at.number - 1}" if at.number > 1 else None,
        "next": f"{address}?page={at.number + 1}" if at.number < at.count else None,
    }
    return _filled(told)
