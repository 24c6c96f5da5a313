"""A client's id that names an order already: the same wish is answered with that order, another one is refused. Pure."""

from datetime import datetime

from core.domain.chain import instant_text
from core.domain.refusals import Refusal
from trading.contracts import OrderTerms, OrderView, OrderWish, PlacedOrder


def answer_again(wish: OrderWish, *, stored_sha256: str | None, order: OrderView) -> PlacedOrder:
    """``order`` as it stands, which ``wish`` has been placed as before.

    Refuses another wish under its id with CLIENT_ORDER_ID_REUSED and every term that differs.
    """
    if stored_sha256 == wish.request_sha256:
        return PlacedOrder(order=order, is_replay=True)
    sent = _terms_sent(wish.terms)
    differences = [
        {"pointer": f"/{name}", "stored": _plain(getattr(order, name)), "sent": _plain(value)}
        for name, value in sent.items()
        if getattr(order, name) != value
    ]
    raise Refusal(
        "CLIENT_ORDER_ID_REUSED",
        "This client_order_id names an order with other terms.",
        meta={"order_id": str(order.id), "differences": differences},
    )


def _terms_sent(terms: OrderTerms) -> dict[str, object]:
    return {
        "market": terms.market,
        "side": terms.side,
        "type": terms.type,
        "time_in_force": terms.time_in_force,
        "base_amount": terms.base_amount,
        "quote_amount": terms.quote_amount,
        "limit_price": terms.limit_price,
        "stop_price": terms.stop_price,
        "display_amount": terms.display_amount,
        "expires_at": terms.expires_at,
        "self_trade_prevention": terms.self_trade_prevention,
        "metadata": dict(terms.metadata),
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return instant_text(value)
    return value if value is None or isinstance(value, (str, dict)) else format(value, "f")
