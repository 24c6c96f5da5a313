"""The catalogue: the reports that the installed apps declare."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from compliance.domain.definitions import definition_sha256
from core.contracts import ReportDefinition
from core.domain.refusals import NotFound

APPS = ("core", "accounts", "settlement", "trading", "compliance")


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A report, the app that declares it, and the hash that pins its definition."""

    app: str
    definition: ReportDefinition
    sha256: str


@cache
def catalogue() -> Mapping[str, CatalogueEntry]:
    """All reports by code, in order of code. Raises `ValueError` when two apps use one code."""
    found: dict[str, CatalogueEntry] = {}
    for app in APPS:
        for definition in _declared_by(app):
            if definition.code in found:
                raise ValueError(f"two reports are called {definition.code}")
            found[definition.code] = CatalogueEntry(app, definition, definition_sha256(definition))
    return MappingProxyType(dict(sorted(found.items())))


def list_reports() -> list[CatalogueEntry]:
    """All reports, in order of code."""
    return list(catalogue().values())


def get_report(code: str) -> CatalogueEntry:
    """The report of that code; refuses an unknown one with `NotFound`."""
    entry = catalogue().get(code)
    if entry is None:
        raise NotFound("report")
    return entry


def _declared_by(app: str) -> list[ReportDefinition]:
    try:
        room = import_module(f"{app}.reports")
    except ModuleNotFoundError as error:
        if error.name != f"{app}.reports":
            raise
        return []
    modules = [import_module(f"{room.__name__}.{module.name}") for module in iter_modules(room.__path__)]
    reports = [getattr(module, "REPORT", None) for module in modules]
    return [report for report in reports if isinstance(report, ReportDefinition)]
