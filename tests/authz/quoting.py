"""Quotes of the four tenants: of each one that is open for the whole day, and one that was taken."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from core.clock import now
from core.ids import new_id
from core.operations.record_audit import SYSTEM
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.post_entry import Move, post_entry
from tests.four_eyes import approve
from trading.models import Quote, QuoteTerms
from trading.operations.change_quote_terms import QuoteTermsWish, change_quote_terms
from trading.operations.execute_quote import execute_quote
from trading.operations.record_market_prices import record_market_prices

if TYPE_CHECKING:
    from tests.authz.house import House, Tenant


def quote(house: House, tenant: Tenant) -> str:
    """One that is open; another of the tenant has been executed."""
    terms = QuoteTerms.objects.first() or _terms(house)
    open_one, taken = (_quote(tenant, terms) for _ in range(2))
    execute_quote(
        quote_id=taken.pk,
        client_reference="taken",
        entity_id=tenant.client.entity_id,
        actor=house.paying.actor(tenant.client),
        at=now(),
    )
    return str(open_one.pk)


def _quote(tenant: Tenant, terms: QuoteTerms) -> Quote:
    at = now()
    return Quote.objects.create(
        profile_id=tenant.client.profile_id, market=terms.market, terms=terms, credential_id=new_id(), side="SELL",
        base_amount=Decimal("0.01"), price=60000, raw_price=60000, spread_bp=0, gives_base=Decimal("0.01"), gives_quote=600,
        quoted_at=at, expires_at=at + timedelta(days=1),
    )  # fmt: skip


def _terms(house: House) -> QuoteTerms:
    """Terms, and something of the house's own to pay with."""
    for asset in (house.world.usd, house.world.btc):
        account = open_firm_account(
            kind="HOUSE", asset_id=asset.pk, asset_code=asset.code, label="", name=f"House {asset.code}", at=now()
        )
        move = Move(house.world.omnibus[asset.code], account, asset.pk, Decimal(100_000))
        with transaction.atomic():
            post_entry(
                kind="MANUAL_JOURNAL",
                source_type="settlement.manual_journal",
                source_id=new_id(),
                event_at=now(),
                moves=[move],
                actor_id=SYSTEM.id,
            )
    record_market_prices(at=now())
    wish = QuoteTermsWish(
        source="BOOK", enabled=True, ttl_seconds=300, max_amount=Decimal(1), exposure_cap=Decimal(10) ** 12,
        spreads=[(Decimal(0), Decimal(20))], made_from=None,
    )  # fmt: skip
    with transaction.atomic():
        outcome = change_quote_terms(market_id=house.world.market_id, wish=wish, reason="Tests", actor=SYSTEM, at=now())
    approve(outcome.approval_id)
    return QuoteTerms.objects.get()


def quote_body(_house: House, tenant: Tenant, _number: int) -> dict[str, Any]:
    return {"profile_id": tenant["profile_id"], "market": "BTC-USD", "side": "SELL", "base_amount": "0.0100"}


def taking(_house: House, _tenant: Tenant, number: int) -> dict[str, Any]:
    return {"client_reference": f"cell-{number}"}
