"""The guards of the market's history: append-only events, trades and batches, seals, the first partitions, the view of executions."""

from django.db import migrations

from core.schema import AppendOnly, KeptForEver, MakePartitions, Partitioning, QueueForSealing, RefersTo

# An execution is one side of a trade. A view, so that it cannot differ from its trade.
EXECUTIONS = """
CREATE VIEW trading_execution AS
SELECT t.id || ':' || side.name AS id, t.id AS trade_id, t.market_id, t.sequence, t.price, t.base_amount, t.quote_amount,
       t.liquidity AS trade_liquidity, t.status, t.traded_at, t.business_date, t.settlement_date, t.entry_id,
       side.name AS side, side.order_id, side.profile_id, side.fee,
       CASE WHEN t.liquidity = 'AUCTION' THEN 'AUCTION' WHEN t.maker_side = side.name THEN 'MAKER' ELSE 'TAKER' END
           AS liquidity
FROM trading_trade t
CROSS JOIN LATERAL (VALUES
    ('BUY', t.buy_order_id, t.buy_profile_id, t.buyer_fee),
    ('SELL', t.sell_order_id, t.sell_profile_id, t.seller_fee)
) AS side (name, order_id, profile_id, fee);
"""


class Migration(migrations.Migration):
    dependencies = [("trading", "0001_initial"), ("core", "0002_guards")]

    operations = [
        migrations.RunSQL(
            "ALTER SEQUENCE trading_instruction_id_seq OWNED BY trading_instruction.id", migrations.RunSQL.noop
        ),
        MakePartitions(
            "trading_instruction",
            Partitioning(by="NUMBER", unique={"instruction_position_is_gapless": ("market_id", "position")}),
        ),
        MakePartitions(
            "trading_orderevent",
            Partitioning(by="MONTH", unique={"market_sequence_is_gapless": ("market_id", "sequence")}),
        ),
        MakePartitions(
            "trading_trade",
            Partitioning(by="MONTH", unique={"trade_sequence_is_used_once": ("market_id", "sequence")}),
        ),
        migrations.RunSQL(EXECUTIONS, "DROP VIEW trading_execution"),
        AppendOnly("trading_orderevent", "event_is_append_only"),
        AppendOnly("trading_trade", "trade_is_append_only"),
        AppendOnly("trading_marketbatch", "batch_is_append_only"),
        AppendOnly("trading_feeschedule", "fee_schedule_is_append_only"),
        AppendOnly("trading_feetier", "fee_tier_is_append_only"),
        KeptForEver("trading_order", "id", "order_is_kept"),
        RefersTo("trading_orderevent", "order_id", "trading_order", "id", "event_names_its_order"),
        RefersTo("trading_trade", "buy_order_id", "trading_order", "id", "trade_names_its_buy_order"),
        RefersTo("trading_trade", "sell_order_id", "trading_order", "id", "trade_names_its_sell_order"),
        QueueForSealing("trading_marketbatch", "MARKET_BATCH"),
    ]
