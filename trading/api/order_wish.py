"""What a client sends to have an order placed, read the same way at every door."""

from typing import Any

from trading.api.shapes import ORDER_IN
from trading.contracts import OrderTerms, OrderWish
from trading.domain.terms_hash import terms_sha256
from trading.models import Order

# What a type takes when nothing is said.
TIME_IN_FORCE_DEFAULTS = {kind: "IOC" if kind == "MARKET" else "GTC" for kind in Order.Type.values}


def read_wish(body: Any) -> OrderWish:
    """The wish that ``body`` spells. Refuses what cannot be read with REQUEST_INVALID (400)."""
    terms = _terms(ORDER_IN.parse(body))
    return OrderWish(terms, terms_sha256(terms))


def _terms(values: dict[str, Any]) -> OrderTerms:
    kind = values["type"]
    return OrderTerms(
        profile_id=values["profile_id"],
        market=values["market"],
        client_order_id=values["client_order_id"],
        side=values["side"],
        type=kind,
        time_in_force=values.get("time_in_force") or TIME_IN_FORCE_DEFAULTS[kind],
        base_amount=values.get("base_amount"),
        quote_amount=values.get("quote_amount"),
        limit_price=values.get("limit_price"),
        self_trade_prevention=values.get("self_trade_prevention") or "CANCEL_NEWEST",
        metadata=values.get("metadata") or {},
        display_amount=values.get("display_amount"),
        expires_at=values.get("expires_at"),
        stop_price=values.get("stop_price"),
    )
