"""Enter what an asset is worth by hand, where no market of ours says so: an action under policy, VALUATION_PRICE."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import MAX_SCALE, has_scale, plain_text
from core.domain.refusals import FieldError, NotFound, Refusal
from core.operations.record_audit import Actor, record_audit
from settlement.models import Asset, ValuationPrice
from settlement.operations.record_valuation_prices import PriceTold, record_valuation_prices
from settlement.queries.valuation import newest_price

VALUATION_PRICE = "VALUATION_PRICE"
OBJECT_TYPE = "settlement.valuation_price"
SOURCE = "OPERATOR"


@dataclass(frozen=True, slots=True)
class PriceWish:
    """One unit of ``asset`` was worth ``price`` of the reporting asset at ``priced_at``; ``reason`` says who says so."""

    asset: str
    price: Decimal
    priced_at: datetime
    reason: str


def enter_valuation_price(*, wish: PriceWish, actor: Actor, at: datetime) -> Outcome:
    """Ask that the price be written down as that of its instant. In the caller's transaction, or one of its own.

    Refuses an unknown asset (``NotFound``), no reason (REASON_MISSING), and with REQUEST_INVALID (400) the reporting asset
    itself, a price that is not above nothing or has too many digits, and an instant that is to come.
    """
    asset = Asset.objects.filter(code=wish.asset).first()
    if asset is None:
        raise NotFound("asset")
    _check(wish, at)
    payload: Payload = {
        "asset_id": str(asset.pk),
        "asset": asset.code,
        "currency": settings.REPORTING_ASSET,
        "price": plain_text(wish.price),
        "priced_at": wish.priced_at.isoformat(),
        "reason": wish.reason,
    }
    with transaction.atomic():
        said = Wish(
            action=VALUATION_PRICE,
            subject_type="settlement.asset",
            subject_id=asset.pk,
            payload=payload,
            reason=wish.reason,
        )
        return carry_out(wish=said, actor=actor, at=at)


def _check(wish: PriceWish, at: datetime) -> None:
    if not wish.reason.strip():
        raise Refusal("REASON_MISSING", "It is said why, and who says so.")
    faults = []
    if wish.asset == settings.REPORTING_ASSET:
        faults.append(FieldError("/asset", "FIELD_INVALID", "It is what all others are measured in."))
    if not wish.price.is_finite() or wish.price <= 0 or not has_scale(wish.price, MAX_SCALE):
        faults.append(FieldError("/price", "FIELD_INVALID", f"Above nothing, with at most {MAX_SCALE} digits."))
    if wish.priced_at > at:
        faults.append(FieldError("/priced_at", "FIELD_INVALID", "The instant is to come."))
    if faults:
        raise Refusal("REQUEST_INVALID", faults[0].detail, errors=faults, status=400)


def describe_price(payload: Payload) -> Description:
    """The price before and after, and what it is for."""
    asset, currency, price = str(payload["asset"]), str(payload["currency"]), str(payload["price"])
    priced_at = datetime.fromisoformat(str(payload["priced_at"]))
    before = newest_price(str(payload["asset_id"]), priced_at)
    return Description(
        title=f"One {asset} was worth {price} {currency}",
        changes=[
            ("price", None if before is None else plain_text(before.price), price),
            ("source", None if before is None else before.source, SOURCE),
            ("priced_at", None, f"{priced_at:%Y-%m-%d %H:%M:%S} UTC"),
        ],
        effect=f"Limits, approvals and reports value {asset} by it until a later price is told.",
    )


def execute_price(execution: Execution) -> dict[str, str]:
    """Write down what was asked for. Refuses (409 STATE_CHANGED) a second price entered for the same instant."""
    said = execution.payload
    priced_at = datetime.fromisoformat(str(said["priced_at"]))
    told = PriceTold(asset_id=Asset.objects.get(pk=said["asset_id"]).pk, price=Decimal(said["price"]), source=SOURCE)
    if not record_valuation_prices(prices=[told], at=priced_at):
        raise Refusal("STATE_CHANGED", "A price was entered for this instant already.", status=409)
    price = ValuationPrice.objects.get(asset_id=told.asset_id, event_at=priced_at, source=SOURCE)
    record_audit(
        actor=execution.requester,
        action=f"{OBJECT_TYPE}.enter",
        object_type=OBJECT_TYPE,
        object_id=price.pk,
        at=execution.at,
        changes=[
            {"field": "price", "before": None, "after": f"{said['price']} {said['currency']} for one {said['asset']}"},
            {"field": "priced_at", "before": None, "after": str(said["priced_at"])},
        ],
        reason=str(said["reason"]),
        approval_id=execution.approval_id,
    )
    return {"valuation_price_id": str(price.pk)}
