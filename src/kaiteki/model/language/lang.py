"""Wanted languages, as in Accept-Language (RFC 9110 section 12.5.4): `ja,en;q=0.5,*;q=0.1`."""

from __future__ import annotations

from kaiteki.model.language.scan import EXPRESSION_PARTS_MAX
from kaiteki.model.problem import Problem


def read_languages(text: str) -> tuple[str, ...]:
    """Language tags, the best liked first. Refuses with BadRequestData."""
    liked: list[tuple[float, int, str]] = []
    for index, part in enumerate(text.split(",")[:EXPRESSION_PARTS_MAX]):
        tag, _, weight = part.strip().partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            raise Problem("BadRequestData", "a weight of lang looks like en;q=0.8", "lang") from None
        if not tag or not 0 <= quality <= 1:
            raise Problem("BadRequestData", "lang is a list like en,ja;q=0.8,*;q=0.1", "lang")
        if quality > 0:
            liked.append((-quality, index, tag.strip()))
    return tuple(tag for _, _, tag in sorted(liked))
