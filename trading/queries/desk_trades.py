"""Trades as the desk sees them: one row a trade, both sides in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.queries.shown_names import is_named
from trading.models import Trade
from trading.queries.desk_orders import parse_id

_TRADE_FIELDS = (
    "id",
    "sequence",
    "traded_at",
    "maker_side",
    "price",
    "base_amount",
    "quote_amount",
    "buyer_fee",
    "seller_fee",
    "status",
    "entry_id",
    "market__symbol",
    "market__price_scale",
    "market__amount_scale",
    "market__quote__code",
    "market__quote__payment_scale",
    "market__quote__scale",
    "buy_order__profile__reference",
    "buy_order__profile__entity__legal_name",
    "buy_order__profile__entity__reference",
    "sell_order__profile__reference",
    "sell_order__profile__entity__legal_name",
    "sell_order__profile__entity__reference",
)


@dataclass(frozen=True, slots=True)
class TradeFilter:
    """What a list of trades shows. ``text`` is the id of a trade or order, or part of the name of a side."""

    market: str = ""
    text: str = ""

    def narrow(self, trades: "QuerySet[Trade]") -> "QuerySet[Trade]":
        """The trades that fit."""
        if self.market:
            trades = trades.filter(market__symbol=self.market)
        if not self.text:
            return trades
        whole = parse_id(self.text)
        if whole is not None:
            return trades.filter(Q(id=whole) | Q(buy_order=whole) | Q(sell_order=whole))
        fits = Q()
        for side in ("buy_order", "sell_order"):
            fits |= Q(**{f"{side}__profile__reference__icontains": self.text})
            fits |= is_named(self.text, f"{side}__profile__entity__")
        return trades.filter(fits)

    def takes(self, row: "TradeRow") -> bool:
        """Whether a row fits: the same answer as ``narrow`` gives, without a database."""
        if self.market not in ("", row.symbol):
            return False
        whole = parse_id(self.text)
        if whole is not None:
            return whole in (row.id, row.buy_order_id, row.sell_order_id)
        part = self.text.upper()
        return any(part in name.upper() for name in (row.buyer, row.buyer_entity, row.seller, row.seller_entity))


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One trade. ``base_amount`` at ``amount_scale``, ``price`` at ``price_scale``, the rest in the quote
    asset.
    """

    id: UUID
    sequence: int
    traded_at: datetime
    symbol: str
    price: Decimal
    base_amount: Decimal
    quote_amount: Decimal
    buyer_fee: Decimal
    seller_fee: Decimal
    taker_side: str | None
    buy_order_id: UUID
    sell_order_id: UUID
    buyer: str
    buyer_entity: str
    seller: str
    seller_entity: str
    status: str
    entry_id: UUID
    price_scale: int
    amount_scale: int
    quote_code: str
    payment_scale: int
    quote_scale: int

    @property
    def fees(self) -> Decimal:
        """What both sides paid, in the quote asset; less than zero when the rebate is larger."""
        return self.buyer_fee + self.seller_fee


def list_trades(trade_filter: TradeFilter) -> "QuerySet[Trade]":
    """The trades that fit, with all that a row shows; the caller orders and cuts."""
    return (
        trade_filter.narrow(Trade.objects.all())
        .select_related("market__quote", "buy_order__profile__entity", "sell_order__profile__entity")
        .only(*_TRADE_FIELDS)
    )


def list_trade_rows(ids: Sequence[UUID]) -> list[TradeRow]:
    """The rows of these trades, newest first. One statement."""
    return [trade_row(trade) for trade in list_trades(TradeFilter()).filter(id__in=ids).order_by("-id")]


def trade_row(trade: Trade) -> TradeRow:
    """The row of a trade that ``list_trades`` read."""
    market, buyer, seller = trade.market, trade.buy_order.profile, trade.sell_order.profile
    return TradeRow(
        id=trade.id,
        sequence=trade.sequence,
        traded_at=trade.traded_at,
        symbol=market.symbol,
        price=trade.price,
        base_amount=trade.base_amount,
        quote_amount=trade.quote_amount,
        buyer_fee=trade.buyer_fee,
        seller_fee=trade.seller_fee,
        taker_side=trade.taker_side,
        buy_order_id=trade.buy_order_id,
        sell_order_id=trade.sell_order_id,
        buyer=buyer.reference,
        buyer_entity=buyer.entity.shown_name,
        seller=seller.reference,
        seller_entity=seller.entity.shown_name,
        status=trade.status,
        entry_id=trade.entry_id,
        price_scale=market.price_scale,
        amount_scale=market.amount_scale,
        quote_code=market.quote.code,
        payment_scale=market.quote.payment_scale,
        quote_scale=market.quote.scale,
    )
