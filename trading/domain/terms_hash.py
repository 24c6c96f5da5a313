"""What makes two placings the same: the terms they come to, however they were spelled."""

import hashlib

from core.domain.canonical import canonical_json
from core.domain.chain import instant_text
from core.domain.decimals import CONTEXT
from trading.contracts import OrderTerms


def terms_sha256(terms: OrderTerms) -> str:
    """The SHA-256 of an order's terms. Defaults left out or written, ``1.0`` or ``1.00``: the same terms, the same hash."""
    amounts = {"base_amount": terms.base_amount, "quote_amount": terms.quote_amount, "limit_price": terms.limit_price}
    plain: dict[str, object] = {
        "profile_id": str(terms.profile_id),
        "market": terms.market,
        "client_order_id": terms.client_order_id,
        "side": terms.side,
        "type": terms.type,
        "time_in_force": terms.time_in_force,
        "self_trade_prevention": terms.self_trade_prevention,
        "metadata": dict(terms.metadata),
    } | {name: None if value is None else format(value.normalize(CONTEXT), "f") for name, value in amounts.items()}
    # Only where they are there, so that the terms of orders without them keep the hash they have had.
    if terms.display_amount is not None:
        plain["display_amount"] = format(terms.display_amount.normalize(CONTEXT), "f")
    if terms.stop_price is not None:
        plain["stop_price"] = format(terms.stop_price.normalize(CONTEXT), "f")
    if terms.expires_at is not None:
        plain["expires_at"] = instant_text(terms.expires_at)
    return hashlib.sha256(canonical_json(plain)).hexdigest()
