"""How long files of a class are kept."""

from datetime import date

YEARS = {"orders_trades": 7, "ledger": 7, "audit": 7, "statements_confirmations": 6, "aml": 5}


def retained_until(retention_class: str, made_on: date) -> date:
    """The last day that a file of this class, made on that day, is kept; 29 February counts as 1 March."""
    year = made_on.year + YEARS[retention_class]
    try:
        return made_on.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
