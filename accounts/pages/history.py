"""The history of one row, as a part of its page: ``ops/parts/history.html`` with ``history``."""

from typing import Any

from django.db.models import Model

from accounts.queries.actors import name_actors
from core.queries.histories import list_versions


def read_history(row: Model) -> list[dict[str, Any]]:
    """The newest versions of ``row``, newest first, each with the name of who acted. Two statements."""
    versions = list_versions(type(row), row.pk)
    names = name_actors(version.act.get("actor_id") for version in versions)
    return [{"version": version, "who": names.get(str(version.act.get("actor_id")), "")} for version in versions]
