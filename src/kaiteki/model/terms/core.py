"""The core @context of NGSI-LD in its versions 1.3 to 1.9, made from one table of terms.

Source: ETSI GS CIM 009 annex B. A row belongs to the first version that has its terms. The documents answer at their
official addresses, so nothing is downloaded; what a name means is always decided by the newest version.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from kaiteki.model.entity import Json

CORE_VERSIONS: Final = (3, 4, 5, 6, 7, 8, 9)
NGSI_LD: Final = "https://uri.etsi.org/ngsi-ld/"
DEFAULT_VOCABULARY: Final = "https://uri.etsi.org/ngsi-ld/default-context/"
VALUE_TYPE: Final = "https://uri.etsi.org/ngsi-ld/hasValueType"
EXPIRES_AT: Final = "https://uri.etsi.org/ngsi-ld/expiresAt"
CORE_URL: Final = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
"""The newest core @context."""

_CORE_URL: Final = re.compile(
    r"https?://uri\.etsi\.org/ngsi-ld/(v1/)?ngsi-ld-core-context(-v1\.(?P<minor>[3-9]))?\.jsonld"
)

_PLAIN: Final[dict[int, str]] = {
    3: """Attribute AttributeList ContextSourceNotification ContextSourceRegistration Date DateTime EntityType
    EntityTypeInfo EntityTypeList GeoProperty Notification Property Relationship Subscription TemporalProperty Time
    accept attrs contextSourceInfo csf data detail endpoint entities entity entityCount error errors expiration
    format geoQ geoproperty georel idPattern information isActive key location managementInterval notUpdated
    notification observationInterval observationSpace operationSpace q reason registrationName status
    subscriptionName temporalQ throttling timeInterval timeproperty timerel timesFailed timesSent unchanged unitCode
    updated uri""",
    4: "LanguageProperty lang mode notifierInfo receiverInfo sysAttrs",
    5: "scope scopeQ cacheDuration cooldown localOnly management operations refreshRate timeout",
    6: "contextSourceAlias contextSourceUptime notificationTrigger registrationId showChanges triggerReason",
    7: "VocabProperty",
    8: """ContextSourceIdentity JsonProperty ListProperty ListRelationship join jsonKeys linkedMaps omit pick""",
    9: """ExecutionResultDetails Snapshot SnapshotNotification aggrMethods aggrParams aggrPeriodDuration collation
    expandValues ordering resultStatus snapshotId snapshotLifetime snapshotPriority snapshotStatus""",
}
"""Terms whose IRI is `ngsi-ld:` and the term."""

_DATE_TIMES: Final[dict[int, str]] = {
    3: """createdAt modifiedAt observedAt endAt endTimeAt expiresAt lastFailure lastNotification lastSuccess notifiedAt
    startAt timeAt""",
    6: "deletedAt contextSourceTimeAt",
    9: "lastUsedAt",
}
_IDS: Final[dict[int, str]] = {3: "datasetId instanceId subscriptionId success entityId", 5: "tenant"}
_VOCABULARY: Final[dict[int, str]] = {
    3: """attributeList attributeName attributeNames attributeTypes attributes propertyNames relationshipNames typeList
    typeName typeNames watchedAttributes""",
}
_LISTS: Final[dict[int, str]] = {
    4: "avg distinctCount max min stddev sum sumsq totalCount",
    8: "entityList jsons",
    9: "orderBy snapshotQueries snapshotQueriesDetails snapshotTemporalQueries snapshotTemporalQueriesDetails",
}
_GEOJSON: Final = """Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon
    Point Polygon geometry properties"""

_OTHER: Final[dict[int, dict[str, Json]]] = {
    3: {
        "attributeCount": "attributeCount",
        "attributeDetails": "attributeDetails",
        "bbox": {"@container": "@list", "@id": "geojson:bbox"},
        "coordinates": {"@container": "@list", "@id": "geojson:coordinates"},
        "description": "http://purl.org/dc/terms/description",
        "features": {"@container": "@set", "@id": "geojson:features"},
        "object": {"@id": "ngsi-ld:hasObject", "@type": "@id"},
        "objects": {"@id": "ngsi-ld:hasObjects", "@container": "@list"},
        "title": "http://purl.org/dc/terms/title",
        "value": "ngsi-ld:hasValue",
        "values": {"@id": "ngsi-ld:hasValues", "@container": "@list"},
    },
    4: {
        "languageMap": {"@id": "ngsi-ld:hasLanguageMap", "@container": "@language"},
        "languageMaps": {"@id": "ngsi-ld:hasLanguageMaps", "@container": "@list"},
    },
    5: {"dataset": {"@id": "ngsi-ld:hasDataset", "@container": "@index"}},
    6: {
        "contextSourceExtras": {"@id": "ngsi-ld:contextSourceExtras", "@type": "@json"},
        "previousLanguageMap": {"@id": "ngsi-ld:hasPreviousLanguageMap", "@container": "@language"},
        "previousObject": {"@id": "ngsi-ld:hasPreviousObject", "@type": "@id"},
        "previousValue": "ngsi-ld:hasPreviousValue",
    },
    7: {
        "objectType": {"@id": "ngsi-ld:hasObjectType", "@type": "@vocab"},
        "vocab": {"@id": "ngsi-ld:hasVocab", "@type": "@vocab"},
        "vocabs": {"@id": "ngsi-ld:hasVocabs", "@container": "@list"},
        "previousVocab": {"@id": "ngsi-ld:hasPreviousVocab", "@type": "@vocab"},
    },
    8: {
        "containedBy": "ngsi-ld:isContainedBy",
        "entityMap": "ngsi-ld:hasEntityMap",
        "joinLevel": "ngsi-ld:hasJoinLevel",
        "json": {"@id": "ngsi-ld:hasJSON", "@type": "@json"},
        "objectList": {"@id": "ngsi-ld:hasObjectList", "@container": "@list"},
        "objectLists": {"@id": "ngsi-ld:hasObjectLists", "@container": "@list"},
        "previousJson": {"@id": "ngsi-ld:hasPreviousJson", "@type": "@json"},
        "previousObjectList": {"@id": "ngsi-ld:hasPreviousObjectList", "@container": "@list"},
        "previousValueList": {"@id": "ngsi-ld:hasPreviousValueList", "@container": "@list"},
        "valueList": {"@id": "ngsi-ld:hasValueList", "@container": "@list"},
        "valueLists": {"@id": "ngsi-ld:hasValueLists", "@container": "@list"},
    },
    9: {
        "langString": "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
        "ngsildproof": {
            "@id": "ngsi-ld:ngsildproof",
            "@context": [
                {
                    "entityIdSealed": "ngsi-ld:entityIdSealed",
                    "entityTypeSealed": {"@id": "ngsi-ld:entityTypeSealed", "@type": "@vocab"},
                },
                "https://w3id.org/security/data-integrity/v2",
            ],
        },
        "problemDetails": {"@id": "ngsi-ld:problemDetails", "@type": "@json"},
        "valueType": {"@id": "ngsi-ld:hasValueType", "@type": "@vocab"},
    },
}
"""Terms whose IRI or form follows no rule of the other tables."""

_IRREGULAR: Final = {"key": "ngsi-ld:hasKey"}
_FORMS: Final[tuple[tuple[dict[int, str], dict[str, str]], ...]] = (
    (_DATE_TIMES, {"@type": "DateTime"}),
    (_IDS, {"@type": "@id"}),
    (_VOCABULARY, {"@type": "@vocab"}),
    (_LISTS, {"@container": "@list"}),
)


def core_minor(url: str) -> int | None:
    """The minor version of a core @context by its address (9 for the address without version), None for others."""
    found = _CORE_URL.fullmatch(url)
    return None if found is None else int(found["minor"] or CORE_VERSIONS[-1])


@lru_cache(maxsize=len(CORE_VERSIONS))
def core_document(minor: int = CORE_VERSIONS[-1]) -> dict[str, Json]:
    """The core @context document of version 1.`minor`. Callers must not change it."""
    terms: dict[str, Json] = {term: f"geojson:{term}" for term in _GEOJSON.split()}
    for since in range(CORE_VERSIONS[0], minor + 1):
        for term in _PLAIN.get(since, "").split():
            terms[term] = _IRREGULAR.get(term, f"ngsi-ld:{term}")
        for table, form in _FORMS:
            for term in table.get(since, "").split():
                terms[term] = {"@id": f"ngsi-ld:{term}", **form}
        terms.update(_OTHER.get(since, {}))
    return {
        "@context": {
            "@version": 1.1,
            "@protected": True,
            "ngsi-ld": NGSI_LD,
            "geojson": "https://purl.org/geojson/vocab#",
            "id": "@id",
            "type": "@type",
            **dict(sorted(terms.items())),
            "@vocab": DEFAULT_VOCABULARY,
        }
    }
