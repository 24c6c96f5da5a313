"""What orders and executions look like on the wire."""

from rest_framework import serializers

from core.api.fields import (
    AmountField,
    DayField,
    IdField,
    InstantField,
    MetadataField,
    RefField,
    SignedAmountField,
    WordField,
)
from core.api.shapes import ShapeIn, ShapeOut
from trading.models import Order, OrderEvent

SELF_TRADE_PREVENTIONS = ("CANCEL_NEWEST", "CANCEL_OLDEST", "CANCEL_BOTH", "DECREMENT_AND_CANCEL")
TRADE_STATUSES = ("EXECUTED", "SETTLED", "BUSTED", "CORRECTED")
LIQUIDITIES = ("MAKER", "TAKER", "AUCTION")


class OrderIn(ShapeIn):
    profile_id = IdField()
    market = RefField()
    client_order_id = RefField()
    side = WordField(Order.Side.values)
    type = WordField(Order.Type.values)
    time_in_force = WordField(Order.TimeInForce.values, required=False)
    base_amount = AmountField(required=False)
    quote_amount = AmountField(required=False)
    limit_price = AmountField(required=False)
    stop_price = AmountField(required=False)
    display_amount = AmountField(required=False)
    expires_at = InstantField(required=False)
    self_trade_prevention = WordField(SELF_TRADE_PREVENTIONS, required=False)
    metadata = MetadataField(required=False)


class OrderChangeIn(ShapeIn):
    base_amount = AmountField(required=False)
    limit_price = AmountField(required=False)
    stop_price = AmountField(required=False)
    display_amount = AmountField(required=False)
    expires_at = InstantField(required=False)


class OrderOut(ShapeOut):
    id = IdField()
    client_order_id = RefField()
    profile_id = IdField()
    market = RefField()
    side = WordField(Order.Side.values)
    type = WordField(Order.Type.values)
    time_in_force = WordField(Order.TimeInForce.values)
    status = WordField(Order.Status.values)
    done_reason = RefField(allow_null=True)
    base_amount = AmountField(allow_null=True)
    quote_amount = AmountField(allow_null=True)
    limit_price = AmountField(allow_null=True)
    stop_price = AmountField(allow_null=True)
    protection_price = AmountField(allow_null=True)
    display_amount = AmountField(allow_null=True)
    expires_at = InstantField(allow_null=True)
    self_trade_prevention = WordField(SELF_TRADE_PREVENTIONS)
    filled_base_amount = AmountField()
    filled_quote_amount = AmountField()
    average_price = AmountField(allow_null=True)
    remaining_base_amount = AmountField()
    prevented_base_amount = AmountField()
    lapsed_base_amount = AmountField()
    busted_base_amount = AmountField()
    fee_amount = SignedAmountField()
    fee_asset = RefField()
    maker_rate = SignedAmountField()
    taker_rate = SignedAmountField()
    held_amount = AmountField()
    held_asset = RefField()
    pending_instruction = WordField(["CANCEL", "AMEND"], allow_null=True)
    last_sequence = serializers.IntegerField(allow_null=True)
    metadata = MetadataField()
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()
    closed_at = InstantField(allow_null=True)


class InstructedOut(ShapeOut):
    order = OrderOut()
    instruction_id = serializers.IntegerField()


class OrderEventOut(ShapeOut):
    id = IdField()
    market = RefField()
    sequence = serializers.IntegerField()
    instruction_id = serializers.IntegerField()
    kind = WordField(OrderEvent.Kind.values)
    order_id = IdField()
    trade_id = IdField(allow_null=True)
    initiator = RefField()
    event_at = InstantField()
    recorded_at = InstantField()
    business_date = DayField()
    before_status = RefField(allow_null=True)
    after_status = RefField(allow_null=True)
    price = AmountField(allow_null=True)
    amount = AmountField(allow_null=True)
    cum_base = AmountField(allow_null=True)
    leaves_base = AmountField(allow_null=True)
    last_price = AmountField(allow_null=True)
    last_base = AmountField(allow_null=True)
    fee = SignedAmountField(allow_null=True)
    hold_change = SignedAmountField(allow_null=True)
    phase = RefField()
    best_bid = AmountField(allow_null=True)
    best_ask = AmountField(allow_null=True)
    reason = RefField(allow_null=True)


class ExecutionOut(ShapeOut):
    id = RefField()
    trade_id = IdField()
    order_id = IdField()
    client_order_id = RefField()
    profile_id = IdField()
    market = RefField()
    side = WordField(Order.Side.values)
    price = AmountField()
    base_amount = AmountField()
    quote_amount = AmountField()
    fee_amount = SignedAmountField()
    fee_asset = RefField()
    liquidity = WordField(LIQUIDITIES)
    sequence = serializers.IntegerField()
    status = WordField(TRADE_STATUSES)
    corrects_id = IdField(allow_null=True)
    settlement_date = DayField()
    traded_at = InstantField()


ORDER_IN = OrderIn()
ORDER_CHANGE_IN = OrderChangeIn()
ORDER_OUT = OrderOut()
ORDER_EVENT_OUT = OrderEventOut()
EXECUTION_OUT = ExecutionOut()
