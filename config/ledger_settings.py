"""Settings of the ledger: what values are told in, and how old a price may be that tells one."""

from config.environment import env

__all__ = [
    "DAYS_PER_SWEEP",
    "DAY_GRACE_MINUTES",
    "PRICE_MAX_AGE_HOURS",
    "REPORTING_ASSET",
    "STATEMENTS_PER_SWEEP",
    "STATEMENT_MONTHS_BACK",
    "STATEMENT_MOST_MOVEMENTS",
    "VALUATION_JUMP_PERCENT",
    "VALUATION_LEAST_VOLUME",
    "VALUATION_WINDOW_SECONDS",
]

# Limits, approvals and reports value amounts in this asset; itself it is worth one.
REPORTING_ASSET = env.str("COUNTINGHOUSE_REPORTING_ASSET", default="USD")
# An older price values nothing: whoever needs the value is refused with PRICE_MISSING.
PRICE_MAX_AGE_HOURS = env.int("COUNTINGHOUSE_PRICE_MAX_AGE_HOURS", default=26)
# A market tells the average of its trades of so long; of a thin one, as many of its newest as come to this volume, in the
# reporting asset.
VALUATION_WINDOW_SECONDS = 300
VALUATION_LEAST_VOLUME = env.int("COUNTINGHOUSE_VALUATION_LEAST_VOLUME", default=1_000)
# What is further from the price before is not kept: a person says what is right.
VALUATION_JUMP_PERCENT = env.int("COUNTINGHOUSE_VALUATION_JUMP_PERCENT", default=20)
# A day is shut so long after its cut-off: what was under way then is written by its own date.
DAY_GRACE_MINUTES = 5
# After an outage days are made up for so many at a time.
DAYS_PER_SWEEP = 31
# The statements that one sweep looks at, and the months that it makes up for.
STATEMENTS_PER_SWEEP = 200
STATEMENT_MONTHS_BACK = 12
# What a statement of paper can hold; more is a report's to tell.
STATEMENT_MOST_MOVEMENTS = 20_000
