"""Columns that money, rates and references are stored in."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from core.domain.decimals import LIMIT

LARGEST = LIMIT


def amount_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """``numeric(38,18)``: an amount of one asset, a price, or a signed change of one. Bounds are the model's constraints."""
    return models.DecimalField(max_digits=38, decimal_places=18, **options)


def rate_field(**options: Any) -> "models.DecimalField[Decimal, Decimal]":
    """``numeric(8,6)``: a fraction; 0.002 is 0.2 %."""
    return models.DecimalField(max_digits=8, decimal_places=6, **options)


def reference_field(**options: Any) -> "models.CharField[str, str]":
    """1 to 64 of ``[A-Za-z0-9._:-]``: an id that somebody outside chose."""
    return models.CharField(max_length=64, **options)


def within(field: str) -> Q:
    """``0 <= field < 1e20``. Both sides, because PostgreSQL lets ``NaN`` through one-sided checks."""
    return Q(**{f"{field}__gte": 0}) & Q(**{f"{field}__lt": LIMIT})


def within_or_null(field: str) -> Q:
    return Q(**{f"{field}__isnull": True}) | within(field)


def signed_within(field: str) -> Q:
    """``-1e20 < field < 1e20``."""
    return Q(**{f"{field}__gt": -LIMIT}) & Q(**{f"{field}__lt": LIMIT})


REFERENCE_PATTERN = r"^[A-Za-z0-9._:-]{1,64}$"


class CidrField(models.Field):  # type: ignore[type-arg]
    """An IPv4 or IPv6 network as PostgreSQL's ``cidr``: 203.0.113.0/24. A host bit beyond the prefix is refused by it."""

    def db_type(self, connection: Any) -> str:
        return "cidr"

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else str(value)
