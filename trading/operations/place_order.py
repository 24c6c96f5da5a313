"""Take an order: one durable transaction, and only then the answer."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.domain.permissions import Action
from accounts.queries.permissions import refuse_action
from core.ids import new_id
from core.prepared import prepared_cursor
from settlement.operations.open_client_account import open_client_account
from trading.contracts import OrderTerms, OrderWish, PlacedOrder, PlacingContext
from trading.domain.door import Admission, admit_order, is_permitted
from trading.domain.reuse import answer_again
from trading.queries.kill_switches import IS_LET_IN, refuse_kept_out
from trading.queries.orders import get_order_view, order_view_of_placing
from trading.queries.placing import get_placing_context
from trading.queries.shortfall import refuse_shortfall

# What a new order has in it, in the order of the values.
COLUMNS = """
    id, profile_id, market_id, client_order_id, credential_id, request_sha256, side, type, time_in_force,
    base_amount, quote_amount, limit_price, stop_price, protection_price, display_amount, expires_at, self_trade_prevention,
    self_trade_group, fee_tier_id, maker_rate, taker_rate, fee_scale, status, done_reason, filled_base,
    filled_quote, fee_exact, fee_charged,
    remaining_base, displayed_base, prevented_base, lapsed_base, hold_asset_id, hold_amount, held, channel, capacity,
    received_at, metadata, version, created_at, updated_at
"""

# Hold, order and instruction in one statement, which is a transaction by itself: an order is inserted only where its profile may
# place it and its hold was taken, and the doorbell rings at COMMIT. What a profile may do is asked here again: what was committed
# before the statement began is seen, what is committed while it runs is followed by the sweep of cancel_forbidden_orders. Where
# the same client id is being placed at this moment, the insert waits for it and then breaks client_order_id_is_unique, which
# takes the hold back with it.
PLACE = """
WITH hold AS (
    UPDATE settlement_ledgeraccount SET held = held + %(hold)s
    WHERE id = %(account)s AND balance - held >= %(hold)s AND status = 'OPEN' AND EXISTS (
        SELECT 1 FROM accounts_profile p
        WHERE p.id = %(profile)s AND p.status = 'OPEN' AND NOT p.denied_actions @> ARRAY[%(side)s]::varchar[]
            AND {is_let_in}
    )
    RETURNING id
), placed AS (
    INSERT INTO trading_order ({columns})
    SELECT %(id)s, %(profile)s, %(market)s, %(client_order_id)s, %(credential)s, %(sha256)s, %(side)s, %(type)s,
        %(time_in_force)s, %(amount)s, %(quote_amount)s, %(limit_price)s, %(stop_price)s, %(protection_price)s,
        %(display_amount)s, %(expires_at)s, %(stp)s,
        %(group)s, %(fee_tier)s,
        %(maker_rate)s, %(taker_rate)s, %(fee_scale)s, 'PENDING', '', 0, 0, 0, 0, %(remaining)s, %(display_amount)s, 0, 0,
        %(hold_asset)s,
        %(hold)s, %(hold)s, 'API', 'AOTC', %(at)s, %(metadata)s::jsonb, 1, %(at)s, %(at)s
    FROM hold
    RETURNING id
), instructed AS (
    INSERT INTO trading_instruction
        (market_id, kind, order_id, payload, instructed_at, actor_id, initiator, status, refusal, attempts)
    SELECT %(market)s, 'PLACE', id, '{}', %(at)s, %(credential)s, 'CLIENT', 'PENDING', '', 0 FROM placed
    RETURNING id
)
SELECT (SELECT count(*) FROM instructed),
       pg_notify('countinghouse_instructions', %(market_text)s)
