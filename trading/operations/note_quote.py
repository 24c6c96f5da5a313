"""Write down what became of a quote: for the record, and for the stream of the client whose it is."""

from datetime import datetime
from uuid import UUID

from core.domain.decimals import format_scaled
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from trading.models import Quote, QuoteExecution

OBJECT_TYPE = "trading.quote"
EXECUTION_TYPE = "trading.quote_execution"


def note_quote(quote: Quote, *, verb: str, actor: Actor, at: datetime, reason: str = "") -> None:
    """One audit entry ``trading.quote.<verb>``, in the caller's transaction."""
    market = quote.market
    said = {
        "side": quote.side,
        "price": f"{format_scaled(quote.price, market.price_scale)} {market.quote.code}",
        "base": f"{format_scaled(quote.gives_base, market.base.scale)} {market.base.code}",
        "quote": f"{format_scaled(quote.gives_quote, market.quote.scale)} {market.quote.code}",
        "status": quote.status,
        **({"withdrawn_for": quote.withdrawn_for} if quote.withdrawn_for else {}),
    }
    record_audit(
        actor=actor,
        action=f"{OBJECT_TYPE}.{verb}",
        object_type=OBJECT_TYPE,
        object_id=quote.pk,
        at=at,
        changes=[{"field": field, "before": None, "after": value} for field, value in said.items()],
        reason=reason,
        object_version=quote.version,
    )


def tell_withdrawal(quote: Quote) -> None:
    """A message to the client that the price is no longer held."""
    _tell(quote, "withdrawn", OBJECT_TYPE, quote.pk, {"withdrawn_for": quote.withdrawn_for})


def tell_execution(quote: Quote, execution: QuoteExecution) -> None:
    """A message to the client that the quote was executed, and as what."""
    facts = {"execution_id": str(execution.pk), "client_reference": execution.client_reference}
    _tell(quote, "executed", EXECUTION_TYPE, execution.pk, facts)


def _tell(quote: Quote, verb: str, subject_type: str, subject_id: UUID, facts: dict[str, str]) -> None:
    market = quote.market
    publish_message(
        topic=f"{OBJECT_TYPE}.{verb}",
        channel="EXECUTIONS",
        entity_id=quote.profile.entity_id,
        subject_type=subject_type,
        subject_id=subject_id,
        payload={
            "quote_id": str(quote.pk),
            "profile_id": str(quote.profile_id),
            "market": market.symbol,
            "side": quote.side,
            "price": format_scaled(quote.price, market.price_scale),
            "base_amount": format_scaled(quote.gives_base, market.base.scale),
            "quote_amount": format_scaled(quote.gives_quote, market.quote.scale),
            **facts,
        },
    )
