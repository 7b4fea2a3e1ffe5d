"""Policies as data: read from folders, held against the schema and the catalogue, joined to one set for an area."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, cast

import cedarpy
import msgspec

import kaiteki
from kaiteki.kit.rulings.schema import Catalogue, schema_text

POLICIES_MAX: Final = 200
"""Policies of one area, with the generic ones."""
FILE_SIZE_MAX_BYTES: Final = 200_000
SUFFIX: Final = ".cedar"
OWN_FOLDER: Final = Path(kaiteki.__file__).parent / "policies"


class BadPolicy(Exception):
    """Policies that cannot be used; the message names the file, the policy and the reason."""


class Source(msgspec.Struct, frozen=True):
    """A file of policies: what to call it, and its text."""

    name: str
    text: str


class Policies:
    """The policies of an area: the generic ones and its own. Read when first asked for; `sources` are in the order of their names."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources: Final = tuple(sources)

    @cached_property
    def parsed(self) -> cedarpy.PolicySet:
        """The set as the engine wants it. Raises BadPolicy for what cannot be read."""
        for source in self.sources:
            _parse(source)
        return cedarpy.PolicySet.from_str("\n".join(source.text for source in self.sources))

    @cached_property
    def schema(self) -> cedarpy.Schema:
        """What the policies may speak of."""
        return _schema()

    @cached_property
    def named(self) -> frozenset[tuple[str, str]]:
        """The things that policies name one by one, as (kind, name)."""
        return frozenset(one for source in self.sources for one in _literals(_parse(source)))

    @cached_property
    def members(self) -> frozenset[str]:
        """The members of people, things and contexts that policies look at: what they do not look at decides nothing."""
        seen = {name for source in self.sources for name in _members(_parse(source))}
        if any(kind == "Person" for kind, _ in self.named):
            seen.add("account")
        return frozenset(seen)

    def check(self, catalogue: Catalogue) -> None:
        """Hold all of it against the schema and what the services declare. Raises BadPolicy with the first fault of each file."""
        faults = [fault for source in self.sources for fault in _faults(source, catalogue)]
        ids = (
            [name for source in self.sources for name in _ids(_parse(source)).values()] if not faults else []
        )
        faults += [
            f"policy {name}: this id is given twice"
            for name in sorted({one for one in ids if ids.count(one) > 1})
        ]
        if len(ids) > POLICIES_MAX:
            faults.append(f"{len(ids)} policies; there may be {POLICIES_MAX}")
        if faults:
            raise BadPolicy("; ".join(faults))


def read_policies(*folders: Path) -> Policies:
    """The policies in the `*.cedar` files of folders, beside the generic ones. Raises BadPolicy for a file that cannot be read."""
    files = [file for folder in (OWN_FOLDER, *folders) for file in sorted(folder.glob(f"*{SUFFIX}"))]
    sources: list[Source] = []
    for file in files:
        if file.stat().st_size > FILE_SIZE_MAX_BYTES:
            raise BadPolicy(f"{file}: larger than {FILE_SIZE_MAX_BYTES} bytes")
        try:
            sources.append(Source(str(file), file.read_text(encoding="utf-8")))
        except UnicodeDecodeError as error:
            raise BadPolicy(f"{file}: no UTF-8 text") from error
    return Policies(sources)


@lru_cache(maxsize=1)
def generic_policies() -> Policies:
    """What the package says, for areas that add nothing."""
    return read_policies()


@lru_cache(maxsize=64)
def _parse(source: Source) -> dict[str, Any]:
    """The policies of a file as the engine tells them, by the number that it gives them."""
    try:
        document = json.loads(cedarpy.policies_to_json_str(source.text))
    except ValueError as error:
        raise BadPolicy(f"{source.name}: {error}") from error
    if document["templates"]:
        raise BadPolicy(f"{source.name}: policies with slots (?principal, ?resource) are not used here")
    return cast("dict[str, Any]", document["staticPolicies"])


def _ids(parsed: dict[str, Any]) -> dict[str, str]:
    return {number: policy.get("annotations", {}).get("id") or "" for number, policy in parsed.items()}


def _faults(source: Source, catalogue: Catalogue) -> Iterator[str]:
    parsed = _parse(source)
    ids = _ids(parsed)
    for number, name in ids.items():
        if not name:
            yield f'{source.name}: {number} has no name; write @id("…") before it'
    found: list[cedarpy.ValidationError] = (
        cast("Any", cedarpy).validate_policies(source.text, _schema()).errors
    )
    for error in found:
        told = error.error.replace(f"for policy `{error.policy_id}`, ", "")
        yield f"{source.name}: policy {ids.get(error.policy_id) or error.policy_id}: {told}"
    for number, policy in parsed.items():
        for kind, name in _literals(policy):
            if not catalogue.knows(kind, name):
                yield f'{source.name}: policy {ids[number] or number}: there is no {kind}::"{name}"'


@lru_cache(maxsize=1)
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_str(schema_text())


def _literals(tree: Any) -> Iterator[tuple[str, str]]:
    """The entities that a policy names."""
    if isinstance(tree, dict):
        node = cast("dict[str, Any]", tree)
        if node.keys() == {"type", "id"}:
            yield str(node["type"]), str(node["id"])
        for inner in node.values():
            yield from _literals(inner)
    elif isinstance(tree, list):
        for inner in cast("list[Any]", tree):
            yield from _literals(inner)


def _members(tree: Any) -> Iterator[str]:
    """The members that a policy looks at, of whatever."""
    if isinstance(tree, dict):
        node = cast("dict[str, Any]", tree)
        if "attr" in node and isinstance(node["attr"], str):
            yield node["attr"]
        for inner in node.values():
            yield from _members(inner)
    elif isinstance(tree, list):
        for inner in cast("list[Any]", tree):
            yield from _members(inner)
