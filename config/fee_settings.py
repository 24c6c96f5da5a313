"""Settings of fees."""

from config.environment import env

__all__ = ["VOLUME_TRADES_AT_ONCE"]

# How many trades of a market are counted into volumes in one transaction.
VOLUME_TRADES_AT_ONCE = env.int("COUNTINGHOUSE_VOLUME_TRADES_AT_ONCE", default=50_000)
