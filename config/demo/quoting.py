"""The house quotes two markets in the demo: capital of its own, and terms that one asks for and another approves."""

from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.models import ApprovalRequest, StaffUser
from accounts.operations.decide_approval import APPROVE, decide_approval
from config.demo import cast
from core.operations.record_audit import Actor
from settlement.models import LedgerAccount, ManualJournal
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.submit_journal import submit_journal
from trading.models import Market, QuoteTerms
from trading.operations.change_quote_terms import QuoteTermsWish, change_quote_terms

# What the house begins with, each below what takes two people.
CAPITAL: Final = {"USD": Decimal("9500.00"), "BTC": Decimal("0.12"), "ETH": Decimal(2)}
QUOTED: Final = {"BTC-USD": Decimal("0.05"), "ETH-USD": Decimal(1)}
CAP: Final = Decimal(15_000)
WHY: Final = "Capital to quote with"


def capital_reference(code: str) -> str:
    """Under which the custodian knows what the house has put in."""
    return f"DEMO-CAPITAL-{code}"


def bring_quotes(*, omnibus: dict[str, UUID], at: datetime) -> int:
    """Make what is not there; answers how many markets are quoted from now on."""
    _capital(omnibus, at)
    new = 0
    for market in Market.objects.filter(symbol__in=QUOTED).exclude(quote_terms__isnull=False).order_by("symbol"):
        wish = QuoteTermsWish(
            source=QuoteTerms.Source.BOOK,
            enabled=True,
            ttl_seconds=15,
            max_amount=QUOTED[market.symbol],
            exposure_cap=CAP,
            spreads=((Decimal(0), Decimal(15)), (QUOTED[market.symbol] / 2, Decimal(25))),
            made_from=None,
        )
        with transaction.atomic():
            asked = change_quote_terms(market_id=market.pk, wish=wish, reason="Opening", actor=_actor(cast.DESK), at=at)
        _approve(asked.approval_id, "supervisor@countinghouse.example", at)
        new += 1
    return new


def _capital(omnibus: dict[str, UUID], at: datetime) -> None:
    if ManualJournal.objects.filter(reason=WHY).exists():
        return
    operator = _actor("ops@countinghouse.example")
    for code, amount in CAPITAL.items():
        if code not in omnibus:
            continue
        asset = LedgerAccount.objects.select_related("asset").get(pk=omnibus[code]).asset
        house = open_firm_account(
            kind="HOUSE", asset_id=asset.pk, asset_code=code, label="", name=f"The house's own {code}", at=at
        )
        terms = JournalTerms("COVER", WHY, [LineTerms(omnibus[code], house, amount)])
        with transaction.atomic():
            journal = draft_journal(terms=terms, actor=operator, at=at)
            approval_id = submit_journal(journal_id=journal.pk, actor=operator, at=at)
        _approve(approval_id, "treasury@countinghouse.example", at)


def _actor(email: str) -> Actor:
    return Actor("PERSON", StaffUser.objects.get(email=email).pk)


def _approve(approval_id: UUID | None, email: str, at: datetime) -> None:
    if approval_id is None:
        return
    decide_approval(
        approval_id=approval_id,
        verdict=APPROVE,
        payload_sha256=ApprovalRequest.objects.get(pk=approval_id).payload_sha256,
        note=WHY,
        actor=_actor(email),
        at=at,
        factor_at=at,
    )
