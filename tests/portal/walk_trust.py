"""Where the walk goes in the pages of personal data and consent."""

from __future__ import annotations

from drives import DATA_REQUEST, PAPER, Drive
from looks import Look, anybody, clerk, refused
from walked_town import RESIDENT

TRUST: dict[str, tuple[Look | Drive, ...]] = {
    "personal-data": anybody("/demo/personal-data"),
    "personal-data.json": anybody("/demo/personal-data.json"),
    "personal-data.csv": anybody("/demo/personal-data.csv"),
    "personal-data/files": anybody("/demo/personal-data/files"),
    "personal-data/files.csv": anybody("/demo/personal-data/files.csv"),
    "personal-data/notices/{purpose}/{version}": anybody("/demo/personal-data/notices/reports.forward/1"),
    "personal-data/receipt.schema.json": anybody("/demo/personal-data/receipt.schema.json"),
    "my/data": (*anybody("/demo/my/data"), Look("/demo/my/data", RESIDENT)),
    "my/reports/handed": (refused("/demo/my/reports/handed", 403, RESIDENT), DATA_REQUEST),
    "my/data.zip": (Look("/demo/my/data.zip", RESIDENT),),
    "my/requests": (Look("/demo/my/requests", RESIDENT), DATA_REQUEST),
    "my/requests/{number}": (DATA_REQUEST,),
    "my/requests/{number}/decision": (DATA_REQUEST,),
    "trust/desk": (*clerk("/demo/trust/desk", "/demo/trust/desk?queue=ended"), DATA_REQUEST),
    "trust/desk/{number}/decision": (DATA_REQUEST,),
    "trust/paper": (*clerk("/demo/trust/paper"), PAPER),
    "my/consents/{purpose}": (Look("/demo/my/consents/reports.forward", RESIDENT),),
    "my/consents/{purpose}/receipt": (refused("/demo/my/consents/reports.forward/receipt", 404, RESIDENT),),
    "my/consents/{purpose}/receipt.json": (
        refused("/demo/my/consents/reports.forward/receipt.json", 404, RESIDENT),
    ),
}
