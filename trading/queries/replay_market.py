"""Apply a market's instructions again, from the first on, and compare what comes of them with its record."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.domain.refusals import NotFound
from core.queries.verifying import one_picture
from trading.domain.book import BookInvariantBroken
from trading.domain.replay import EVENT_FIELDS, ORDER_FIELDS, TRADE_FIELDS, Logged, Row
from trading.queries import replay_rows as record

INSTRUCTIONS_A_SECTION = 1_000


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where the record is not what its instructions come to. ``sequence`` is that of the event that is or should
    be there; of an instruction, a batch and an order that it is about, the last one that it comes to.
    """

    position: int
    sequence: int
    what: str
    recorded: str
    replayed: str

    def __str__(self) -> str:
        place = f"position {self.position}, sequence {self.sequence}"
        return f"{place}: {self.what}: the record has {self.recorded}, replayed it is {self.replayed}"


@dataclass(slots=True)
class Verdict:
    """What was compared, and what differed first."""

    symbol: str
    until: int
    position: int = 0
    hashes: int = 0
    events: int = 0
    trades: int = 0
    postings: int = 0
    orders: int = 0
    state_hash: str = ""
    difference: Difference | None = None


def replay_market(
    *, symbol: str, until: int | None = None, from_position: int = 1, compares_rows: bool = True
) -> Verdict:
    """Replay ``symbol`` to position ``until``, or to its last one, and stop at the first difference.

    Always begins with the empty book that the market was listed with, and compares the state hash at the end of each batch;
    from ``from_position`` on also every instruction's answer, event, trade, posting and order, unless ``compares_rows`` is false.
    Reads one picture of the database, a bounded stretch at a time, and writes nothing. Raises ``NotFound`` for an unknown market.
    """
    with one_picture():
        market = record.read_market(symbol)
        if market is None:
            raise NotFound("market")
        last = market.position if until is None else min(until, market.position)
        comparing = _Comparing(market, Verdict(symbol, last), from_position if compares_rows else None)
        comparing.run()
        return comparing.verdict


