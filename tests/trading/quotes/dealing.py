"""A house that quotes: a book to quote from, terms that others approved, and something of its own to give."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import StaffUser
from core.clock import now
from core.operations.record_audit import Actor
from core.queries.verifying import verify_all
from settlement.models import LedgerAccount
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.submit_journal import submit_journal
from settlement.queries.invariants import INVARIANTS as OF_BOOKS
from tests.desk import a_person
from tests.four_eyes import a_person_with, approve
from tests.world import Client, World
from trading.contracts import QuoteWish
from trading.models import Quote, QuoteTerms
from trading.operations.change_quote_terms import QuoteTermsWish, change_quote_terms
from trading.operations.execute_quote import ExecutedQuote, execute_quote
from trading.operations.record_market_prices import record_market_prices
from trading.operations.request_quote import request_quote
from trading.queries.invariants import INVARIANTS as OF_MARKETS

TIERS = ((Decimal(0), Decimal(20)), (Decimal(1), Decimal(50)))


@dataclass
class Dealing:
    """BTC-USD with a maker's book around 60,000, quoted from the book: 20 basis points, 50 from one bitcoin on."""

    world: World = field(default_factory=World)
    at: datetime = field(default_factory=now)

    def open(self, *, usd: str = "500000.00", btc: str = "5", **terms: Any) -> "Dealing":
        """The book, the terms, and what the house has; ``terms`` as of QuoteTermsWish."""
        self.world.at = now()
        maker = self.world.client("Maker", USD="1000000.00", BTC="50")
        for number, (side, amount, price) in enumerate(
            (
                ("SELL", "1.0000", "60000.00"),
                ("SELL", "1.0000", "60100.00"),
                ("BUY", "1.0000", "59900.00"),
                ("BUY", "1.0000", "59800.00"),
            )
        ):
            self.world.place(maker, f"M-{number}", side, amount, price)
        self.world.match()
        self.maker = maker
        self.world.set_reference("59950.00")
        record_market_prices(at=now())
        self.set_terms(**terms)
        self.fund("USD", usd)
        self.fund("BTC", btc)
        self.at = now()
        return self

    def set_terms(self, **changes: Any) -> UUID:
        """Ask for the terms and have them approved; answers the terms' id."""
        newest = QuoteTerms.objects.filter(market_id=self.world.market_id).order_by("-in_force_from").first()
        at = changes.pop("at", None) or now()
        values: dict[str, Any] = {
            "source": "BOOK", "enabled": True, "ttl_seconds": 30, "max_amount": Decimal(2),
            "exposure_cap": Decimal(1_000_000), "spreads": TIERS, "made_from": newest.pk if newest else None,
        } | changes  # fmt: skip
        with transaction.atomic():
            outcome = change_quote_terms(
                market_id=self.world.market_id,
                wish=QuoteTermsWish(**values),
                reason="Tests",
                actor=Actor("PERSON", self.person("Dora Desk", "quote.change").pk),
                at=at,
            )
        approve(outcome.approval_id)
        terms = QuoteTerms.objects.filter(market_id=self.world.market_id).order_by("-in_force_from").first()
        assert terms is not None
        return terms.pk

    def person(self, name: str, permission: str) -> StaffUser:
        return a_person_with(permission, name)

    def fund(self, code: str, amount: str, *, at: datetime | None = None) -> None:
        """Give the house something of its own, by a journal as its treasurer would."""
        asset = {"USD": self.world.usd, "BTC": self.world.btc}[code]
        house = open_firm_account(
            kind="HOUSE", asset_id=asset.pk, asset_code=code, label="", name=f"House {code}", at=at or now()
        )
        if Decimal(amount):
            self._journal(self.world.omnibus[code], house, amount, at or now())

    def take_from_house(self, code: str, amount: str) -> None:
        """As when the treasurer takes cover elsewhere."""
        house = LedgerAccount.objects.get(kind="HOUSE", label="", asset__code=code)
        self._journal(house.pk, self.world.omnibus[code], amount, now())

    def _journal(self, source: UUID, destination: UUID, amount: str, at: datetime) -> None:
        actor = Actor("PERSON", a_person("Olga Operations", role=()).pk)
        terms = JournalTerms("COVER", "Capital", [LineTerms(source, destination, Decimal(amount))])
        with transaction.atomic():
            journal = draft_journal(terms=terms, actor=actor, at=at)
            approval_id = submit_journal(journal_id=journal.pk, actor=actor, at=at)
        approve(approval_id)

    def ask(self, client: Client, side: str, *, at: datetime | None = None, **amount: str) -> Quote:
        """A quote for ``base="0.5"`` or ``quote="1000.00"``."""
        wish = QuoteWish(
            profile_id=client.profile_id,
            market="BTC-USD",
            side=side,
            base_amount=Decimal(amount["base"]) if "base" in amount else None,
            quote_amount=Decimal(amount["quote"]) if "quote" in amount else None,
        )
        actor = Actor("CREDENTIAL", client.credential.credential_id)
        return request_quote(wish=wish, entity_id=client.entity_id, actor=actor, at=at or now())

    def execute(
        self, client: Client, quote: Quote, reference: str = "take-1", *, at: datetime | None = None
    ) -> ExecutedQuote:
        return execute_quote(
            quote_id=quote.pk,
            client_reference=reference,
            entity_id=client.entity_id,
            actor=Actor("CREDENTIAL", client.credential.credential_id),
            at=at or now(),
        )

    def house(self, code: str) -> Decimal:
        return LedgerAccount.objects.get(kind="HOUSE", label="", asset__code=code).balance


def breaches() -> dict[str, int]:
    """What each check of the house says, by its sentence; nothing where it is quiet."""
    verdicts = verify_all((*OF_BOOKS, *OF_MARKETS), at=now())
    assert [each.error for each in verdicts if each.error] == []
    return {f"{each.number} {each.says}": each.count for each in verdicts if each.count}
