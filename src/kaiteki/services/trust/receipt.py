"""同意の控え: a receipt with the fields of ISO/IEC TS 27560:2023, in the terms of the Data Privacy Vocabulary (DPV 2).

The JSON Schema beside it (`receipt.schema.json`) is our own, out of the field table of the guide of DPV to that standard.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from kaiteki.kit.consents import Consent, Event
from kaiteki.kit.pages import PageAsk
from kaiteki.kit.purposes import register
from kaiteki.model.instant import format_instant
from kaiteki.services.trust.notices import Notice, Version
from kaiteki.services.trust.register import settings_in

FILE: Final = Path(__file__).with_name("receipt.schema.json")
"""The JSON Schema of a receipt."""
CONTEXT: Final = {
    "dpv": "https://w3id.org/dpv#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
_SCHEMA: Final = "https://w3id.org/dpv/schema/dpv-27560"
_STATES: Final = {
    "given": "dpv:ConsentGiven",
    "refused": "dpv:ConsentRefused",
    "withdrawn": "dpv:ConsentWithdrawn",
    "expired": "dpv:ConsentExpired",
}
_GUARDIANS: Final = {"parent": "dpv:ParentOfDataSubject", "guardian": "dpv:GuardianOfDataSubject"}
LAW: Final = "個人情報の保護に関する法律（平成15年法律第57号）"


def receipt_of(ask: PageAsk, consent: Consent, notice: Notice) -> dict[str, Any]:
    """The receipt: a copy of the whole record, with who is responsible and where to change one's mind."""
    return {
        "@context": CONTEXT,
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": f"{consent.id}:{len(consent.events)}",
        "dct:conformsTo": f"{_SCHEMA}#receipt",
        "dct:created": format_instant(ask.now),
        "dct:publisher": settings_in(ask).head.say(ask.language),
        "schema:recipient": "dpv:DataSubject",
        "dpv:hasRecordOfActivity": _record(ask, consent, notice),
    }


def _record(ask: PageAsk, consent: Consent, notice: Notice) -> dict[str, Any]:
    settings, say = settings_in(ask), ask.language
    versions = dict.fromkeys(event.notice for event in consent.events if event.notice)
    read = [one for one in (notice.version(number) for number in versions) if one is not None]
    return {
        "@id": consent.id,
        "@type": "dpv:ConsentRecord",
        "dct:identifier": consent.id,
        "dct:conformsTo": f"{_SCHEMA}#record",
        "dpv:hasDataSubject": {"@type": "dpv:DataSubject", "dct:identifier": consent.holder},
        "dpv:hasNotice": [_notice(ask, notice, version) for version in read],
        "dct:language": list(dict.fromkeys(event.language for event in consent.events)),
        "dpv:hasProcess": [_process(ask, consent, read[-1] if read else notice.current, notice.holds_from)],
        "dpv:hasEntity": [
            {
                "@type": ["dpv:DataController"],
                "dct:identifier": f"/{ask.area}",
                "dpv:hasName": settings.head.say(say),
                "schema:contactPoint": [
                    {
                        "@type": "schema:ContactPoint",
                        "schema:name": settings.desk.say(say),
                        "schema:address": settings.desk_address.say(say),
                    }
                ],
            }
        ],
        "dpv:hasConsentStatus": [_event(consent, event) for event in consent.events],
    }


def _notice(ask: PageAsk, notice: Notice, version: Version) -> dict[str, Any]:
    return {
        "@id": f"/{ask.area}/personal-data/notices/{notice.purpose}/{version.number}",
        "@type": "dpv:ConsentNotice",
        "dct:hasVersion": str(version.number),
        "dct:title": version.title.say(ask.language),
        "schema:sha256": version.digest,
    }


def _process(ask: PageAsk, consent: Consent, version: Version, holds_from: int) -> dict[str, Any]:
    one = next((one for one in register(ask.city.services) if one.name == consent.purpose), None)
    say, states = ask.language, consent.states(ask.now, holds_from)
    recipients = one.purpose.recipients if one is not None else None
    control = f"/{ask.area}/my/data"
    return {
        "@type": "dpv:Process",
        "dpv:hasService": {
            "@type": "dpv:Service",
            "dct:title": one.service.words.say(say) if one else consent.purpose,
        },
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "dct:identifier": consent.purpose,
            "dct:title": one.purpose.words.say(say) if one else consent.purpose,
        },
        "dpv:hasLegalBasis": "dpv:ExplicitlyExpressedConsent",
        "dpv:hasApplicableLaw": LAW,
        "dpv:hasJurisdiction": ["loc:JP"],
        "dpv:hasPersonalData": [
            {
                "@type": "dpv:PersonalData",
                "dct:identifier": item,
                "dct:title": version.items[item].say(say) if item in version.items else item,
                "dpv:hasNecessity": "dpv:Optional",
                "dpv:hasConsentStatus": _STATES[state],
            }
            for item, (state, _) in states.items()
        ],
        "dpv:hasDataSource": "dpv:DataSubject",
        "dpv:hasStorageCondition": [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": ["loc:JP"]},
            {
                "@type": "dpv:StorageDuration",
                "dpv:hasDuration": f"P{version.valid_days}D" if version.valid_days else "until withdrawn",
            },
        ],
        "dpv:hasRecipient": [{"@type": "dpv:Recipient", "dct:title": recipients.say(say)}]
        if recipients
        else [],
        "dpv:hasConsentControl": {
            "@type": ["dpv:WithdrawConsent", "dpv:ProvideConsent"],
            "dpv:isExercisedAt": control,
        },
        "dpv:hasRight": [{"@type": "dpv:DataSubjectRight", "dpv:isExercisedAt": control}],
    }


def _event(consent: Consent, event: Event) -> dict[str, Any]:
    """One decision. Staff are named by their part only; the account stands in the record of the town hall."""
    by = {
        "web": "dpv:DataSubject",
        "counter": "dpv:DataSubject",
        "post": "dpv:DataSubject",
        "helper": "dpv:Representative",
        "time": "dpv:DataController",
        "text": "dpv:DataController",
    }
    until = (
        {"@type": "dpv:UntilTimeDuration", "rdf:value": format_instant(event.until)} if event.until else None
    )
    return {
        "@type": _STATES[event.state],
        "dpv:isIndicatedAtTime": format_instant(event.at),
        "dpv:hasDuration": until or {"@type": "dpv:UntilEventDuration", "rdf:value": "withdrawal"},
        "dpv:isIndicatedBy": _GUARDIANS.get(event.ground, by[event.how]),
        "dpv:hasIndicationMethod": event.how,
        "dpv:hasPersonalData": list(event.items),
        **({"dct:source": f"{consent.purpose}/{event.notice}#{event.digest}"} if event.digest else {}),
    }
