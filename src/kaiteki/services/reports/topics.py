"""What the search of an area offers of the kinds of reports: each with the step in which it is told."""

from __future__ import annotations

from kaiteki.kit.manifest import Topic
from kaiteki.model.words import Words
from kaiteki.services.reports.settings import Category, Settings


def topics_of(settings: Settings) -> tuple[Topic, ...]:
    """A topic for each category of the area: found by its words, leading to the first step with the kind chosen."""
    return tuple(_topic(category) for category in settings.categories)


def _topic(category: Category) -> Topic:
    words = category.words
    return Topic(
        words=Words(
            ja=f"不具合を知らせる：{words.ja}",
            en=f"Report something: {words.en}",
            easy=f"知（し）らせる：{words.say('ja-easy')}",
        ),
        path="reports/new",
        query=f"category={category.code}",
        summary=category.hint if category.hint.ja else None,
        keywords=category.keywords,
    )
