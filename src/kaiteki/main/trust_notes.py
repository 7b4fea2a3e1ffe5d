"""What the doctor says of trust: personal data that stand in clear, staff without a second factor, keys that are old or lie beside the data, copies that nobody takes."""

from __future__ import annotations

import stat
from pathlib import Path
from time import time
from typing import Final

from kaiteki.broker.sealing_up import is_plain
from kaiteki.kit.engine import KIT_TYPES
from kaiteki.kit.identity.idle import is_staff
from kaiteki.kit.identity.passkey import PASSKEY
from kaiteki.kit.identity.second import TOTP
from kaiteki.kit.sealing import sealed_types
from kaiteki.main.kek import KEK_NAME, TOKEN, read_kek
from kaiteki.main.log_key import KEY_NAME
from kaiteki.main.parts import SERVICES
from kaiteki.model.query import PAGE_SIZE_MAX, Query, TypeIs
from kaiteki.model.sealed import SealedType
from kaiteki.ports.accounts import Account, kind_of
from kaiteki.stores.sqlite import FILE_NAME
from kaiteki.stores.sqlite.wiping import mark_of
from kaiteki.stores.store import Store

COPIED_NAME: Final = "copied"
"""A file without content in the data folder: its time is that of the last copy."""
COPY_AGE_MAX_DAYS: Final = 7
KEY_AGE_MAX_DAYS: Final = 400
SLACK_OWED_MAX_S: Final = 3_600
"""What is erased is usually taken out of the room between entries within seconds."""
PAGE: Final = 200
PAGES_MAX: Final = 500
"""Pages of accounts, or of entities of one type, that are looked at."""
FILES_MAX: Final = 10_000
DAY_S: Final = 86_400
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
SEALED: Final = "sealed:"


async def plain_data(store: Store) -> list[str]:
    """What of people stands in clear, because it was kept before it was sealed; one line for each kind. `store` is not opened by keys."""
    plain = sum([not one.name.startswith(SEALED) for one in await _accounts(store)])
    faults = (
        [f"{plain} accounts have login and name in clear; `kaiteki keys seal` seals them"] if plain else []
    )
    types = sealed_types((*KIT_TYPES, *(one for service in SERVICES for one in service.types)))
    for area in await store.entities.areas():
        for one in types:
            count = await _plain_entities(store, area, one)
            if count:
                name = one.type.rsplit("/", 1)[-1]
                faults.append(
                    f"{area}: {count} {name} hold personal data in clear; `kaiteki keys seal` seals them"
                )
    return faults


async def _accounts(store: Store) -> list[Account]:
    found: list[Account] = []
    for _ in range(PAGES_MAX):
        page = await store.accounts.list(found[-1].login if found else "", PAGE)
        found += page
        if len(page) < PAGE:
            break
    return found


async def _plain_entities(store: Store, area: str, one: SealedType) -> int:
    """How many entities of a type hold something in clear that is to be sealed."""
    count, after = 0, None
    for _ in range(PAGES_MAX):
        wanted = Query(types=TypeIs(one.type), limit=PAGE_SIZE_MAX, after_id=after)
        rows = (await store.entities.find(area, wanted)).rows
        count += sum(is_plain(one, row.entity()) for row in rows)
        if len(rows) < PAGE_SIZE_MAX:
            break
        after = rows[-1].id
    return count


async def bare_staff(store: Store) -> list[str]:
    """Notes of accounts of staff that a password alone opens."""
    bare = 0
    for one in await _accounts(store):
        if (
            one.sample
            or one.disabled
            or not one.password_hash
            or kind_of(one) != "person"
            or not is_staff(one)
        ):
            continue
        has_second = await store.credentials.get(TOTP, one.id) is not None
        bare += not has_second and not await store.credentials.of(one.id, PASSKEY)
    if not bare:
        return []
    return [
        f"{bare} accounts of staff have neither passkey nor second factor: a password that is guessed or told opens them."
    ]


def notes_of_folder(data: Path) -> list[str]:
    """Notes of what lies in a data folder, and of what does not."""
    notes: list[str] = []
    holds_key = (data / KEK_NAME).is_file() and bool(set(read_kek(data / KEK_NAME)) - {TOKEN})
    if holds_key:
        notes.append(
            f"the key-encryption key lies beside the data ({data / KEK_NAME}): who takes the disk takes both."
            " Keep it elsewhere: KAITEKI_KEK_FILE (docs/security/keys.md), or in a token (docs/guide/hsm.md)."
        )
    for name, command in ((KEK_NAME, "kaiteki keys rotate"), (KEY_NAME, "kaiteki audit rotate")):
        age = _age_days(data / name) if name != KEK_NAME or holds_key else None
        if age is not None and age > KEY_AGE_MAX_DAYS:
            notes.append(f"{data / name} is {age} days old; once a year: `{command}`.")
    copied = _age_days(data / COPIED_NAME)
    if copied is None:
        notes.append("no copy of this folder was ever taken by `kaiteki backup`.")
    elif copied > COPY_AGE_MAX_DAYS:
        notes.append(f"the last copy by `kaiteki backup` is {copied} days old.")
    owed = mark_of(data / FILE_NAME)
    if owed.is_file() and time() - owed.stat().st_mtime > SLACK_OWED_MAX_S:
        notes.append(
            "bytes of erased people may stand between the entries of the database: it was always in use, or could not be written;"
            " start the node again, and look at its log, at the rights and at the room of the disk."
        )
    return notes + open_files(data)


def open_files(data: Path) -> list[str]:
    """A note where files of a folder may be read by others, were the folder ever opened to them."""
    found = (file for file, _ in zip(data.rglob("*"), range(FILES_MAX), strict=False))
    count = sum(file.is_file() and bool(stat.S_IMODE(file.stat().st_mode) & OTHERS) for file in found)
    if not count:
        return []
    return [f"{count} files in {data} have rights for others; `chmod -R go-rwx {data}` takes them away."]


def _age_days(file: Path) -> int | None:
    return int((time() - file.stat().st_mtime) / DAY_S) if file.is_file() else None
