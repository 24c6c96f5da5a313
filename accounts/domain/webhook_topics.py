"""Which events a webhook is told of: a topic, all of a noun (``settlement.deposit.*``), of an app (``settlement.*``), or all."""

import re
from collections.abc import Iterable

MOST_TOPICS = 50
LONGEST_TOPIC = 100
_TOPIC = re.compile(r"\*|[a-z]+\.\*|[a-z]+\.[a-z_]+\.(\*|[a-z_]+)", re.ASCII)


def are_topics(topics: Iterable[str]) -> bool:
    """Whether each of ``topics`` has the form of one; which of them are ever told of is not known here."""
    return all(len(topic) <= LONGEST_TOPIC and _TOPIC.fullmatch(topic) for topic in topics)


def like_patterns(topics: Iterable[str]) -> list[str]:
    """The patterns of SQL's ``LIKE`` that stand for ``topics``: no letter in them means anything but itself."""
    return [topic.replace("_", r"\_").replace("*", "%") for topic in topics]
