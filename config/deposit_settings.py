"""Settings of deposits."""

from decimal import Decimal

from config.environment import env

__all__ = ["TRAVEL_RULE_FROM"]

# From what worth on, in the reporting asset, the travel rule asks who sent what another provider (VASP) sends over a chain. FATF
# leaves the providers' threshold to each country, up to 1,000 USD or EUR; the strictest ask from the first unit.
TRAVEL_RULE_FROM = Decimal(env.str("COUNTINGHOUSE_TRAVEL_RULE_FROM", default="1000"))
