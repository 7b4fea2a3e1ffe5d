"""`services` and `services/{code}`: what can be reported, and which questions go with it."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET

from kaiteki.adapters.open311.bound import MODE_PART, USUAL, Catalogue, Category, Mode, Question
from kaiteki.adapters.open311.documents import Document
from kaiteki.adapters.open311.shapes import Attribute, Datatype, Definition, Service, Value
from kaiteki.adapters.open311.things import asks
from kaiteki.kit.pages import City
from kaiteki.model.query import Query
from kaiteki.model.words import Words

DATATYPES: Final[dict[str, Datatype]] = {
    "text": "string",
    "number": "number",
    "date": "datetime",
    "one": "singlevaluelist",
    "many": "multivaluelist",
    "yes_no": "singlevaluelist",
}
YES_NO: Final = (("yes", Words("はい", "Yes")), ("no", Words("いいえ", "No")))


async def event_now(city: City) -> str:
    """The event that is declared in an area, USUAL while there is none."""
    modes = await city.playing(MODE_PART, Mode, Query(limit=1))
    return modes[0].seen.event if modes else USUAL


def list_services(catalogue: Catalogue, event: str, language: str, extensions: bool = False) -> Document:
    """What can be reported, as the pages offer it: in a declared disaster its kinds of damage instead of the usual ones.

    `metadata` says whether there are questions. A kind that is not offered now is still defined, known and taken by its code.
    """
    return Document(
        "services", [_service(one, language, extensions) for one in catalogue.categories_of(event)]
    )


def _service(category: Category, language: str, extensions: bool) -> Service:
    return Service(
        service_code=category.code,
        service_name=category.words.say(language),
        description=category.hint.say(language) or category.words.say(language),
        metadata=bool(category.questions) or asks(category),
        type="realtime",
        keywords=",".join(category.keywords) or None,
        group=category.group.say(language) or None,
        residents_may_mend=(category.solvable and not category.traffic) if extensions else UNSET,
    )


def define_service(category: Category, language: str, thing: Attribute | None = None) -> Document:
    """The questions of one kind, at last which thing it is about."""
    attributes = tuple(_attribute(question, n, language) for n, question in enumerate(category.questions, 1))
    return Document(
        "service_definition", Definition(category.code, (*attributes, thing) if thing else attributes)
    )


def _attribute(question: Question, order: int, language: str) -> Attribute:
    options = [(option.code, option.words) for option in question.options]
    if question.kind == "yes_no":
        options = list(YES_NO)
    return Attribute(
        variable=True,
        code=question.code,
        datatype=DATATYPES.get(question.kind, "string"),
        required=question.required,
        datatype_description=question.hint.say(language) or None,
        order=order,
        description=question.words.say(language),
        values=tuple(Value(key, words.say(language)) for key, words in options) if options else UNSET,
    )
