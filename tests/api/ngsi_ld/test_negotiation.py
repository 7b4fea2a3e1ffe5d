"""Accept, Content-Type, Link and Prefer are read as RFC 9110, 8288 and 7240 say."""

from __future__ import annotations

import pytest

from kaiteki.api.ngsi_ld.negotiation import (
    CONTEXT_REL,
    GEO_JSON,
    JSON,
    LD_JSON,
    SHAPES,
    body_type,
    choose_shape,
    context_link,
    preferences,
)
from kaiteki.model.problem import Problem


@pytest.mark.parametrize(
    ("accept", "shape"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/ld+json", LD_JSON),
        ("application/json;q=0.5, application/ld+json", LD_JSON),
        ("application/json, application/ld+json", JSON),
        ("text/html, application/geo+json;q=0.9, */*;q=0.1", GEO_JSON),
        ("*/*, application/json;q=0", LD_JSON),
        ("APPLICATION/LD+JSON ; q=1.0", LD_JSON),
    ],
)
def test_the_best_liked_shape_is_chosen(accept: str | None, shape: str) -> None:
    assert choose_shape(accept, SHAPES) == shape


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "application/geo+json", "garbage"])
def test_what_cannot_be_produced_is_refused(accept: str) -> None:
    with pytest.raises(Problem) as refused:
        choose_shape(accept, (JSON, LD_JSON))
    assert refused.value.status == 406


def test_a_body_has_one_of_the_accepted_types() -> None:
    assert body_type("application/JSON; charset=utf-8", (JSON, LD_JSON)) == JSON
    for wrong in ("text/plain", "", None, "application/jsonx"):
        with pytest.raises(Problem) as refused:
            body_type(wrong, (JSON, LD_JSON))
        assert refused.value.status == 415


def test_the_context_link_is_found_among_others() -> None:
    link = f'<https://a.example/c.jsonld>; rel="{CONTEXT_REL}"; type="application/ld+json"'
    assert context_link(link) == "https://a.example/c.jsonld"
    assert context_link(f'</next>; rel="next", {link}') == "https://a.example/c.jsonld"
    assert context_link('</next>; rel="next"') is None
    assert context_link(None) is None


def test_two_context_links_and_broken_ones_are_refused() -> None:
    link = f'<https://a.example/c.jsonld>; rel="{CONTEXT_REL}"'
    for wrong in (f"{link}, {link}", f'https://a.example/c.jsonld; rel="{CONTEXT_REL}"'):
        with pytest.raises(Problem) as refused:
            context_link(wrong)
        assert refused.value.field == "Link"


def test_preferences_are_read_by_name() -> None:
    assert preferences('ngsi-ld=1.8, body="ld+json"; x') == {"ngsi-ld": "1.8", "body": "ld+json"}
