"""The words of the documents: each name with the property or class it means and what its values are. The JSON-LD context follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from kaiteki.model.entity import Json

Kind: TypeAlias = Literal[
    "words", "text", "ref", "date", "dateTime", "nonNegativeInteger", "hexBinary", "wkt"
]
"""Texts by language, a plain text, a resource (its IRI, or a node), or a literal of a datatype."""

PREFIXES: Final[Mapping[str, str]] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
CLASSES: Final[Mapping[str, str]] = {
    "Catalog": "dcat:Catalog",
    "Dataset": "dcat:Dataset",
    "Distribution": "dcat:Distribution",
    "DataService": "dcat:DataService",
    "Agent": "foaf:Agent",
    "Document": "foaf:Document",
    "Organization": "vcard:Organization",
    "Kind": "vcard:Kind",
    "Checksum": "spdx:Checksum",
    "ChecksumAlgorithm": "spdx:ChecksumAlgorithm",
    "Concept": "skos:Concept",
    "ConceptScheme": "skos:ConceptScheme",
    "Frequency": "dct:Frequency",
    "LicenseDocument": "dct:LicenseDocument",
    "LinguisticSystem": "dct:LinguisticSystem",
    "Location": "dct:Location",
    "MediaType": "dct:MediaType",
    "MediaTypeOrExtent": "dct:MediaTypeOrExtent",
    "PeriodOfTime": "dct:PeriodOfTime",
    "ProvenanceStatement": "dct:ProvenanceStatement",
    "RightsStatement": "dct:RightsStatement",
    "Standard": "dct:Standard",
    "Activity": "prov:Activity",
    "Page": "hydra:PartialCollectionView",
    "PagedCollection": "hydra:PagedCollection",
}
TERMS: Final[Mapping[str, tuple[str, Kind]]] = {
    "title": ("dct:title", "words"),
    "description": ("dct:description", "words"),
    "label": ("rdfs:label", "words"),
    "prefLabel": ("skos:prefLabel", "words"),
    "keyword": ("dcat:keyword", "words"),
    "name": ("foaf:name", "words"),
    "identifier": ("dct:identifier", "text"),
    "issued": ("dct:issued", "dateTime"),
    "modified": ("dct:modified", "dateTime"),
    "language": ("dct:language", "ref"),
    "publisher": ("dct:publisher", "ref"),
    "homepage": ("foaf:homepage", "ref"),
    "spatial": ("dct:spatial", "ref"),
    "temporal": ("dct:temporal", "ref"),
    "startDate": ("dcat:startDate", "date"),
    "endDate": ("dcat:endDate", "date"),
    "bbox": ("dcat:bbox", "wkt"),
    "themeTaxonomy": ("dcat:themeTaxonomy", "ref"),
    "theme": ("dcat:theme", "ref"),
    "inScheme": ("skos:inScheme", "ref"),
    "dataset": ("dcat:dataset", "ref"),
    "service": ("dcat:service", "ref"),
    "distribution": ("dcat:distribution", "ref"),
    "contactPoint": ("dcat:contactPoint", "ref"),
    "formattedName": ("vcard:fn", "words"),
    "hasEmail": ("vcard:hasEmail", "ref"),
    "hasTelephone": ("vcard:hasTelephone", "ref"),
    "hasURL": ("vcard:hasURL", "ref"),
    "accrualPeriodicity": ("dct:accrualPeriodicity", "ref"),
    "accessRights": ("dct:accessRights", "ref"),
    "landingPage": ("dcat:landingPage", "ref"),
    "conformsTo": ("dct:conformsTo", "ref"),
    "provenance": ("dct:provenance", "ref"),
    "wasGeneratedBy": ("prov:wasGeneratedBy", "ref"),
    "seeAlso": ("rdfs:seeAlso", "ref"),
    "endedAtTime": ("prov:endedAtTime", "dateTime"),
    "license": ("dct:license", "ref"),
    "rights": ("dct:rights", "ref"),
    "accessURL": ("dcat:accessURL", "ref"),
    "downloadURL": ("dcat:downloadURL", "ref"),
    "accessService": ("dcat:accessService", "ref"),
    "byteSize": ("dcat:byteSize", "nonNegativeInteger"),
    "checksum": ("spdx:checksum", "ref"),
    "algorithm": ("spdx:algorithm", "ref"),
    "checksumValue": ("spdx:checksumValue", "hexBinary"),
    "mediaType": ("dcat:mediaType", "ref"),
    "format": ("dct:format", "ref"),
    "availability": ("dcatap:availability", "ref"),
    "endpointURL": ("dcat:endpointURL", "ref"),
    "endpointDescription": ("dcat:endpointDescription", "ref"),
    "servesDataset": ("dcat:servesDataset", "ref"),
    "totalItems": ("hydra:totalItems", "nonNegativeInteger"),
    "first": ("hydra:first", "ref"),
    "previous": ("hydra:previous", "ref"),
    "next": ("hydra:next", "ref"),
    "last": ("hydra:last", "ref"),
}
WKT: Final = "geo:wktLiteral"


def datatype_of(kind: Kind) -> str:
    """The datatype of the literals of a kind, as a prefixed name."""
    return WKT if kind == "wkt" else f"xsd:{kind}"


def _defined(name: str) -> Json:
    iri, kind = TERMS[name]
    if kind == "words":
        return {"@id": iri, "@container": "@language"}
    if kind == "text":
        return {"@id": iri}
    return {"@id": iri, "@type": "@id" if kind == "ref" else datatype_of(kind)}


CONTEXT: Final[Mapping[str, Json]] = {**PREFIXES, **CLASSES, **{name: _defined(name) for name in TERMS}}
"""The @context of every document; it stands in each, so that nothing has to be fetched to read one."""
