"""What manifests declare, in the words of decisions: the sights of types, the roles of commands, the purposes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kaiteki.kit.grounds import BESIDE
from kaiteki.kit.manifest import EVERYTHING, EntityType, Service
from kaiteki.kit.rulings.schema import Catalogue, Use
from kaiteki.kit.views import attribute, expand_name, slots
from kaiteki.model.matching import SEARCHED_NAMES
from kaiteki.model.visibility import Sight


def catalogue_of(services: Sequence[Service]) -> Catalogue:
    """All that services declare of who may do what. Raises ValueError for a purpose or a type that contradicts itself."""
    told = {
        name
        for service in services
        for one in service.types
        for also in one.tells_of.values()
        for name in also
    }
    unknown = told - {one.name for service in services for one in service.types}
    if unknown:
        raise ValueError(f"attributes tell of types that nobody declares: {', '.join(sorted(unknown))}")
    return Catalogue(
        [sight(declared, service) for service in services for declared in service.types],
        {
            f"{service.name}.{command.name}": frozenset(command.roles)
            for service in services
            for command in service.commands
        },
        _uses(services),
    )


def sight(declared: EntityType, service: Service | None = None) -> Sight:
    """Who may read and write which attributes of a type of a service, with expanded names."""
    kept_as = {slot.field: slot.iri for slot in slots(declared.view)}

    def names(fields: Iterable[str]) -> frozenset[str]:
        return frozenset(kept_as.get(field) or attribute(declared.view, field) for field in fields)

    public = names(declared.public)
    searched = {slot.iri for slot in slots(declared.view) if slot.short in SEARCHED_NAMES}
    if declared.holder and declared.data_class in ("pseudonymised", "anonymised"):
        raise ValueError(f"{declared.name}: data that name their holder are not {declared.data_class}")
    return Sight(
        type=expand_name(declared.name),
        public=public,
        roles=declared.roles,
        holder=attribute(declared.view, declared.holder) if declared.holder else "",
        searchable=searched <= public,
        past=None if declared.public_past is None else names(declared.public_past),
        lasting=declared.public_gone,
        raw=None if declared.raw == EVERYTHING else names(declared.raw),
        commands=_commands_on(service, declared) if service is not None else (),
        name=declared.name,
        service=service.name if service is not None else "",
        known=kept_as,
        office=attribute(declared.view, declared.office) if declared.office else "",
        personal=declared.personal or declared.data_class == "personal",
        sealed=names(declared.sealed),
        sought=names(declared.sought),
        data_class=declared.data_class,
        tells_of={
            attribute(declared.view, field): tuple(expand_name(one) for one in types)
            for field, types in declared.tells_of.items()
        },
        worn_with=attribute(declared.view, declared.worn_with) if declared.worn_with else "",
    )


def _commands_on(service: Service, declared: EntityType) -> tuple[str, ...]:
    """The commands (`service/name`) that change entities of a type: those on its page, else all of its service."""
    on = [command for command in service.commands if command.on == declared.name]
    return tuple(f"{service.name}/{command.name}" for command in on or service.commands)


def _uses(services: Sequence[Service]) -> Iterable[Use]:
    types = {declared.name: declared for service in services for declared in service.types}
    for service in services:
        for name, purpose in service.purposes.items():
            yield Use(
                name=f"{service.name}.{name}",
                service=service.name,
                basis=purpose.basis,
                roles=frozenset(purpose.roles),
                items=_items(f"{service.name}.{name}", purpose.items, types),
                sensitive=purpose.sensitive,
            )


def _items(name: str, items: Sequence[str], types: dict[str, EntityType]) -> dict[str, frozenset[str] | None]:
    """The attributes that a purpose names, by type; None: all of the type."""
    covered: dict[str, frozenset[str] | None] = {}
    for item in items:
        type_name, _, field = item.partition(".")
        declared = types.get(type_name)
        if declared is None and type_name in BESIDE:
            continue
        if declared is None:
            raise ValueError(f"purpose {name}: no service keeps {type_name}")
        iri = expand_name(type_name)
        if not field:
            covered[iri] = None
        elif (known := covered.get(iri, frozenset())) is not None:
            covered[iri] = known | {attribute(declared.view, field)}
    return covered
