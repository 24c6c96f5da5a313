"""What was chosen for a report: read strictly, kept as one canonical text, given to the query as typed
values.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from core.contracts import ParameterType, ReportDefinition, ReportParameter
from core.domain.refusals import FieldError, Refusal

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,33}", re.ASCII)

Typed: TypeAlias = UUID | date | str


def parse_parameters(definition: ReportDefinition, given: Mapping[str, Any]) -> dict[str, str]:
    """The canonical texts of the parameters given; an optional one that is absent or null is left out.

    Refuses with REQUEST_INVALID, naming every fault: an unknown name, a missing one, a text that does not
    spell the type, a period that ends before it begins or is longer than its bound.
    """
    known = {parameter.name: parameter for parameter in definition.parameters}
    faults = [
        FieldError(f"/parameters/{name}", "UNKNOWN_FIELD", "The report has no such parameter.")
        for name in sorted(given.keys() - known.keys())
    ]
    typed: dict[str, Typed] = {}
    for parameter in definition.parameters:
        value = given.get(parameter.name)
        if value is None:
            if parameter.required:
                faults.append(FieldError(f"/parameters/{parameter.name}", "FIELD_MISSING", "Needed."))
            continue
        read = _read(parameter, value)
        if isinstance(read, FieldError):
            faults.append(read)
        else:
            typed[parameter.name] = read
    faults += _period_faults(definition, typed)
    if faults:
        raise Refusal("REQUEST_INVALID", "The parameters do not fit the report.", errors=faults, status=400)
    return {name: str(value) for name, value in typed.items()}


def typed_parameters(definition: ReportDefinition, parameters: Mapping[str, str]) -> dict[str, Typed | None]:
    """Every parameter of the definition as the query wants it; null for the ones left out."""
    return {
        parameter.name: _spelled(parameter.type, parameters[parameter.name]) if parameter.name in parameters else None
        for parameter in definition.parameters
    }


def business_date_of(definition: ReportDefinition, parameters: Mapping[str, str]) -> date:
    """The day that dates the report."""
    return date.fromisoformat(parameters[definition.business_date])


def _read(parameter: ReportParameter, value: Any) -> Typed | FieldError:
    try:
        if not isinstance(value, str):
            raise ValueError("not a string")
        return _spelled(parameter.type, value)
    except ValueError:
        return FieldError(f"/parameters/{parameter.name}", "FIELD_INVALID", f"Not a {parameter.type}.")


def _spelled(kind: ParameterType, text: str) -> Typed:
    if kind == ParameterType.ENTITY:
        value = UUID(text)
        if str(value) != text.lower():
            raise ValueError("not the usual form of an id")
        return value
    if kind == ParameterType.DATE:
        if not _DATE.fullmatch(text):
            raise ValueError("not YYYY-MM-DD")
        return date.fromisoformat(text)
    if not _CODE.fullmatch(text):
        raise ValueError("not a code")
    return text


def _period_faults(definition: ReportDefinition, typed: Mapping[str, Typed]) -> list[FieldError]:
    faults = []
    for parameter in definition.parameters:
        first, last = typed.get(parameter.not_before), typed.get(parameter.name)
        if not isinstance(first, date) or not isinstance(last, date):
            continue
        days = (last - first).days
        pointer = f"/parameters/{parameter.name}"
        if days < 0:
            faults.append(FieldError(pointer, "FIELD_INVALID", f"Before {parameter.not_before}."))
        elif parameter.bound_days and days >= parameter.bound_days:
            faults.append(FieldError(pointer, "FIELD_INVALID", f"More than {parameter.bound_days} days."))
    return faults
