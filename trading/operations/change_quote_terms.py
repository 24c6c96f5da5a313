"""Change on what terms the house quotes a market: asked for under QUOTE_TERMS, in force from a moment on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import has_scale, plain_text
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor, record_audit
from settlement.operations.change_limit import refuse_past
from settlement.operations.lock_accounts import lock_accounts
from settlement.operations.open_firm_account import open_firm_account
from trading.models import Market, QuoteSpread, QuoteTerms

QUOTE_TERMS = "QUOTE_TERMS"
OBJECT_TYPE = "trading.quote_terms"
LONGEST_TTL_SECONDS, MOST_SPREAD_BP, MOST_TIERS = 300, 5000, 10
MOST = Decimal(10) ** 20
MOMENT = timedelta(microseconds=1)
# What a request says, in the order in which it is shown.
SAID = ("source", "enabled", "ttl_seconds", "max_amount", "exposure_cap", "spreads")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteTermsWish:
    """All terms of a market's quotes as they are to be.

    ``spreads`` are (from amount, basis points), the first from 0. ``made_from`` are the newest terms that the asker has seen,
    none where there were none. ``in_force_from``: none is once they are approved.
    """

    source: str
    enabled: bool
    ttl_seconds: int
    max_amount: Decimal
    exposure_cap: Decimal
    spreads: Sequence[tuple[Decimal, Decimal]]
    made_from: UUID | None
    in_force_from: datetime | None = None

    def as_payload(self) -> dict[str, str]:
        """The terms as a request says them: text alone."""
        return {
            "source": self.source,
            "enabled": "yes" if self.enabled else "no",
            "ttl_seconds": str(self.ttl_seconds),
            "max_amount": plain_text(self.max_amount),
            "exposure_cap": plain_text(self.exposure_cap),
            "spreads": said_spreads(self.spreads),
        }


def said_spreads(spreads: Sequence[tuple[Decimal, Decimal]]) -> str:
    """Tiers as a request says them: ``0:25,1.5:15``."""
    return ",".join(f"{plain_text(amount)}:{plain_text(spread)}" for amount, spread in spreads)


def newest_terms(market_id: UUID) -> QuoteTerms | None:
    """The last terms in line, in force or not."""
    return QuoteTerms.objects.filter(market_id=market_id).order_by("-in_force_from").first()


def change_quote_terms(*, market_id: UUID, wish: QuoteTermsWish, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask for the terms, or set them where the policy asks nobody. Joins the caller's transaction.

    Refuses a market that is not there (``NotFound``), terms that are none (QUOTE_TERMS_INVALID), a moment that has passed (409
    IN_FORCE_ALREADY), what was made from other terms than the newest or lies before them (409 STATE_CHANGED), what changes
    nothing (NOTHING_CHANGES), no reason (REASON_MISSING), what is asked for already (409 APPROVAL_ALREADY_PENDING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A change of terms says why.")
    market = _market(market_id)
    _check(wish, market)
    refuse_past(wish.in_force_from, at)
    newest = newest_terms(market.pk)
    if (newest.pk if newest else None) != wish.made_from:
        raise Refusal("STATE_CHANGED", "The market has got other terms since you looked.", status=409)
    said = wish.as_payload()
    if newest is not None and _said_of(newest) == said:
        raise Refusal("NOTHING_CHANGES", "These are its terms.")
    if newest is not None and newest.in_force_from > (wish.in_force_from or at):
        raise Refusal(
            "STATE_CHANGED",
            f"Other terms are in line from {newest.in_force_from:%Y-%m-%d %H:%M} UTC; these come after them.",
            meta={"in_force_from": newest.in_force_from.isoformat()},
            status=409,
        )
    payload: dict[str, Any] = {
        "market_id": str(market.pk),
        "market": market.symbol,
        "terms_id": str(new_id()),
        "replaces": str(newest.pk) if newest else "",
        **said,
        "in_force_from": wish.in_force_from.isoformat() if wish.in_force_from else "",
        "reason": reason,
    }
    asked = Wish(action=QUOTE_TERMS, subject_type=OBJECT_TYPE, subject_id=market.pk, payload=payload, reason=reason)
    return carry_out(wish=asked, actor=actor, at=at)


def _market(market_id: UUID) -> Market:
    market = Market.objects.select_related("base", "quote").filter(pk=market_id).first()
    if market is None:
        raise NotFound("market")
    return market


def _said_of(terms: QuoteTerms) -> dict[str, str]:
    return {
        "source": terms.source,
        "enabled": "yes" if terms.enabled else "no",
        "ttl_seconds": str(terms.ttl_seconds),
        "max_amount": plain_text(terms.max_amount),
        "exposure_cap": plain_text(terms.exposure_cap),
        "spreads": said_spreads(list(terms.spreads.order_by("from_amount").values_list("from_amount", "spread_bp"))),
    }


def _check(wish: QuoteTermsWish, market: Market) -> None:
    if wish.source not in QuoteTerms.Source.values:
        raise _invalid("There is no such source of prices.")
    if not 1 <= wish.ttl_seconds <= LONGEST_TTL_SECONDS:
        raise _invalid(f"A quote is held for 1 to {LONGEST_TTL_SECONDS} seconds.")
    if not _is_amount(wish.max_amount, market.base.scale) or not wish.max_amount:
        raise _invalid(f"The largest quote is an amount of {market.base.code}, and more than nothing.")
    if not _is_amount(wish.exposure_cap, 2):
        raise _invalid("The cap is an amount of the reporting asset, to the hundredth.")
    _check_spreads(wish.spreads, market)


def _check_spreads(spreads: Sequence[tuple[Decimal, Decimal]], market: Market) -> None:
    amounts = [amount for amount, _ in spreads]
    if not 1 <= len(spreads) <= MOST_TIERS or amounts[0] != 0:
        raise _invalid(f"There are 1 to {MOST_TIERS} tiers, and the first begins at 0.")
    if any(higher <= lower for lower, higher in pairwise(amounts)):
        raise _invalid("Each tier begins higher than the one before.")
    if not all(_is_amount(amount, market.base.scale) for amount in amounts):
        raise _invalid(f"A tier begins at an amount of {market.base.code}.")
    if not all(_is_amount(spread, 2) and spread <= MOST_SPREAD_BP for _, spread in spreads):
        raise _invalid(f"A spread is 0 to {MOST_SPREAD_BP} basis points, to the hundredth.")


def _is_amount(value: Decimal, scale: int) -> bool:
    return value.is_finite() and 0 <= value < MOST and has_scale(value, scale)


def _invalid(detail: str) -> Refusal:
    return Refusal("QUOTE_TERMS_INVALID", detail)


def execute_quote_terms(execution: Execution) -> dict[str, str]:
    """What QUOTE_TERMS does once it is approved: the terms with their spreads, in force from then or from the later moment asked
    for. The house gets an account in both assets. Refuses (409 STATE_CHANGED) where other terms have come since.
    """
    said, at = execution.payload, execution.at
    market = _market(UUID(said["market_id"]))
    # Under the lock of the house's accounts, so that of two that would follow the same terms one comes second.
    lock_accounts(_open_house_accounts(market, execution))
    newest = newest_terms(market.pk)
    if (str(newest.pk) if newest else "") != said["replaces"]:
        raise Refusal("STATE_CHANGED", "The market has got other terms since this was asked for.", status=409)
    wished = datetime.fromisoformat(said["in_force_from"]) if said["in_force_from"] else at
    since = max(wished, at, newest.in_force_from + MOMENT if newest else at)
    terms = QuoteTerms.objects.create(
        id=UUID(said["terms_id"]),
        market=market,
        source=said["source"],
        enabled=said["enabled"] == "yes",
        ttl_seconds=int(said["ttl_seconds"]),
        max_amount=Decimal(said["max_amount"]),
        exposure_cap=Decimal(said["exposure_cap"]),
        in_force_from=since,
        approval_id=execution.approval_id,
    )
    QuoteSpread.objects.bulk_create(
        QuoteSpread(terms=terms, from_amount=amount, spread_bp=spread)
        for amount, spread in read_spreads(said["spreads"])
    )
    _note(market, newest, said, since, execution)
    return {"terms_id": str(terms.pk), "in_force_from": since.isoformat()}


def _open_house_accounts(market: Market, execution: Execution) -> list[UUID]:
    return [
        open_firm_account(
            kind="HOUSE",
            asset_id=asset.pk,
            asset_code=asset.code,
            label="",
            name=f"The house's own {asset.code}",
            at=execution.at,
            actor=execution.requester,
        )
        for asset in sorted((market.base, market.quote), key=lambda each: each.pk)
    ]


def _note(market: Market, newest: QuoteTerms | None, said: Payload, since: datetime, execution: Execution) -> None:
    before = _said_of(newest) if newest else {}
    record_audit(
        actor=execution.requester,
        action=f"{OBJECT_TYPE}.change",
        object_type=OBJECT_TYPE,
        object_id=market.pk,
        at=execution.at,
        changes=[
            *({"field": name, "before": before.get(name), "after": said[name]} for name in SAID),
            {"field": "in_force_from", "before": None, "after": since.isoformat()},
        ],
        reason=str(said["reason"]),
        approval_id=execution.approval_id,
    )


def read_spreads(text: str) -> list[tuple[Decimal, Decimal]]:
    """The tiers that ``0:25,1.5:15`` says."""
    pairs = (each.split(":") for each in text.split(","))
    return [(Decimal(amount), Decimal(spread)) for amount, spread in pairs]


def describe_quote_terms(payload: Payload) -> Description:
    """The change in words: what is other than the newest terms. Refuses a market that is not there."""
    market = _market(UUID(payload["market_id"]))
    newest = newest_terms(market.pk)
    before = _said_of(newest) if newest else {}
    changes: list[tuple[str, str | None, str | None]] = [
        (name, before.get(name), payload[name]) for name in SAID if before.get(name) != payload[name]
    ]
    since = f"{payload['in_force_from'][:16].replace('T', ' ')} UTC" if payload["in_force_from"] else "once approved"
    return Description(
        title=f"Terms of quotes in {market.symbol}",
        changes=[*changes, ("in_force_from", None, since)],
        effect="From then on no quote is given in it; what is open is kept."
        if payload["enabled"] != "yes"
        else "Quotes asked for from then on are given by these terms; what is open is kept as it was given.",
    )
