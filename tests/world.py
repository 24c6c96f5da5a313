"""A world to tell stories in: assets, markets, clients with money, built through operations as the product builds them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from accounts.contracts import EntityTerms
from accounts.models import Organisation
from accounts.operations.create_entity import create_entity
from accounts.operations.create_organisation import create_organisation
from accounts.operations.create_profile import create_profile
from core.clock import now
from core.operations.record_audit import SYSTEM, Actor
from settlement.models import Asset, LedgerAccount
from settlement.operations.credit_deposit import credit_deposit
from settlement.operations.open_asset import AssetTerms, open_asset
from settlement.operations.open_firm_account import open_firm_account
from tests.four_eyes import approve
from tests.identities import hold
from tests.keys import Key, a_key
from trading.contracts import MatchedBatch, OrderTerms, PlacedOrder
from trading.models import Market, Order
from trading.operations.cancel_order import cancel_order
from trading.operations.change_phase import PhaseWish, change_phase
from trading.operations.match_market import forget_books, match_market
from trading.operations.open_market import MarketTerms, open_fee_schedule, open_market
from trading.operations.place_order import place_order
from trading.operations.set_reference import set_reference

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ALL_SCOPES = ["orders:read", "orders:write", "profiles:read", "reports:read", "reports:write"]


@dataclass(frozen=True, slots=True)
class Client:
    entity_id: UUID
    profile_id: UUID
    credential: Key


class World:
    """BTC-USD as in the documentation's worked day: tick 0.50, lot 0.0001, maker 0.001, taker 0.002, fees in cents."""

    def __init__(self) -> None:
        forget_books()
        self.at = MONDAY
        self.organisation_id = create_organisation(name="Clients", kind=Organisation.Kind.CLIENT, at=self.at)
        for terms in (AssetTerms("USD", "US dollar", "FIAT", 6, 2), AssetTerms("BTC", "Bitcoin", "CRYPTO", 8, 8)):
            open_asset(terms=terms, at=self.at)
        self.usd, self.btc = Asset.objects.get(code="USD"), Asset.objects.get(code="BTC")
        self.omnibus = {
            asset.code: open_firm_account(
                kind="OMNIBUS",
                asset_id=asset.pk,
                asset_code=asset.code,
                label="MAIN",
                name=f"Omnibus {asset.code}",
                at=self.at,
            )
            for asset in (self.usd, self.btc)
        }
        schedule = open_fee_schedule(
            name="Standard", fee_scale=2, maker_rate=Decimal("0.001"), taker_rate=Decimal("0.002"), at=self.at
        )
        self.market_id = open_market(
            terms=MarketTerms(
                base="BTC",
                quote="USD",
                tick_size=Decimal("0.50"),
                lot_size=Decimal("0.0001"),
                price_scale=2,
                amount_scale=4,
                min_amount=Decimal("0.0001"),
                max_amount=Decimal("1000"),
                min_notional=Decimal("1"),
                max_notional=Decimal("10000000"),
            ),
            fee_schedule_id=schedule,
            at=self.at,
        )

    def client(self, name: str, **balances: str) -> Client:
        """A client with entity, default profile, approved holder, a credential of all scopes, and deposits: ``USD="100.00"``."""
        entity_id = create_entity(
            organisation_id=self.organisation_id,
            terms=EntityTerms(legal_name=name, kind="INSTITUTION", reference=name, country="US"),
            at=self.at,
        )
        profile_id = create_profile(entity_id=entity_id, name="Main", reference="main", at=self.at)
        hold(profile_id, at=self.at)
        credential = a_key(entity_id, ALL_SCOPES, label="Tests", at=self.at)
        client = Client(entity_id, profile_id, credential)
        for code, amount in balances.items():
            self.deposit(client, code, amount)
        return client

    def deposit(self, client: Client, code: str, amount: str, reference: str | None = None) -> UUID:
        return credit_deposit(
            profile_id=client.profile_id,
            omnibus_id=self.omnibus[code],
            amount=Decimal(amount),
            outside_reference=reference or f"DEP-{uuid4().hex[:12]}",
            value_date=date(2026, 3, 2),
            actor=SYSTEM,
            at=self.at,
        )

    def place(
        self, client: Client, client_order_id: str, side: str, amount: str | None, price: str | None, **terms: str
    ) -> PlacedOrder:
        """Place a LIMIT GTC order, or a MARKET IOC one without a price; without an amount by its ``quote_amount``."""
        values = {
            "type": "LIMIT" if price else "MARKET",
            "time_in_force": "GTC" if price else "IOC",
            "sha256": f"{client_order_id}-{side}-{amount}-{price}",
        } | terms
        return place_order(
            terms=OrderTerms(
                profile_id=client.profile_id,
                market="BTC-USD",
                client_order_id=client_order_id,
                side=side,
                type=values["type"],
                time_in_force=values["time_in_force"],
                base_amount=Decimal(amount) if amount else None,
                quote_amount=Decimal(values["quote_amount"]) if "quote_amount" in values else None,
                limit_price=Decimal(price) if price else None,
                self_trade_prevention=values.get("self_trade_prevention", "CANCEL_NEWEST"),
                metadata={},
                display_amount=Decimal(values["display_amount"]) if "display_amount" in values else None,
                expires_at=datetime.fromisoformat(values["expires_at"]) if "expires_at" in values else None,
                stop_price=Decimal(values["stop_price"]) if "stop_price" in values else None,
            ),
            credential_id=client.credential.credential_id,
            entity_id=client.entity_id,
            request_sha256=values["sha256"],
            at=self.at,
        )

    def cancel(self, order_id: UUID) -> int:
        author = Order.objects.get(pk=order_id).credential_id
        return cancel_order(order_id=order_id, actor=Actor("CREDENTIAL", author), at=self.at)

    def match(self) -> MatchedBatch:
        return match_market(market_id=self.market_id, at=now())

    def set_reference(self, price: str) -> None:
        """As the house sets it: asked for, approved by another person, applied."""
        outcome = set_reference(
            market_id=self.market_id, price=Decimal(price), reason="Tests", actor=SYSTEM, at=self.at
        )
        approve(outcome.approval_id)
        self.match()

    def change_phase(self, phase: str) -> None:
        """HALTED and CANCEL_ONLY at once, others after another person's approval; the engine has not applied it yet."""
        wish = PhaseWish(phase, "Tests")
        outcome = change_phase(market_id=self.market_id, wish=wish, actor=SYSTEM, at=self.at)
        if outcome.is_pending:
            approve(outcome.approval_id)

    def reopen(self) -> None:
        """From where a market was stopped: by an auction."""
        for phase in ("AUCTION", "OPEN"):
            self.change_phase(phase)
            self.match()

    def order(self, client: Client, client_order_id: str) -> Order:
        return Order.objects.get(profile_id=client.profile_id, client_order_id=client_order_id)

    def balance(self, client: Client, code: str) -> tuple[Decimal, Decimal]:
        """Balance and held."""
        account = LedgerAccount.objects.get(profile_id=client.profile_id, asset__code=code)
        return account.balance, account.held

    @property
    def market(self) -> Market:
        return Market.objects.get(pk=self.market_id)
