"""Take a client's wish for a withdrawal: everything it needs is held in the transaction that accepts it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.domain.permissions import Action, Verdict
from accounts.models import Profile
from accounts.queries.permissions import check_permission
from accounts.queries.profiles import access_profile
from core.domain.canonical import canonical_json
from core.domain.decimals import format_scaled, plain_text
from core.domain.refusals import Refusal
from core.failpoints import failpoint
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.domain.withdrawing import Amounts, Utilisation, check_fee, check_limits, quote_amounts
from settlement.models import Destination, LedgerAccount, Withdrawal
from settlement.operations.hold_value import hold_value
from settlement.operations.note_withdrawal import note_withdrawal
from settlement.queries.destinations import access_destination
from settlement.queries.rails import withdrawal_terms
from settlement.queries.valuation import Valued, value_of
from settlement.queries.withdrawal_limits import held_by_withdrawals, list_utilisation


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalWish:
    """What a client asks for: ``amount`` is what arrives (NET) or what it costs in all (GROSS), in the destination's asset."""

    profile_id: UUID
    destination_id: UUID
    client_reference: str
    amount_kind: str
    amount: Decimal
    expected_fee: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What the wish comes to now: amounts, value, whether compliance looks, and the limits before it."""

    destination: Destination
    amounts: Amounts
    valued: Valued
    needs_review: bool
    limits: tuple[Utilisation, ...]


@dataclass(frozen=True, slots=True)
class Requested:
    """The withdrawal, and whether it was there already."""

    withdrawal_id: UUID
    is_replay: bool


def request_withdrawal(*, wish: WithdrawalWish, entity_id: UUID, actor: Actor, at: datetime) -> Requested:
    """Hold gross and store the withdrawal IN_REVIEW: screening comes next. In a durable transaction of its own.

    Idempotent by (profile, client_reference), for ever: the same again answers the first one's id, other terms are refused with
    CLIENT_REFERENCE_REUSED (withdrawal_id, differences). Refuses, besides what ``quote_withdrawal`` does, what would pass a limit
    (WITHDRAWAL_LIMIT_EXCEEDED) and too little available (INSUFFICIENT_AVAILABLE). Requests of one entity take turns, so limits
    are exact.
    """
    with transaction.atomic(durable=True):
        profile = access_profile(profile_id=wish.profile_id, entity_id=entity_id)
        _take_turn(entity_id)
        known = Withdrawal.objects.filter(profile=profile, client_reference=wish.client_reference).first()
        if known is not None:
            return _replay(known, wish)
        quote = quote_withdrawal(wish=wish, profile=profile, at=at)
        check_limits(quote.limits, quote.valued.value)
        withdrawal = _store(wish, profile, quote, actor, at)
        _hold(withdrawal, quote)
        note_withdrawal(
            withdrawal,
            verb="request",
            before=None,
            actor=actor,
            at=at,
            facts={
                "net_amount": plain_text(withdrawal.net_amount),
                "fee_amount": plain_text(withdrawal.fee_amount),
                "destination_id": str(withdrawal.destination_id),
                "value": plain_text(withdrawal.value),
            },
        )
        failpoint("withdrawal.request.before_commit")
    failpoint("withdrawal.request.after_commit")
    return Requested(withdrawal.pk, False)


def quote_withdrawal(*, wish: WithdrawalWish, profile: Profile, at: datetime) -> Quote:
    """What the wish would come to; writes nothing.

    Refuses a destination that is not the entity's (``NotFound``) or not usable yet or any more (DESTINATION_NOT_ACTIVE with
    usable_from), what the profile may not do (ACTION_NOT_PERMITTED), a rail that is off (RAIL_DISABLED), a suspended asset
    (ASSET_SUSPENDED), another fee than expected (FEE_CHANGED), amounts that are too small or not payable, and an asset without
    a price (PRICE_MISSING).
    """
    destination = access_destination(destination_id=wish.destination_id, entity_id=profile.entity_id)
    if not destination.is_usable(at):
        raise Refusal(
            "DESTINATION_NOT_ACTIVE",
            "Nothing goes there yet, or any more.",
            meta={"status": destination.status, "usable_from": destination.usable_from.isoformat()},
        )
    verdict = check_permission(profile_id=profile.pk, action=Action.WITHDRAW)
    terms = withdrawal_terms(rail=destination.rail, at=at)
    check_fee(terms.fee, wish.expected_fee)
    amounts = quote_amounts(kind=wish.amount_kind, amount=wish.amount, terms=terms)
    valued = value_of(destination.rail.asset_id, amounts.gross, at)
    limits = tuple(list_utilisation(profile=profile, at=at))
    return Quote(destination, amounts, valued, verdict == Verdict.REVIEW, limits)


def _take_turn(entity_id: UUID) -> None:
    """Requests of an entity are accepted one after the other: what one sees used, no other is adding to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM accounts_entity WHERE id = %s FOR NO KEY UPDATE", [entity_id])


