"""What a client statement tells, from the sealed books: the document that is kept, and what its row says of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F

from accounts.models import Identity, Organisation, Profile, ProfileMember
from accounts.queries.details import open_details
from core.domain.chain import instant_text
from core.domain.decimals import CONTEXT, Rounding, format_scaled, plain_text, quantize
from core.domain.refusals import Refusal
from settlement.calendar import cut_off_at
from settlement.models import Asset, BalanceSnapshot, LedgerAccount, ValuationPrice, Withdrawal
from settlement.queries.statement import Period
from settlement.queries.statement_movements import Movement, list_later_movements, list_movements, tell_movements
from settlement.queries.valuation import VALUE_SCALE

FORMAT = "countinghouse.client-statement/1"
DAY = timedelta(days=1)
# A house that has not said what it is called.
NAMELESS_FIRM = "Countinghouse"

# In SUSPENSE at the end of the period: received by then, neither released nor sent back.
_UNDER_REVIEW = """
SELECT a.code, a.scale, d.amount, d.outside_reference, r.event_at
FROM settlement_deposit d
JOIN settlement_ledgeraccount o ON o.id = d.omnibus_id
JOIN settlement_asset a ON a.id = o.asset_id
JOIN settlement_entry r ON r.source_id = d.id AND r.kind = 'DEPOSIT_RECEIVED' AND r.business_date <= %(last)s
WHERE d.profile_id = %(profile)s AND d.review_reason <> '' AND NOT EXISTS (
    SELECT 1 FROM settlement_entry n
    WHERE n.source_id = d.id AND n.kind IN ('DEPOSIT_RELEASED', 'DEPOSIT_RETURNED') AND n.business_date <= %(last)s
)
ORDER BY a.code COLLATE "C", r.event_at, d.id
"""


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """Everything of a statement but its number: ``body`` in the form of the document, its ``totals`` without anything personal,
    and whose key it is kept under.
    """

    subject_id: UUID
    body: dict[str, Any]
    totals: dict[str, Any]
    movement_count: int


@dataclass(frozen=True, slots=True)
class _Line:
    """One asset over the period."""

    asset: Asset
    opening: Decimal
    closing: Decimal
    held: Decimal


def read_facts(*, profile: Profile, period: Period, known_at: int) -> StatementFacts:
    """The facts of the profile for the period's days, which have to be closed.

    Refuses a profile that nobody holds (PROFILE_HAS_NO_HOLDER) or that never had anything (NOTHING_TO_STATE), more than
    ``settings.STATEMENT_MOST_MOVEMENTS`` movements (STATEMENT_TOO_LARGE), movements that wait for their seal
    (FIGURES_NOT_SEALED), and books that do not add up (STATEMENT_DOES_NOT_TIE).
    """
    holder = _holder(profile)
    lines = _lines(profile.pk, period)
    if not lines:
        raise Refusal("NOTHING_TO_STATE", "The profile had nothing by the end of the period.")
    most: int = settings.STATEMENT_MOST_MOVEMENTS
    moved = list_movements(profile.pk, period, known_at=known_at, limit=most + 1)
    later = list_later_movements(profile.pk, period, known_at=known_at, limit=most + 1)
    if len(moved) + len(later) > most:
        detail = f"The period has more than {most} movements: state a shorter one."
        raise Refusal("STATEMENT_TOO_LARGE", detail, meta={"most_movements": str(most)})
    if not all(each.is_sealed for each in moved):
        raise Refusal("FIGURES_NOT_SEALED", "The last entries wait for their seal.", status=409)
    assets = [_tell_asset(line, moved, later, period) for line in lines]
    openings = {line.asset.code: line.opening for line in lines}
    closings = {line.asset.code: line.closing for line in lines}
    fees = _fees(moved)
    body = {
        "format": FORMAT,
        "firm": {"name": _firm_name()},
        "client": _client(profile, holder),
        "period": {
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "cut_off_at": instant_text(cut_off_at(period.last)),
        },
        "currency": settings.REPORTING_ASSET,
        "assets": assets,
        "value": _whole_value(assets),
        "movements": tell_movements(moved, profile_id=profile.pk, openings=openings),
        "later": tell_movements(later, profile_id=profile.pk, openings=closings),
        "pending": _pending(profile.pk, period, lines),
        "fees": fees,
    }
    totals = {"assets": assets, "fees": fees, "value": body["value"], "later": str(len(later))}
    return StatementFacts(holder.subject_id, body, totals, len(moved))


def _holder(profile: Profile) -> Identity:
    """Who holds the profile; of several, who has the longest."""
    members = ProfileMember.objects.filter(profile=profile, role=ProfileMember.Role.HOLDER).select_related("identity")
    member = members.order_by(F("until").desc(nulls_first=True), "since", "id").first()
    if member is None:
        raise Refusal("PROFILE_HAS_NO_HOLDER", "Nobody holds the profile: there is nobody to state it to.")
    return member.identity


def _firm_name() -> str:
    firm = Organisation.objects.filter(kind=Organisation.Kind.FIRM).first()
    return NAMELESS_FIRM if firm is None else firm.name


def _client(profile: Profile, holder: Identity) -> dict[str, Any]:
    entity = profile.entity
    name = entity.legal_name
    if not name:
        kept = open_details([holder.subject_id])[holder.subject_id].get("full_name")
        name = entity.reference if kept is None else kept.text
    return {
        "name": name,
        "kind": entity.kind,
        "country": entity.country,
        "entity_id": str(entity.pk),
        "entity_reference": entity.reference,
        "profile_id": str(profile.pk),
        "profile_name": profile.name,
        "profile_reference": profile.reference,
    }


def _lines(profile_id: UUID, period: Period) -> list[_Line]:
    """Each asset that the profile ever had something of: its snapshots at both ends of the period."""
    accounts = LedgerAccount.objects.filter(profile_id=profile_id, kind=LedgerAccount.Kind.CLIENT).select_related(
        "asset"
    )
    taken = BalanceSnapshot.objects.filter(
        account__in=accounts, business_date__in=[period.first - DAY, period.last]
    ).values_list("account_id", "business_date", "closing", "held")
    found = {(account_id, day): (closing, held) for account_id, day, closing, held in taken}
    lines = []
    for account in sorted(accounts, key=lambda each: each.asset.code):
        if (account.pk, period.last) in found:
            opening, _ = found.get((account.pk, period.first - DAY), (Decimal(0), Decimal(0)))
            lines.append(_Line(account.asset, opening, *found[account.pk, period.last]))
    return lines


def _tell_asset(line: _Line, moved: list[Movement], later: list[Movement], period: Period) -> dict[str, Any]:
    asset = line.asset
    changes = [each.change for each in moved if each.asset == asset.code]
    credits = sum((change for change in changes if change > 0), Decimal(0))
    debits = -sum((change for change in changes if change < 0), Decimal(0))
    if line.opening + credits - debits != line.closing:
        detail = f"{asset.code}: {plain_text(line.opening)} and what moved do not come to {plain_text(line.closing)}."
        raise Refusal("STATEMENT_DOES_NOT_TIE", detail, meta={"asset": asset.code}, status=409)
    restated = line.closing + sum((each.change for each in later if each.asset == asset.code), Decimal(0))
    price = _price(asset, cut_off_at(period.last))
    amounts = {
        "opening": line.opening, "credits": credits, "debits": debits, "closing": line.closing, "held": line.held,
        "restated": restated,
    }  # fmt: skip
    return {
        "asset": asset.code,
        "name": asset.name,
        "scale": str(asset.scale),
        "payment_scale": str(asset.payment_scale),
        **{name: format_scaled(amount, asset.scale) for name, amount in amounts.items()},
        "price": price,
        "value": None if price is None else _value(line.closing, Decimal(price["price"])),
    }


def _price(asset: Asset, at: datetime) -> dict[str, str] | None:
    """What one unit was worth at the end of the period, who says so and of when; none where no price was young enough."""
    if asset.code == settings.REPORTING_ASSET:
        return {"price": "1", "source": "REPORTING_ASSET", "event_at": instant_text(at)}
    oldest = at - timedelta(hours=settings.PRICE_MAX_AGE_HOURS)
    found = (
        ValuationPrice.objects.filter(
            asset=asset, currency=settings.REPORTING_ASSET, event_at__lte=at, event_at__gte=oldest
        )
        .order_by("-event_at", "-source")
        .first()
    )
    if found is None:
        return None
    return {"price": plain_text(found.price), "source": found.source, "event_at": instant_text(found.event_at)}


def _value(amount: Decimal, price: Decimal) -> str:
    return format_scaled(quantize(CONTEXT.multiply(amount, price), VALUE_SCALE, Rounding.HALF_EVEN), VALUE_SCALE)


def _whole_value(assets: list[dict[str, Any]]) -> str | None:
    """What all of it was worth; none where something has no price."""
    values = [each["value"] for each in assets if Decimal(each["closing"])]
    if any(value is None for value in values):
        return None
    return format_scaled(sum((Decimal(value) for value in values), Decimal(0)), VALUE_SCALE)


def _fees(moved: list[Movement]) -> list[dict[str, str]]:
    """What was paid in fees, by what they were for and asset; what was given back counts against it."""
    sums: dict[tuple[str, str, int], list[Decimal]] = {}
    for each in moved:
        if each.fee is not None:
            sums.setdefault((each.fee, each.asset, each.scale), []).append(-each.change)
    return [
        {"type": fee, "asset": asset, "amount": format_scaled(sum(paid, Decimal(0)), scale), "count": str(len(paid))}
        for (fee, asset, scale), paid in sorted(sums.items())
    ]


def _pending(profile_id: UUID, period: Period, lines: list[_Line]) -> list[dict[str, Any]]:
    """What was not over at the end of the period: withdrawals and orders that reserve something, and deposits under review."""
    pending: list[dict[str, Any]] = []
    held = {line.asset.code: line.held for line in lines}
    scales = {line.asset.code: line.asset.scale for line in lines}
    for withdrawal in _open_withdrawals(profile_id, cut_off_at(period.last)):
        asset = withdrawal.rail.asset
        held[asset.code] = held.get(asset.code, Decimal(0)) - withdrawal.gross_amount
        pending.append(
            _pends("WITHDRAWAL", asset.code, asset.scale, withdrawal.gross_amount)
            | {"reference": withdrawal.client_reference, "since": instant_text(withdrawal.requested_at)}
        )
    pending += [_pends("ORDERS", code, scales[code], amount) for code, amount in sorted(held.items()) if amount > 0]
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_REVIEW, {"profile": profile_id, "last": period.last})
        pending += [
            _pends("DEPOSIT_UNDER_REVIEW", code, scale, amount) | {"reference": reference, "since": instant_text(since)}
            for code, scale, amount, reference, since in cursor.fetchall()
        ]
    return pending


def _open_withdrawals(profile_id: UUID, at: datetime) -> list[Withdrawal]:
    asked = Withdrawal.objects.filter(profile_id=profile_id, requested_at__lt=at).exclude(ended_at__lt=at)
    return list(asked.select_related("rail__asset").order_by("requested_at", "pk"))


def _pends(kind: str, asset: str, scale: int, amount: Decimal) -> dict[str, Any]:
    return {"kind": kind, "asset": asset, "amount": format_scaled(amount, scale), "reference": "", "since": None}
