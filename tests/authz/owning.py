"""Which rows belong to which tenant: found by walking the foreign keys down from its entity, so new tables count too."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import ForeignKey, Model, UUIDField

from accounts.models import Entity

APPS = ("accounts", "settlement", "trading", "compliance")
# Two tenants have a part in each of these: what is whose in them is tested by cells of their own.
OF_TWO = {"trading.Trade", "trading.OrderEvent", "settlement.Posting"}


def owned_ids(entity_id: UUID) -> set[str]:
    """The ids of every row that belongs to the entity, in the order they were found."""
    owned: dict[type[Model], set[UUID]] = {Entity: {entity_id}}
    while True:
        before = sum(map(len, owned.values()))
        for model, key in _keys():
            parents = owned.get(key.related_model)  # type: ignore[call-overload]
            if parents:
                rows = model._default_manager.filter(**{f"{key.name}__in": parents})  # type: ignore[attr-defined]
                owned.setdefault(model, set()).update(rows.values_list("pk", flat=True))
        if sum(map(len, owned.values())) == before:
            return {str(pk) for model, pks in owned.items() if isinstance(model._meta.pk, UUIDField) for pk in pks}


def _keys() -> Iterator[tuple[type[Model], ForeignKey[Any, Any]]]:
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            if model._meta.label in OF_TWO:
                continue
            for each in model._meta.get_fields():
                if isinstance(each, ForeignKey):
                    yield model, each
