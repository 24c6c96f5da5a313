"""Start-up checks: a report that is not whole, or that reads what may change, stops the process."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register

from compliance.domain.definitions import definition_faults, reads_faults
from compliance.domain.sources import UNCHANGING
from compliance.queries.catalogue import list_reports


def append_only_columns() -> dict[str, frozenset[str]]:
    """Table -> its columns, of the tables whose rows never change."""
    return {
        model._meta.db_table: frozenset(str(field.column) for field in model._meta.concrete_fields)
        for model in apps.get_models()
        if getattr(model, "is_append_only", False)
    }


@register("compliance")
def check_reports(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """Every definition of the catalogue is whole, and reads nothing that may change after insert."""
    append_only = append_only_columns()
    return [
        Error(f"{entry.definition.code}: {fault}", id="compliance.E001")
        for entry in list_reports()
        for fault in (
            *definition_faults(entry.definition, entry.app),
            *reads_faults(entry.definition.reads, append_only=append_only, unchanging=UNCHANGING),
        )
    ]
