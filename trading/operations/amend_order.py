"""Ask for an order's terms to be changed. The wish becomes an instruction that holds what it needs; the engine decides."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.domain.permissions import Action
from accounts.queries.permissions import refuse_action
from core.domain.refusals import Refusal
from trading.contracts import AmendingContext, OrderChange
from trading.domain.amending import AmendAdmission, admit_amend
from trading.models import Instruction
from trading.models.order import CLOSED_STATUSES
from trading.queries.amending import lock_order_to_amend
from trading.queries.kill_switches import IS_LET_IN, refuse_kept_out
from trading.queries.shortfall import refuse_shortfall

# The hold and the instruction in one statement. Under the order's lock it sees whatever amend was written before; what the
# profile may do is asked here again, as it is for placing. An amend that needs no more leaves the account alone.
AMEND = """
WITH hold AS (
    {take}
    WHERE id = %(account)s AND balance - held >= %(hold)s AND status = 'OPEN' AND EXISTS (
        SELECT 1 FROM accounts_profile p
        WHERE p.id = %(profile)s AND p.status = 'OPEN' AND NOT p.denied_actions @> ARRAY[%(side)s]::varchar[]
            AND {is_let_in}
    ) AND NOT EXISTS (
        SELECT 1 FROM trading_instruction i WHERE i.order_id = %(order)s AND i.kind = 'AMEND' AND i.status = 'PENDING'
    )
    {answer}
), instructed AS (
    INSERT INTO trading_instruction (market_id, kind, order_id, payload, hold_change, instructed_at, actor_id, initiator, status,
        refusal, attempts)
    SELECT %(market)s, 'AMEND', %(order)s, %(payload)s::jsonb, %(hold)s, %(at)s, %(credential)s, 'CLIENT', 'PENDING', '', 0
    FROM hold
    RETURNING id
)
SELECT id, pg_notify('countinghouse_instructions', %(market)s::text) FROM instructed
"""
HOLDING = AMEND.format(
    take="UPDATE settlement_ledgeraccount SET held = held + %(hold)s", answer="RETURNING id", is_let_in=IS_LET_IN
)
HOLDING_NO_MORE = AMEND.format(take="SELECT id FROM settlement_ledgeraccount", answer="", is_let_in=IS_LET_IN)


def amend_order(*, order_id: UUID, change: OrderChange, credential_id: UUID, version: int | None, at: datetime) -> int:
    """Write an AMEND instruction for an order that may still be open; answers its id.

    What the new terms need beyond what the order holds is taken at once and stays with the instruction until the engine has
    applied or refused it. Refuses a closed order (ORDER_ALREADY_CLOSED, 409), another amend that waits (AMEND_ALREADY_PENDING,
    409), an order that is no longer at ``version`` (PRECONDITION_FAILED, 412), what its profile may not do, what the door does
    not take, and INSUFFICIENT_AVAILABLE. Nothing is written when it refuses.
    """
    with transaction.atomic(durable=True):
        order = lock_order_to_amend(order_id)
        _check_standing(order, version)
        admission = admit_amend(change, order, at)
        instruction_id = _write(order, admission, credential_id, at)
        if instruction_id is None:
            raise _explain(order, admission, credential_id)
    return instruction_id


def _check_standing(order: AmendingContext, version: int | None) -> None:
    if version is not None and order.version != version:
        raise Refusal("PRECONDITION_FAILED", "It has changed since.", meta={"version": str(order.version)}, status=412)
    if order.status in CLOSED_STATUSES:
        raise Refusal(
            "ORDER_ALREADY_CLOSED",
            f"The order is {order.status}.",
            meta={"order_id": str(order.order_id), "status": order.status},
            status=409,
        )
    if order.profile_status != "OPEN" or order.side in order.denied_actions:
        raise refuse_action(profile_id=order.profile_id, action=Action(order.side))
    _check_alone(order)


def _check_alone(order: AmendingContext) -> None:
    waiting = Instruction.objects.filter(order_id=order.order_id, kind="AMEND", status="PENDING").first()
    if waiting is not None:
        raise Refusal(
            "AMEND_ALREADY_PENDING",
            "An amend of this order is waiting for the engine.",
            meta={"order_id": str(order.order_id), "instruction_id": str(waiting.id)},
            status=409,
        )


def _write(order: AmendingContext, admission: AmendAdmission, credential_id: UUID, at: datetime) -> int | None:
    """The instruction's id; none where its hold could not be taken, or the profile has just lost the right."""
    values: dict[str, Any] = {
        "account": order.hold_account_id,
        "hold": admission.hold_change,
        "profile": order.profile_id,
        "side": order.side,
        "order": order.order_id,
        "market": order.market_id,
        "payload": json.dumps(admission.payload),
        "at": at,
        "credential": credential_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(HOLDING if admission.hold_change else HOLDING_NO_MORE, values)
        row = cursor.fetchone()
    return None if row is None else row[0]


def _explain(order: AmendingContext, admission: AmendAdmission, credential_id: UUID) -> Refusal:
    refuse_kept_out(market_id=order.market_id, profile_id=order.profile_id, credential_id=credential_id)
    if not admission.hold_change:
        return refuse_action(profile_id=order.profile_id, action=Action(order.side))
    return refuse_shortfall(
        profile_id=order.profile_id,
        account_id=order.hold_account_id,
        asset_id=order.hold_asset_id,
        code=order.hold_code,
        scale=order.hold_scale,
        needed=admission.hold_change,
    )