def _terms_of(wish: WithdrawalWish) -> dict[str, Any]:
    return {
        "destination_id": str(wish.destination_id),
        "amount_kind": wish.amount_kind,
        "amount": plain_text(wish.amount),
    }


def _sha256(terms: dict[str, Any]) -> str:
    return sha256(canonical_json(terms)).hexdigest()


def _replay(known: Withdrawal, wish: WithdrawalWish) -> Requested:
    sent = _terms_of(wish)
    if known.request_sha256 == _sha256(sent):
        return Requested(known.pk, True)
    amount = known.net_amount if known.amount_kind == Withdrawal.AmountKind.NET else known.gross_amount
    stored = {
        "destination_id": str(known.destination_id),
        "amount_kind": known.amount_kind,
        "amount": plain_text(amount),
    }
    raise Refusal(
        "CLIENT_REFERENCE_REUSED",
        "This client_reference names a withdrawal with other terms.",
        meta={
            "withdrawal_id": str(known.pk),
            "differences": [
                {"pointer": f"/{name}", "stored": stored[name], "sent": sent[name]}
                for name in stored
                if stored[name] != sent[name]
            ],
        },
    )


def _store(wish: WithdrawalWish, profile: Profile, quote: Quote, actor: Actor, at: datetime) -> Withdrawal:
    withdrawal = Withdrawal(
        id=new_id(),
        profile=profile,
        destination=quote.destination,
        rail=quote.destination.rail,
        client_reference=wish.client_reference,
        request_sha256=_sha256(_terms_of(wish)),
        amount_kind=wish.amount_kind,
        net_amount=quote.amounts.net,
        fee_amount=quote.amounts.fee,
        gross_amount=quote.amounts.gross,
        held=quote.amounts.gross,
        value=quote.valued.value,
        value_price=quote.valued.price,
        needs_review=quote.needs_review,
        requested_by_kind=actor.kind,
        requested_by_id=actor.id,
        requested_at=at,
    )
    withdrawal.save(force_insert=True)
    return withdrawal


def _hold(withdrawal: Withdrawal, quote: Quote) -> None:
    asset = withdrawal.rail.asset
    if hold_value(
        profile_id=withdrawal.profile_id, asset_id=asset.pk, amount=quote.amounts.gross, action=Action.WITHDRAW.value
    ):
        return
    # Either the permission has gone since it was looked at, or there is too little. This one is stored already.
    check_permission(profile_id=withdrawal.profile_id, action=Action.WITHDRAW)
    check_available(profile_id=withdrawal.profile_id, quote=quote, own=withdrawal.held)
    # What was missing came back between the two looks.
    raise Refusal("STATE_CHANGED", "The balance is moving. Try again.", status=409)


def check_available(*, profile_id: UUID, quote: Quote, own: Decimal = Decimal(0)) -> None:
    """Refuse (INSUFFICIENT_AVAILABLE) what is more than available now, with what holds the rest; ``own`` is no other's hold."""
    asset = quote.destination.rail.asset
    account = LedgerAccount.objects.filter(kind="CLIENT", profile_id=profile_id, asset=asset, label="").first()
    balance, held = (account.balance, account.held) if account else (Decimal(0), Decimal(0))
    if balance - held >= quote.amounts.gross:
        return
    withdrawals = held_by_withdrawals(profile_id=profile_id, asset_id=asset.pk) - own
    available, needed = format_scaled(balance - held, asset.scale), format_scaled(quote.amounts.gross, asset.scale)
    raise Refusal(
        "INSUFFICIENT_AVAILABLE",
        f"The withdrawal needs {needed} {asset.code}; {available} is available.",
        meta={
            "profile_id": str(profile_id),
            "asset": asset.code,
            "available": available,
            "needed": needed,
            "held_by": {
                "orders": format_scaled(held - withdrawals, asset.scale),
                "withdrawals": format_scaled(withdrawals, asset.scale),
            },
        },
    )
