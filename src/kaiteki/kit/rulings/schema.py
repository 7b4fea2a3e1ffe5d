"""What policies may speak of: the typed Cedar schema, and the names that services give to types, attributes, purposes and commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from kaiteki.model.access import Person
from kaiteki.model.visibility import Sight

KINDS: Final = ("person", "organisation", "machine", "device", "city")
DATA_CLASSES: Final = ("none", "personal", "pseudonymised", "anonymised", "related")
BASES: Final = ("duty", "law", "consent")
REST: Final = "*"
"""The name of all attributes of a type that nobody declared: `Attribute::"Report.*"`."""
ANY_TYPE: Final = "*"
"""The name of all types that nobody declared."""

_SHAPE: Final = """\
// Who asks. `staff`: works for the town hall of the area (or runs the node), and is neither a firm nor another city.
// `assurance`: 0 nobody signed in, 1 password or key, 2 two factors or passkey, 3 a public card. `helper`: who acts for them.
entity Person {
  account: String,
  kind: String,
  roles: Set<String>,
  offices: Set<String>,
  assurance: Long,
  helper: String,
  signedIn: Bool,
  staff: Bool,
};

entity Service;
entity Type in [Service];

// An attribute of a type: Attribute::"Report.phone" in Type::"Report" in Service::"reports"; Attribute::"Report.*" is what nobody
// declared. `public`, `publicPast`, `publicGone` (the past of deleted entities), `raw`, `roles` as the service declares them;
// `personal`: the type is about persons; `ofOffice`: it names the office in charge of each entity.
entity Attribute in [Type] {
  public: Bool,
  publicPast: Bool,
  publicGone: Bool,
  roles: Set<String>,
  raw: Bool,
  personal: Bool,
  ofOffice: Bool,
  sealed: Bool,
  declared: Bool,
  dataClass: String,
};

// Command::"reports.close" in Service::"reports".
entity Command in [Service] {
  roles: Set<String>,
};

// Purpose::"reports.contact"; Purpose::"" where no purpose is given. `roles` may act for it.
entity Purpose in [Service] {
  roles: Set<String>,
  sensitive: Bool,
};

// `held`: who asks is the one it is about. `ownOffice`: their office is in charge. `consented`: the holder agreed to the use of this
// attribute for the purpose. `covered`: the purpose names this attribute. `basis`: of the purpose ("duty", "law", "consent", "").
// `stated`: the purpose was said by who asks, it is not the one that the service assumes. `gone`: the entity was deleted.
action read, readPast, write appliesTo {
  principal: Person,
  resource: Attribute,
  context: {
    area: String,
    purpose: Purpose,
    basis: String,
    covered: Bool,
    stated: Bool,
    held: Bool,
    ownOffice: Bool,
    consented: Bool,
    gone: Bool,
  },
};

action run appliesTo {
  principal: Person,
  resource: Command,
  context: {
    area: String,
    purpose: Purpose,
    basis: String,
  },
};
"""


class Use(msgspec.Struct, frozen=True):
    """A purpose as decisions need it: `name` is `<service>.<purpose>`, `items` the attributes (expanded; None: all) by type."""

    name: str
    service: str
    basis: str = "duty"
    roles: frozenset[str] = frozenset()
    items: Mapping[str, frozenset[str] | None] = {}
    sensitive: bool = False

    def covers(self, type_iri: str, attribute: str) -> bool:
        """Whether the purpose names an attribute of a type."""
        if type_iri not in self.items:
            return False
        names = self.items[type_iri]
        return names is None or attribute in names


class Catalogue:
    """What the services of a node declare: the sights of their types, their commands (`<service>.<name>`: roles), their purposes."""

    def __init__(
        self,
        sights: Iterable[Sight],
        commands: Mapping[str, frozenset[str]] | None = None,
        uses: Iterable[Use] = (),
    ) -> None:
        self.sights: Final = {sight.type: sight for sight in sights}
        self.commands: Final = dict(commands or {})
        self.uses: Final = {use.name: use for use in uses}

    def default_use(self, sight: Sight, person: Person) -> Use | None:
        """The purpose for which a service keeps a type, as far as the person may pursue it: the first that names the type."""
        own = (use for use in self.uses.values() if use.service == sight.service and use.basis != "consent")
        return next((use for use in own if sight.type in use.items and person.holds(use.roles)), None)

    def choices(self, sight: Sight, person: Person) -> tuple[Use, ...]:
        """The purposes for which somebody may ask for data of people of a type; none where it is not about people."""
        if not sight.personal and sight.data_class == "none":
            return ()
        return tuple(use for use in self.uses.values() if sight.type in use.items and person.holds(use.roles))

    def knows(self, kind: str, name: str) -> bool:
        """Whether something of a kind of the schema has a name. Types that nobody declared may be named by policies."""
        known = {sight.name: sight for sight in self.sights.values()}
        if kind == "Service":
            return name in {sight.service for sight in known.values()} | {
                use.service for use in self.uses.values()
            }
        if kind == "Attribute":
            type_name, _, field = name.rpartition(".")
            sight = known.get(type_name)
            return bool(type_name) and (sight is None or field == REST or field in sight.known)
        if kind == "Purpose":
            return name == "" or name in self.uses
        return kind not in ("Command",) or name in self.commands


def schema_text(catalogue: Catalogue | None = None) -> str:
    """The schema in the words of Cedar; with a catalogue, what there is of each kind stands before it as comments."""
    if catalogue is None:
        return _SHAPE
    lines = [
        f"// kinds: {', '.join(KINDS)}; data classes: {', '.join(DATA_CLASSES)}; bases: {', '.join(BASES)}"
    ]
    lines += [
        f'// Purpose::"{use.name}" ({use.basis}) for {", ".join(sorted(use.roles))}'
        for use in catalogue.uses.values()
    ]
    lines += [
        f'// Command::"{name}" for {", ".join(sorted(roles))}' for name, roles in catalogue.commands.items()
    ]
    for sight in catalogue.sights.values():
        about = ", personal" if sight.personal else ""
        lines.append(
            f'// Type::"{sight.name}" in Service::"{sight.service}" for {", ".join(sight.roles)}{about}'
        )
        open_to_all = [field for field, iri in sight.known.items() if iri in sight.public]
        closed = [field for field, iri in sight.known.items() if iri not in sight.public]
        lines.append(f"//   public: {', '.join(open_to_all) or '-'}; not public: {', '.join(closed) or '-'}")
    return "\n".join([*lines, "", _SHAPE])
