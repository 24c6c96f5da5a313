"""From what the engine says to what the books say: fees, holds, postings and the rows of history. Pure, in whole numbers.

The engine decides who trades with whom; this stage decides what it costs and which amounts move. Base amounts in base units,
quote amounts in quote units (see ``trading.domain.units``), prices in ticks, amounts of orders in lots; what an order by quote
amount has left to spend in tick-lots. One module for each family of events, all of which write into one ``Journal``.
"""
