"""What holds of every document of PROV: the constraints of PROV-CONSTRAINTS (W3C Recommendation 30 April 2013) that its graph can break."""

from __future__ import annotations

from collections.abc import Callable

from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import PROV
from rdflib.term import Node

ACTS, THINGS = PROV.Activity, PROV.Entity


def faults_of(graph: Graph) -> list[str]:
    """Every constraint that a document breaks, each with what breaks it."""
    return [fault for look in (_generations, _kinds, _orders, _derivations, _agents) for fault in look(graph)]


def _generations(graph: Graph) -> list[str]:
    """Every entity has one generation (unique: constraint 24), by an activity that is described."""
    found: list[str] = []
    for thing in graph.subjects(RDF.type, THINGS):
        makers = set(graph.objects(thing, PROV.wasGeneratedBy))
        if len(makers) != 1:
            found.append(f"{thing} has {len(makers)} generations")
        found += [f"{one} is no activity" for one in makers if (one, RDF.type, ACTS) not in graph]
    return found


def _kinds(graph: Graph) -> list[str]:
    """Nothing is an entity and an activity (constraint 55); what is used, derived from or a member is an entity."""
    both = set(graph.subjects(RDF.type, THINGS)) & set(graph.subjects(RDF.type, ACTS))
    found = [f"{one} is an entity and an activity" for one in both]
    for link in (PROV.used, PROV.wasDerivedFrom, PROV.wasRevisionOf, PROV.hadMember, PROV.hadPlan):
        found += [
            f"{thing} is no entity"
            for thing in graph.objects(None, link)
            if (thing, RDF.type, THINGS) not in graph
        ]
    return found


def _time(graph: Graph, of: Node, link: URIRef) -> object:
    value = graph.value(of, link)
    return value.toPython() if isinstance(value, Literal) else None


def _late(graph: Graph, first: tuple[Node, URIRef], second: tuple[Node, URIRef]) -> bool:
    """Whether two moments that are both told stand in the wrong order."""
    before, after = _time(graph, *first), _time(graph, *second)
    return before is not None and after is not None and str(before) > str(after)


def _orders(graph: Graph) -> list[str]:
    """An activity starts before it ends (30), makes things while it lasts (36, 37), uses what is there (33, 39), after who informed it (32)."""
    start, end, made = PROV.startedAtTime, PROV.endedAtTime, PROV.generatedAtTime
    rules: list[
        tuple[URIRef | None, Callable[[Node, Node], tuple[tuple[Node, URIRef], tuple[Node, URIRef]]]]
    ] = [
        (None, lambda act, _: ((act, start), (act, end))),
        (PROV.used, lambda act, thing: ((thing, made), (act, end))),
        (PROV.wasInformedBy, lambda act, other: ((other, start), (act, end))),
        (PROV.wasGeneratedBy, lambda thing, act: ((act, start), (thing, made))),
        (PROV.wasGeneratedBy, lambda thing, act: ((thing, made), (act, end))),
    ]
    found: list[str] = []
    for link, told in rules:
        pairs = (
            graph.subject_objects(link)
            if link is not None
            else ((one, one) for one in graph.subjects(RDF.type, ACTS))
        )
        found += [
            f"{one} and {other} stand in the wrong order"
            for one, other in pairs
            if _late(graph, *told(one, other))
        ]
    return found


def _derivations(graph: Graph) -> list[str]:
    """What is derived comes after what it is derived from (41), and nothing is derived from itself."""
    found: list[str] = []
    for link in (PROV.wasDerivedFrom, PROV.wasRevisionOf):
        for one, origin in graph.subject_objects(link):
            if _late(graph, (origin, PROV.generatedAtTime), (one, PROV.generatedAtTime)):
                found.append(f"{one} is older than its origin {origin}")
        found += [
            f"{one} is derived from itself"
            for one in graph.subjects(link, None)
            if one in _above(graph, one, link)
        ]
    return found


def _above(graph: Graph, one: Node, link: URIRef) -> set[Node]:
    """Everything that something is derived from, however far."""
    return {origin for step in graph.objects(one, link) for origin in graph.transitive_objects(step, link)}


def _agents(graph: Graph) -> list[str]:
    """Who did something is described, and is no person."""
    links = (PROV.wasAssociatedWith, PROV.wasAttributedTo, PROV.actedOnBehalfOf, PROV.agent)
    named = {agent for link in links for agent in graph.objects(None, link)}
    found = [f"{one} is no agent" for one in named if (one, RDF.type, PROV.Agent) not in graph]
    return [*found, *(f"{one} is a person" for one in graph.subjects(RDF.type, PROV.Person))]