""".replace("{is_let_in}", IS_LET_IN).replace("{columns}", COLUMNS)


@dataclass(frozen=True, slots=True)
class _Request:
    terms: OrderTerms
    credential_id: UUID
    entity_id: UUID
    sha256: str
    at: datetime

    def read_context(self) -> PlacingContext:
        return get_placing_context(
            profile_id=self.terms.profile_id,
            entity_id=self.entity_id,
            symbol=self.terms.market,
            client_order_id=self.terms.client_order_id,
        )


def place_order(
    *, terms: OrderTerms, credential_id: UUID, entity_id: UUID, request_sha256: str, at: datetime
) -> PlacedOrder:
    """Place an order for a profile of ``entity_id``, or answer the one that this client id already names.

    Idempotent by (profile, client_order_id), for ever: the same body (``request_sha256``) answers the stored order as it
    stands now. Refuses an unknown profile or market with ``NotFound``, another body under a used id with
    CLIENT_ORDER_ID_REUSED, what the profile's owners may not do with ACTION_NOT_PERMITTED, what the market's terms forbid with
    the door's codes, and too little available with INSUFFICIENT_AVAILABLE. Nothing is stored when it refuses.
    """
    request = _Request(terms, credential_id, entity_id, request_sha256, at)
    context = request.read_context()
    if context.order_id is not None:
        return _replay(request, context)
    _check_permission(terms, context)
    admission = admit_order(terms, context, at)
    order_id = new_id()
    if not _is_stored(order_id, request, context, admission):
        return _explain(request, admission)
    return PlacedOrder(order=order_view_of_placing(order_id, terms, context, admission, at), is_replay=False)


def _check_permission(terms: OrderTerms, context: PlacingContext) -> None:
    """Refuse what the profile may not do; why is asked of its identities only then."""
    if not is_permitted(terms, context):
        raise refuse_action(profile_id=terms.profile_id, action=Action(terms.side))


def _is_stored(order_id: UUID, request: _Request, context: PlacingContext, admission: Admission) -> bool:
    """Store the order; false where its hold could not be taken, or its client id has been taken meanwhile."""
    try:
        if context.base_account_id and context.quote_account_id:
            return _store(order_id, request, context, admission)
        with transaction.atomic(durable=True):
            if _store(order_id, request, context, admission):
                return True
            # Leaves no account behind that was opened for an order which was not taken.
            transaction.set_rollback(True)
    except IntegrityError as error:
        if "client_order_id_is_unique" not in str(error):
            raise
    return False


def _store(order_id: UUID, request: _Request, context: PlacingContext, admission: Admission) -> bool:
    terms = request.terms
    base_account = context.base_account_id or open_client_account(profile_id=terms.profile_id, asset_id=context.base_id)
    quote_account = context.quote_account_id or open_client_account(
        profile_id=terms.profile_id, asset_id=context.quote_id
    )
    values: dict[str, Any] = {
        "id": order_id,
        "hold": admission.hold_amount,
        "account": base_account if admission.is_base_hold else quote_account,
        "hold_asset": context.base_id if admission.is_base_hold else context.quote_id,
        "profile": terms.profile_id,
        "market": context.market_id,
        "market_text": str(context.market_id),
        "client_order_id": terms.client_order_id,
        "credential": request.credential_id,
        "sha256": request.sha256,
        "side": terms.side,
        "type": terms.type,
        "time_in_force": terms.time_in_force,
        "amount": terms.base_amount,
        "quote_amount": terms.quote_amount,
        "remaining": terms.base_amount or Decimal(0),
        "stop_price": terms.stop_price,
        "limit_price": terms.limit_price,
        "protection_price": admission.protection_price,
        "display_amount": terms.display_amount,
        "expires_at": terms.expires_at,
        "stp": terms.self_trade_prevention,
        "group": context.self_trade_group,
        "fee_tier": context.fee_tier_id,
        "maker_rate": context.maker_rate,
        "taker_rate": context.taker_rate,
        "fee_scale": context.fee_scale,
        "at": request.at,
        "metadata": json.dumps(dict(terms.metadata)),
    }
    with prepared_cursor() as cursor:
        cursor.execute(PLACE, values)
        (instructed, _) = cursor.fetchone()
    return bool(instructed)


def _explain(request: _Request, admission: Admission) -> PlacedOrder:
    """Nothing was placed: the id was placed at the same moment, or the permission has just gone, or a switch is
    engaged, or too little is available.
    """
    context = request.read_context()
    if context.order_id is not None:
        return _replay(request, context)
    _check_permission(request.terms, context)
    refuse_kept_out(
        market_id=context.market_id, profile_id=request.terms.profile_id, credential_id=request.credential_id
    )
    is_base = admission.is_base_hold
    raise refuse_shortfall(
        profile_id=request.terms.profile_id,
        account_id=context.base_account_id if is_base else context.quote_account_id,
        asset_id=context.base_id if is_base else context.quote_id,
        code=context.base_code if is_base else context.quote_code,
        scale=context.base_scale if is_base else context.quote_scale,
        needed=admission.hold_amount,
    )


def _replay(request: _Request, context: PlacingContext) -> PlacedOrder:
    assert context.order_id is not None
    return answer_again(
        OrderWish(request.terms, request.sha256),
        stored_sha256=context.order_request_sha256,
        order=get_order_view(order_id=context.order_id),
    )
