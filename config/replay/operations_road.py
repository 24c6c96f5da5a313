"""Replay by the operations themselves, in this process."""

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.db.models import Count, Sum

from accounts.models import ApiCredential, Profile
from config.replay.outcome import MarketOutcome
from config.replay.rows import Row
from core.clock import now
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from trading.contracts import OrderTerms
from trading.domain.terms_hash import terms_sha256
from trading.models import Instruction, Market, Order, Trade
from trading.operations.cancel_order import cancel_order
from trading.operations.match_market import match_market
from trading.operations.place_order import place_order

PROFILES_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Sender:
    """The profile a row names, and the credential that its orders are recorded under."""

    profile_id: UUID
    entity_id: UUID
    credential_id: UUID


@dataclass(slots=True)
class OperationsRoad:
    """``place_order``, ``cancel_order`` and, where asked, the matcher."""

    is_matching: bool
    _senders: dict[str, Sender] = field(default_factory=dict)
    _begun: dict[UUID, int] = field(default_factory=dict)

    def house(self) -> str:
        return str(Market.objects.order_by("id").values_list("id", flat=True).first())

    def begin(self) -> None:
        self._begun = dict(Market.objects.values_list("id", "sequence"))

    def place(self, row: Row) -> bool:
        sender = self._sender(row.profile)
        assert row.quantity is not None
        terms = OrderTerms(
            profile_id=sender.profile_id,
            market=row.market,
            client_order_id=row.client_order_id,
            side=row.side,
            type=row.type,
            time_in_force="GTC" if row.type == "LIMIT" else "IOC",
            base_amount=row.quantity,
            quote_amount=None,
            limit_price=row.price,
            self_trade_prevention="CANCEL_NEWEST",
            metadata={},
        )
        placed = place_order(
            terms=terms,
            credential_id=sender.credential_id,
            entity_id=sender.entity_id,
            request_sha256=terms_sha256(terms),
            at=now(),
        )
        return not placed.is_replay

    def cancel(self, row: Row) -> bool:
        sender = self._sender(row.profile)
        order = (
            Order.objects.filter(profile_id=sender.profile_id, client_order_id=row.client_order_id)
            .values("id", "done_reason")
            .first()
        )
        if order is None:
            raise NotFound("order")
        waiting = Instruction.objects.filter(order_id=order["id"], kind="CANCEL", status="PENDING").exists()
        if waiting or order["done_reason"] == "CLIENT_REQUEST":
            return False
        cancel_order(order_id=order["id"], actor=Actor("CREDENTIAL", sender.credential_id), at=now())
        return True

    def match(self) -> None:
        if not self.is_matching:
            return
        for market_id in self._begun:
            while match_market(market_id=market_id, at=now()).instructions:
                continue

    def is_idle(self) -> bool:
        waiting = Instruction.objects.filter(status="PENDING", market_id__in=list(self._begun))
        return not waiting.exists()

    def outcomes(self) -> list[MarketOutcome]:
        return [self._outcome(market) for market in Market.objects.select_related("quote").order_by("symbol")]

    def _outcome(self, market: Market) -> MarketOutcome:
        since = self._begun.get(market.pk, 0)
        sums = Trade.objects.filter(market=market, sequence__gt=since).aggregate(
            fills=Count("id"),
            base=Sum("base_amount"),
            value=Sum("quote_amount"),
            buyers=Sum("buyer_fee"),
            sellers=Sum("seller_fee"),
        )
        resting, digest = book_state(market)
        zero = Decimal(0)
        return MarketOutcome(
            symbol=market.symbol,
            fills=sums["fills"],
            base_volume=sums["base"] or zero,
            quote_volume=sums["value"] or zero,
            fees=(sums["buyers"] or zero) + (sums["sellers"] or zero),
            quote=market.quote.code,
            resting=resting,
            book_sha256=digest,
        )

    def _sender(self, profile: str) -> Sender:
        sender = self._senders.get(profile)
        if sender is None:
            if len(self._senders) >= PROFILES_KEPT:
                self._senders.clear()
            sender = self._senders[profile] = find_sender(profile)
        return sender


def book_state(market: Market) -> tuple[int, str]:
    """How many orders rest, and the SHA-256 of side, price, remaining amount, owner and client's id of each, best first.

    The same stream in a fresh house comes to the same hash: ids that are drawn do not enter it.
    """
    digest, count = hashlib.sha256(), 0
    for side, best_first in (("BUY", "-limit_price"), ("SELL", "limit_price")):
        rows = (
            Order.objects.filter(market=market, status="OPEN", side=side)
            .order_by(best_first, "priority_sequence")
            .values_list(
                "limit_price", "remaining_base", "profile__entity__reference", "profile__reference", "client_order_id"
            )
        )
        for price, remaining, *owner in rows.iterator(chunk_size=5_000):
            count += 1
            digest.update(f"{side}|{price:f}|{remaining:f}|{'|'.join(owner)}\n".encode())
    return count, digest.hexdigest()


def find_sender(profile: str) -> Sender:
    """Whom ``profile`` names: an id, ``entity/profile``, a profile's reference, or an entity's for its default profile.

    Refuses what names nobody (NOT_FOUND) or more than one (PROFILE_AMBIGUOUS), and an entity without a credential.
    """
    rows = list(_profiles(profile).values_list("id", "entity_id")[:2])
    if not rows:
        raise NotFound("profile")
    if len(rows) > 1:
        raise Refusal("PROFILE_AMBIGUOUS", f"{profile} names more than one profile: use its id or entity/profile.")
    profile_id, entity_id = rows[0]
    credential = (
        ApiCredential.objects.filter(entity_id=entity_id, status="ACTIVE").order_by("id").values_list("id", flat=True)
    ).first()
    if credential is None:
        raise Refusal("CREDENTIAL_MISSING", f"The entity of {profile} has no active credential to place orders under.")
    return Sender(profile_id, entity_id, credential)


def _profiles(profile: str) -> models.QuerySet[Profile]:
    try:
        return Profile.objects.filter(pk=UUID(profile))
    except ValueError:
        entity, slash, reference = profile.partition("/")
        if slash:
            return Profile.objects.filter(entity__reference=entity, reference=reference)
    by_profile = Profile.objects.filter(reference=profile)
    return by_profile if by_profile.exists() else Profile.objects.filter(entity__reference=profile, kind="DEFAULT")
