"""Ask for an order to be cancelled. The wish becomes an instruction; the engine decides."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit
from trading.models import Instruction, Order
from trading.models.order import CLOSED_STATUSES

# Who asked, for the log: the client through a credential of its own, or the firm through one of its people.
INITIATOR = {"CREDENTIAL": ("CLIENT", "CLIENT_REQUEST"), "PERSON": ("FIRM", "OPERATOR_REQUEST")}


def cancel_order(*, order_id: UUID, actor: Actor, at: datetime) -> int:
    """Write a CANCEL instruction for an order that may still be open; answers its id, the same one while it waits.

    A credential cancels for its client, a person for the firm: that has an audit entry. Refuses a closed order with
    ORDER_ALREADY_CLOSED (409). Where the engine closes the order first, its answer is a CANCEL_REFUSED event.
    """
    initiator, reason = INITIATOR[actor.kind]
    assert actor.id is not None
    with transaction.atomic(durable=True):
        # The lock makes two cancels of one order queue here, so that the second finds the first one's instruction.
        order = (
            Order.objects.select_for_update(no_key=True).only("id", "market_id", "status").filter(pk=order_id).first()
        )
        if order is None:
            raise NotFound("order")
        if order.status in CLOSED_STATUSES:
            raise Refusal(
                "ORDER_ALREADY_CLOSED", f"The order is {order.status}.", meta={"order_id": str(order_id), "status": order.status},
                status=409,
            )  # fmt: skip
        waiting = Instruction.objects.filter(order_id=order_id, status="PENDING", kind="CANCEL").first()
        if waiting is not None:
            return waiting.id
        instruction = Instruction.objects.create(
            market_id=order.market_id,
            kind=Instruction.Kind.CANCEL,
            order_id=order_id,
            payload={"reason": reason},
            instructed_at=at,
            actor_id=actor.id,
            initiator=initiator,
        )
        if initiator == "FIRM":
            record_audit(
                actor=actor,
                action="trading.order.cancel",
                object_type="trading.order",
                object_id=order_id,
                at=at,
                changes=[{"field": "instruction", "before": None, "after": str(instruction.id)}],
            )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('countinghouse_instructions', %s)", [str(order.market_id)])
    return instruction.id
