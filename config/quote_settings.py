"""Settings of the quotes that the house gives: how old a price may be, and how much waits at once."""

__all__ = [
    "QUOTES_OPEN_PER_PROFILE",
    "QUOTES_PER_SWEEP",
    "QUOTE_BOOK_DEPTH",
    "QUOTE_BOOK_LAG_SECONDS",
    "QUOTE_PRICE_MAX_AGE_SECONDS",
]

# How far a price is looked for in a book: levels of one side.
QUOTE_BOOK_DEPTH = 100
# A book is not believed while an instruction of its market has waited longer than this.
QUOTE_BOOK_LAG_SECONDS = 5
# A reference price is not believed when the trade, or the act of the desk, that made it is older.
QUOTE_PRICE_MAX_AGE_SECONDS = 300
# Quotes that a profile may have open at once: each of them binds the house.
QUOTES_OPEN_PER_PROFILE = 10
QUOTES_PER_SWEEP = 500
