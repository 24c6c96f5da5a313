"""Settings of market data."""

__all__ = ["BATCH_LEVELS_KEPT", "CANDLE_EVENTS_A_RUN", "CANDLE_SECONDS_A_TASK"]

# A batch that changes more levels than this keeps none of them: whoever follows the book takes it anew.
BATCH_LEVELS_KEPT = 10_000
# After an outage candles are made up for by so many events of a market in one transaction, for so long in one task.
CANDLE_EVENTS_A_RUN = 200_000
CANDLE_SECONDS_A_TASK = 10
