"""Texts as tokens of FTS5, pair of characters by pair, so that any part of any word of any language is found."""

from __future__ import annotations

from itertools import pairwise
from operator import add
from typing import Final

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def _coded(character: str) -> str:
    """A character as four letters and digits, so that the tokenizer takes every character as it is."""
    number = ord(character)
    coded = ""
    for _ in range(4):
        number, digit = divmod(number, 36)
        coded = _DIGITS[digit] + coded
    return coded


_CODES: dict[str, str] = {}


def _codes(word: str) -> list[str]:
    """The codes of the characters of a word."""
    try:
        return [_CODES[character] for character in word]
    except KeyError:
        for character in set(word) - _CODES.keys():
            _CODES[character] = _coded(character)
        return [_CODES[character] for character in word]


def tokens_of(searchable: str) -> str:
    """Folded text as tokens: each pair of neighbouring characters of a word, and its last character alone."""
    tokens: list[str] = []
    for word in searchable.split():
        codes = _codes(word)
        tokens += map(add, codes, codes[1:])
        tokens.append(codes[-1])
    return " ".join(tokens)


def phrases_of(searched: str) -> str:
    """An FTS5 query for texts in which every word of the (folded) search occurs as it is; empty for no words."""
    phrases: list[str] = []
    for word in searched.split():
        codes = _codes(word)
        if len(codes) == 1:
            phrases.append(f"{codes[0]}*")
        else:
            pairs = (one + other for one, other in pairwise(codes))
            phrases.append(f'"{" ".join(pairs)}"')
    return " AND ".join(phrases)
