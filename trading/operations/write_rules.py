"""Write the rules that the engine has taken onto the market's row, where the door and the pages read them."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from core.domain.decimals import from_units
from core.operations.record_audit import SYSTEM, record_audit
from trading.domain.parameters import Parameters
from trading.domain.payload import plain_parameters
from trading.domain.units import MarketUnits

# Apart from what each batch writes: it makes a version of the market's terms.
UPDATE_RULES = """
UPDATE trading_market SET entry_band = coalesce(%s, entry_band), execution_band = coalesce(%s, execution_band), tick_step = %s,
    lot_step = %s, version = version + 1
WHERE id = %s RETURNING version
"""


def write_rules(*, market_id: UUID, rules: Parameters, units: MarketUnits, at: datetime) -> None:
    """Write a new version of the market's terms, in the batch's transaction. Who asked for it stands with the instruction."""
    bands = [None if band is None else from_units(band, 6) for band in (rules.entry_band, rules.execution_band)]
    with connection.cursor() as cursor:
        cursor.execute(UPDATE_RULES, [*bands, rules.tick, rules.lot, market_id])
        version = cursor.fetchone()[0]
    record_audit(
        actor=SYSTEM,
        action="trading.market.take_parameters",
        object_type="trading.market",
        object_id=market_id,
        at=at,
        changes=[
            {"field": name, "before": None, "after": value} for name, value in plain_parameters(rules, units).items()
        ],
        object_version=version,
    )