class _Comparing:
    """One run: section by section, the earliest difference of a section wins."""

    def __init__(self, market: record.Replayed, verdict: Verdict, from_position: int | None) -> None:
        self.market, self.verdict, self.from_position = market, verdict, from_position
        self.replay = market.replay
        self.found: list[Difference] = []

    def run(self) -> None:
        while self.verdict.position < self.verdict.until and not self.found:
            try:
                self._run_section()
            except record.Unreadable as odd:
                self._differ(odd.position, 0, f"instruction {odd.instruction_id}", "it as no operation writes it", odd)
        if not self.found and self.from_position is not None and self.verdict.until == self.market.position:
            self._compare_live_orders()
        self.verdict.state_hash = self.replay.state.value()
        if self.found:
            self.verdict.difference = min(self.found, key=lambda each: (each.position, each.sequence))

    def _run_section(self) -> None:
        after, sequence = self.verdict.position, self.replay.book.sequence
        logged = record.read_log(
            self.market,
            after=after,
            until=self.verdict.until,
            limit=min(INSTRUCTIONS_A_SECTION, self.verdict.until - after),
        )
        last = logged[-1].position if logged else after + 1
        hashes = {row[0]: row for row in record.read_batches(self.market, after=after, until=last)}
        self.replay.begin_section()
        self._apply_all(logged, hashes, after, last)
        self.verdict.position = self.replay.book.position
        if self.from_position is not None and self.verdict.position >= self.from_position:
            self._compare_section(logged, sequence)

    def _apply_all(self, logged: list[Logged], batches: dict[int, Row], after: int, last: int) -> None:
        expected = range(after + 1, last + 1)
        for position, each in zip(expected, [*logged, *[None] * (len(expected) - len(logged))], strict=False):
            if each is None or each.position != position:
                self._differ(position, self.replay.book.sequence, "instruction", each and each.position, position)
                return
            try:
                self.replay.apply(each)
            except (BookInvariantBroken, ArithmeticError, LookupError, ValueError) as broken:
                self._differ(
                    position, self.replay.book.sequence, f"instruction {each.instruction_id}", each.status, broken
                )
                return
            batch = batches.get(position)
            if batch is not None:
                self._compare_batch(batch)

    def _compare_batch(self, batch: Row) -> None:
        position, sequence, state_hash = batch
        book = self.replay.book
        if sequence != book.sequence:
            self._differ(position, book.sequence, "last sequence of the batch", sequence, book.sequence)
        if state_hash is not None:
            self.verdict.hashes += 1
            if state_hash != self.replay.state.value():
                self._differ(position, book.sequence, "state hash", state_hash, self.replay.state.value())

    def _compare_section(self, logged: list[Logged], sequence: int) -> None:
        self._compare_answers(logged)
        until = self._last_sequence()
        trades = record.read_trades(self.market, after=sequence, until=until)
        ids = self._compare_trades(trades)
        self._compare_events(record.read_events(self.market, after=sequence, until=until), ids)
        self._compare_postings(trades)
        self._compare_orders(self.replay.closed_orders())

    def _last_sequence(self) -> int:
        """Where the section ends; with the record's last section, all that there is beyond is its too."""
        is_last = self.verdict.position == self.market.position
        return max(self.replay.book.sequence, self.market.sequence) if is_last else self.replay.book.sequence

    def _compare_answers(self, logged: list[Logged]) -> None:
        section = self.replay.section
        for each, (position, sequence), refusal in zip(logged, section.ends, section.refusals, strict=False):
            answer = "REFUSED" if refusal else "APPLIED"
            what = f"instruction {each.instruction_id}"
            self._compare(
                ("status", "refusal"), (each.status, each.refusal), (answer, refusal), what, sequence, position
            )

    def _compare_events(self, recorded: Sequence[Row], ids: dict[str, str]) -> None:
        replayed = [(*row[:4], ids.get(row[4], row[4]), *row[5:]) for row in self.replay.section.events]
        self.verdict.events += len(replayed)
        for sequence, theirs, ours in _pairs(recorded, replayed, key=0):
            self._compare(EVENT_FIELDS, theirs, ours, "event", sequence)

    def _compare_trades(self, recorded: Sequence[Row]) -> dict[str, str]:
        """Answers the record's ids of trades and entries, by what stands for them here."""
        trades = self.replay.section.outcome.trades
        self.verdict.trades += len(trades)
        by_sequence = {row[2]: row for row in recorded}
        ids: dict[str, str] = {}
        for trade in trades:
            row = by_sequence.get(trade.sequence)
            if row is not None:
                ids[trade.trade_id], ids[trade.entry_id] = row[0], row[1]
        replayed = [self.replay.trade(trade) for trade in trades]
        for sequence, theirs, ours in _pairs([row[2:] for row in recorded], replayed, key=0):
            self._compare(TRADE_FIELDS, theirs, ours, "trade", sequence)
        return ids

    def _compare_postings(self, recorded: Sequence[Row]) -> None:
        entries = {row[2]: row[1] for row in recorded}
        theirs = record.read_postings(self.market, list(entries.values()))
        ours = self.replay.postings()
        for trade in self.replay.section.outcome.trades:
            expected = sorted(ours[trade.entry_id], key=str)
            found = sorted(theirs.get(entries.get(trade.sequence, ""), []), key=str)
            self.verdict.postings += len(expected)
            if _told(found) != _told(expected):
                what = f"postings of entry {entries.get(trade.sequence)}"
                self._differ(self._position(trade.sequence), trade.sequence, what, _told(found), _told(expected))

    def _compare_orders(self, replayed: Sequence[Row]) -> None:
        """Of each order the position is that of the last event that is told of it."""
        recorded = record.read_orders([row[0] for row in replayed])
        self.verdict.orders += len(replayed)
        for ours in replayed:
            theirs = recorded.get(ours[0])
            self._compare(ORDER_FIELDS, theirs, ours, f"order {ours[0]}", ours[ORDER_FIELDS.index("last_sequence")])

    def _compare_live_orders(self) -> None:
        """Those in the book, and that the record has no other there."""
        live = list(self.replay.live_orders())
        known = {row[0] for row in live}
        self.replay.begin_section()
        for start in range(0, len(live), INSTRUCTIONS_A_SECTION):
            self._compare_orders(live[start : start + INSTRUCTIONS_A_SECTION])
        after = ""
        while ids := record.read_live_ids(self.market, after=after, limit=INSTRUCTIONS_A_SECTION):
            after = ids[-1]
            for order_id in ids:
                if order_id not in known:
                    where = self.verdict.position, self.replay.book.sequence
                    self._differ(*where, f"order {order_id}", "it in the book", "it not there")

    def _compare(
        self,
        fields: Sequence[str],
        theirs: Row | None,
        ours: Row | None,
        what: str,
        sequence: int,
        position: int | None = None,
    ) -> None:
        if theirs == ours:
            return
        place = self._position(sequence) if position is None else position
        if theirs is None or ours is None:
            self._differ(place, sequence, what, "none" if theirs is None else theirs, "none" if ours is None else ours)
            return
        for name, recorded, replayed in zip(fields, theirs, ours, strict=True):
            if recorded != replayed:
                self._differ(place, sequence, f"{what}, {name}", recorded, replayed)
                return

    def _position(self, sequence: int) -> int:
        """Whose event ``sequence`` is. Beyond the section it is the last instruction's."""
        ends = self.replay.section.ends
        place = bisect_left(ends, sequence, key=lambda end: end[1])
        return ends[place][0] if place < len(ends) else self.verdict.position

    def _differ(self, position: int, sequence: int, what: str, recorded: object, replayed: object) -> None:
        self.found.append(Difference(position, sequence, what, str(recorded), str(replayed)))


def _pairs(theirs: Iterable[Row], ours: Iterable[Row], *, key: int) -> Iterator[tuple[int, Row | None, Row | None]]:
    """Rows of one sequence beside each other; where the record has two of one, the second has none beside it."""
    expected = {row[key]: row for row in ours}
    for row in theirs:
        yield row[key], row, expected.pop(row[key], None)
    for sequence, row in expected.items():
        yield sequence, None, row


def _told(postings: Sequence[Row]) -> list[str]:
    return [
        f"{source} -> {destination} {amount.normalize():f} {_side(is_base)}"
        for source, destination, is_base, amount in postings
    ]


def _side(is_base: bool | None) -> str:
    return "of another asset" if is_base is None else ("base" if is_base else "quote")
