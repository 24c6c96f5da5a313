"""What crosses trading's borders: plain frozen values, amounts already at their scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What a client asks for. Amounts in base, or one in quote to spend without fees; prices in quote for one base."""

    profile_id: UUID
    market: str
    client_order_id: str
    side: str
    type: str
    time_in_force: str
    base_amount: Decimal | None
    quote_amount: Decimal | None
    limit_price: Decimal | None
    self_trade_prevention: str
    metadata: Mapping[str, str]
    display_amount: Decimal | None = None
    expires_at: datetime | None = None
    stop_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What a client wants of an order instead of what it is; none leaves a term as it is. ``base_amount`` is the new total."""

    base_amount: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    display_amount: Decimal | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as the API shows it. Prices at the market's price scale, amounts at the asset's scale."""

    id: UUID
    client_order_id: str
    profile_id: UUID
    market: str
    side: str
    type: str
    time_in_force: str
    status: str
    done_reason: str | None
    base_amount: Decimal | None
    quote_amount: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    protection_price: Decimal | None
    display_amount: Decimal | None
    expires_at: datetime | None
    self_trade_prevention: str
    filled_base_amount: Decimal
    filled_quote_amount: Decimal
    average_price: Decimal | None
    remaining_base_amount: Decimal
    prevented_base_amount: Decimal
    lapsed_base_amount: Decimal
    busted_base_amount: Decimal
    fee_amount: Decimal
    fee_asset: str
    maker_rate: Decimal
    taker_rate: Decimal
    held_amount: Decimal
    held_asset: str
    pending_instruction: str | None
    last_sequence: int | None
    metadata: Mapping[str, str]
    version: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The answer to a placing: the order as it stands, and whether it had been placed before."""

    order: OrderView
    is_replay: bool


@dataclass(frozen=True, slots=True)
class OrderWish:
    """An order that somebody wants placed: its terms, and the hash that tells whether a second wish is the same."""

    terms: OrderTerms
    request_sha256: str


@dataclass(frozen=True, slots=True)
class PlacingContext:
    """Everything the door needs to decide on an order, read in one statement."""

    market_id: UUID
    symbol: str
    phase: str
    base_id: UUID
    base_code: str
    base_scale: int
    quote_id: UUID
    quote_code: str
    quote_scale: int
    price_scale: int
    tick_size: Decimal
    lot_size: Decimal
    min_amount: Decimal
    max_amount: Decimal
    min_notional: Decimal
    max_notional: Decimal
    execution_band: Decimal
    reference_price: Decimal | None
    fee_tier_id: UUID
    maker_rate: Decimal
    taker_rate: Decimal
    fee_scale: int
    profile_status: str
    # What the profile's owners may not do now: actions of accounts/domain/permissions.py.
    denied_actions: Sequence[str]
    self_trade_group: UUID
    base_account_id: UUID | None
    quote_account_id: UUID | None
    order_id: UUID | None
    order_request_sha256: str | None


@dataclass(frozen=True, slots=True)
class AmendingContext:
    """Everything the door needs to decide on an amend: the order as it stands under its lock, its market, and who may."""

    order_id: UUID
    version: int
    status: str
    side: str
    type: str
    time_in_force: str
    base_amount: Decimal | None
    remaining_base: Decimal
    limit_price: Decimal | None
    protection_price: Decimal | None
    display_amount: Decimal | None
    maker_rate: Decimal
    taker_rate: Decimal
    fee_scale: int
    profile_id: UUID
    profile_status: str
    denied_actions: Sequence[str]
    market_id: UUID
    symbol: str
    phase: str
    quote_scale: int
    tick_size: Decimal
    lot_size: Decimal
    min_amount: Decimal
    max_amount: Decimal
    min_notional: Decimal
    max_notional: Decimal
    execution_band: Decimal
    hold_asset_id: UUID
    hold_code: str
    hold_scale: int
    hold_account_id: UUID


@dataclass(frozen=True, slots=True)
class MatchedBatch:
    """What one transaction of the matcher did; ``is_full`` says that more may be waiting."""

    instructions: int
    events: int
    trades: int
    is_full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteWish:
    """What a client asks a price for: one side, and one amount, of base or of quote."""

    profile_id: UUID
    market: str
    side: str
    base_amount: Decimal | None = None
    quote_amount: Decimal | None = None
