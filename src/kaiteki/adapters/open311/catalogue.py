"""`services` and `services/{code}`: what can be reported, and which questions go with it."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET

from kaiteki.adapters.open311.asked import Wrong
from kaiteki.adapters.open311.bound import Catalogue, Category, Question
from kaiteki.adapters.open311.documents import Document
from kaiteki.adapters.open311.shapes import Attribute, Datatype, Definition, Service, Value
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


def list_services(catalogue: Catalogue, language: str) -> Document:
    """Every kind of request; `metadata` says whether there are questions."""
    return Document("services", [_service(category, language) for category in catalogue.categories])


def _service(category: Category, language: str) -> Service:
    return Service(
        service_code=category.code,
        service_name=category.words.say(language),
        description=category.hint.say(language) or category.words.say(language),
        metadata=bool(category.questions),
        type="realtime",
        keywords=",".join(category.keywords) or None,
        group=category.group.say(language) or None,
    )


def define_service(catalogue: Catalogue, code: str, language: str) -> Document:
    """The questions of one kind; 404 where there is none of that code."""
    category = catalogue.category(code)
    if category is None:
        raise Wrong(404, f"service_code {code[:60]} was not found")
    attributes = tuple(_attribute(question, n, language) for n, question in enumerate(category.questions, 1))
    return Document("service_definition", Definition(category.code, attributes))


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
