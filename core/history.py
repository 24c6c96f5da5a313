"""The history of rows: what every row of reference data was at any time, and which act made it so.

Triggers write it, made with django-pghistory, so it is complete whoever writes the row: an operation, the break-glass admin,
SQL, COPY. They fire when the transaction commits; by then the act's audit entry is written, and the history takes from it who
acted, by which request and by which approval. A version without an act was written around the operations.

The history is append-only and is not sealed: to believe a version, follow it to its audit entry, which is. See docs/integrity.md.
"""

from collections.abc import Sequence
from typing import Any

import pghistory
import pgtrigger
from django.db import models
from pghistory.models import Event
from pghistory.trigger import Event as EventTrigger

KNOWN = "known"
"""The label of versions that were there when the history began."""


class RowHistory(Event):
    """One version of a row: its columns as they were after an insert or update, or before a deletion.

    ``pgh_label`` is insert, update, delete or known, ``pgh_context`` the act: ``audit_id``, ``action``, ``actor_kind``,
    ``actor_id``, ``request_id`` and ``approval_id``, or null where nobody wrote an audit entry.
    """

    is_append_only = True
    left_out: tuple[str, ...] = ()

    pgh_id = models.BigAutoField(primary_key=True)

    class Meta:
        abstract = True


def columns_of(history: type[RowHistory]) -> list[str]:
    """The columns of the row that its versions keep."""
    return [str(field.column) for field in history._meta.fields if not field.name.startswith("pgh_")]


class Remember(EventTrigger):
    """The trigger that writes a version, when the transaction commits."""

    timing = pgtrigger.Deferred

    def get_func(self, model: Any) -> str:
        """The INSERT of the version with its act."""
        history: Any = self.event_model
        names = columns_of(history)
        key = f'{self.row}."{model._meta.pk.column}"'
        values = {f'"{name}"': f'{self.row}."{name}"' for name in names} | {
            "pgh_created_at": "now()",
            "pgh_label": f"'{self.label}'",
            "pgh_obj_id": key,
            "pgh_context": f"core_act_of({key}::text)",
        }
        columns, row = ", ".join(values), ", ".join(values.values())
        table = history._meta.db_table
        return f'INSERT INTO "{table}" ({columns}) VALUES ({row}); RETURN NULL;'  # noqa: S608 - names of our own


class _Versions(pghistory.RowEvent):
    """Writes a version on one kind of statement."""

    def add_event_trigger(self, event_model: Any) -> None:
        pgtrigger.register(
            Remember(  # type: ignore[no-untyped-call]
                event_model=event_model,
                label=self.label,
                name=self.trigger_name,
                row=self.row,
                operation=self.operation,
                condition=self.condition,
                level=pgtrigger.Row,
            )
        )(event_model.pgh_tracked_model)


def history_of(model: Any, *, fields: Sequence[str], left_out: Sequence[str], is_hot: bool = False) -> Any:
    """The model of the history of ``model``, named after it: ``Market`` gives ``MarketHistory``.

    ``fields`` are kept, ``left_out`` are not; together they are all fields of the model, which a test holds. A row in which only
    ``left_out`` fields change gets no version. Of an ``is_hot`` table even the looking is too much: its trigger is on the named
    columns only, so an UPDATE that sets others does not come near it. Such a table has no BEFORE trigger that changes a row.
    """
    name = f"{model._meta.object_name}History"
    noun = model._meta.model_name
    columns = [model._meta.get_field(each).column for each in fields]
    update = pgtrigger.UpdateOf(*columns) if is_hot else pgtrigger.Update  # type: ignore[no-untyped-call]
    return pghistory.create_event_model(
        model,
        _Versions("insert", operation=pgtrigger.Insert, row="NEW", trigger_name=f"{noun}_inserted"),
        _Versions(
            "update",
            operation=update,
            row="NEW",
            trigger_name=f"{noun}_updated",
            condition=pgtrigger.AnyChange(*fields),
        ),
        _Versions("delete", operation=pgtrigger.Delete, row="OLD", trigger_name=f"{noun}_deleted"),
        fields=list(fields),
        obj_field=pghistory.ObjForeignKey(related_name="history", db_index=False),
        context_field=pghistory.ContextJSONField(),
        context_id_field=None,  # type: ignore[arg-type]
        model_name=name,
        base_model=RowHistory,
        attrs={"left_out": tuple(left_out)},
        meta={"indexes": [models.Index(fields=["pgh_obj", "pgh_id"], name=f"{noun}history_of")]},
        abstract=False,
    )
