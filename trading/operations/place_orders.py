"""Take many orders: one durable transaction and a fixed number of statements, however many; each refused for itself alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from accounts.domain.permissions import Action
from accounts.queries.permissions import refuse_action
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.prepared import prepared_cursor
from settlement.operations.open_client_accounts import open_client_accounts
from settlement.queries.withdrawal_limits import list_held_by_withdrawals
from trading.contracts import OrderTerms, OrderView, OrderWish, PlacedOrder, PlacingContext
from trading.domain.door import Admission, admit_order, is_permitted
from trading.domain.reuse import answer_again
from trading.operations.place_order import COLUMNS
from trading.queries.kill_switches import IS_EACH_LET_IN, kept_out, list_switches_over
from trading.queries.orders import list_order_views, order_view_of_placing
from trading.queries.placing import PairContext, list_own_profiles, list_placing_contexts
from trading.queries.shortfall import Purse, shortfall

# So often everything is read anew because something changed between reading and writing.
ATTEMPTS = 5

# In the order of their ids, as everybody who locks more than one: nobody waits for one who waits for him.
LOCK = """
SELECT id, balance, held, status FROM settlement_ledgeraccount WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""

# Holds, orders and instructions of all that fit, whose accounts are locked. What a profile may do and who is kept out is asked
# here again, as of a single order: what is not let through is missing in the count, and then nothing of it stays. Orders go in by
# the clients' ids, so that two batches with the same ones do not wait for each other; instructions in the order of the wishes.
PLACE = """
WITH item AS (
    SELECT i.* FROM json_to_recordset(%(items)s::json) AS i (
        place int, id uuid, profile uuid, market uuid, client_order_id text, sha256 text, side text, type text,
        time_in_force text, amount numeric, quote_amount numeric, limit_price numeric, stop_price numeric,
        protection_price numeric, display_amount numeric, expires_at timestamptz, stp text, stp_group uuid, fee_tier uuid,
        maker_rate numeric, taker_rate numeric, fee_scale smallint, remaining numeric, account uuid, hold_asset uuid,
        hold numeric, metadata jsonb)
    JOIN accounts_profile p ON p.id = i.profile
    WHERE p.status = 'OPEN' AND NOT p.denied_actions @> ARRAY[i.side]::varchar[] AND {is_let_in}
), hold AS (
    UPDATE settlement_ledgeraccount a SET held = a.held + due.hold
    FROM (SELECT account, sum(hold) AS hold FROM item GROUP BY account) due
    WHERE a.id = due.account
), placed AS (
    INSERT INTO trading_order ({columns})
    SELECT id, profile, market, client_order_id, %(credential)s, sha256, side, type, time_in_force, amount, quote_amount,
        limit_price, stop_price, protection_price, display_amount, expires_at, stp, stp_group, fee_tier, maker_rate, taker_rate,
        fee_scale, 'PENDING', '', 0, 0, 0, 0, remaining, display_amount, 0, 0, hold_asset, hold, hold, 'API', 'AOTC', %(at)s,
        metadata, 1, %(at)s, %(at)s
    FROM item ORDER BY profile, client_order_id
    RETURNING id
), instructed AS (
    INSERT INTO trading_instruction
        (market_id, kind, order_id, payload, instructed_at, actor_id, initiator, status, refusal, attempts)
    SELECT item.market, 'PLACE', item.id, '{}', %(at)s, %(credential)s, 'CLIENT', 'PENDING', '', 0
    FROM item JOIN placed USING (id) ORDER BY item.place
    RETURNING id
)
SELECT (SELECT count(*) FROM instructed), pg_notify('countinghouse_instructions', market::text)
FROM (SELECT DISTINCT market FROM item) AS rung
""".replace("{is_let_in}", IS_EACH_LET_IN).replace("{columns}", COLUMNS)

Answer = PlacedOrder | Refusal


class _Overtaken(Exception):
    """Something has changed since it was read, so all is done anew; these wishes have had their answer."""

    def __init__(self, settled: dict[int, Refusal]) -> None:
        super().__init__()
        self.settled = settled


class _Candidate(NamedTuple):
    """A wish that the door lets in if its hold fits."""

    wish: OrderWish
    context: PlacingContext
    admission: Admission

    @property
    def holder(self) -> tuple[UUID, UUID]:
        """Profile and asset of what it holds."""
        context = self.context
        return self.wish.terms.profile_id, context.base_id if self.admission.is_base_hold else context.quote_id

    @property
    def account_id(self) -> UUID | None:
        """The account that it holds in; none that was never opened, in which nothing is."""
        return self.context.base_account_id if self.admission.is_base_hold else self.context.quote_account_id

    @property
    def unopened(self) -> set[tuple[UUID, UUID]]:
        """Accounts that it needs and that are not there yet."""
        context, profile_id = self.context, self.wish.terms.profile_id
        pairs = ((context.base_id, context.base_account_id), (context.quote_id, context.quote_account_id))
        return {(profile_id, asset_id) for asset_id, account_id in pairs if account_id is None}


@dataclass(slots=True)
class _Taken:
    """Orders that fit, by whose they are and their client's id; the rows to be stored; who needs which account."""

    orders: dict[tuple[UUID, str], tuple[str, OrderView]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    unopened: set[tuple[UUID, UUID]] = field(default_factory=set)
    short: dict[int, tuple[_Candidate, Decimal, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Batch:
    wishes: Sequence[OrderWish]
    credential_id: UUID
    entity_id: UUID
    at: datetime


def place_orders(
    *, wishes: Sequence[OrderWish], credential_id: UUID, entity_id: UUID, at: datetime
) -> list[PlacedOrder | Refusal]:
    """Place orders for profiles of ``entity_id``; answers each with its order or with why it was refused, in their order.

    Each has the answer that ``place_order`` would have given it after those before it: ids are used once, and what is
    available goes to whoever comes first and fits. Refuses itself (503) only where it was overtaken again and again; then
    nothing is stored.
    """
    batch = _Batch(wishes, credential_id, entity_id, at)
    settled: dict[int, Refusal] = {}
    for attempt in range(ATTEMPTS):
        try:
            return _place(batch, settled, asks_switches=attempt > 0)
        except _Overtaken as overtaken:
            settled |= overtaken.settled
        except IntegrityError as error:
            if "client_order_id_is_unique" not in str(error):
                raise
    raise Refusal("UNAVAILABLE", "Too much changed meanwhile. Try again.", status=503)


def _place(batch: _Batch, settled: dict[int, Refusal], *, asks_switches: bool) -> list[Answer]:
    verdicts = _decide_all(batch, settled, asks_switches=asks_switches)
    candidates = [verdict for verdict in verdicts if isinstance(verdict, _Candidate)]
    if not candidates:
        return [verdict for verdict in verdicts if not isinstance(verdict, _Candidate)]
    with transaction.atomic(durable=True):
        # Before anything is locked, as a single order does.
        wanted = {pair for each in candidates if each.account_id is not None for pair in each.unopened}
        opened = open_client_accounts(wanted=wanted) if wanted else set()
        taken = _Taken()
        answers = _fit_all(batch, verdicts, _lock([each.account_id for each in candidates if each.account_id]), taken)
        refused = _explain_short(taken)
        if opened - taken.unopened:
            # Leaves no account behind that was opened for an order which was not taken.
            raise _Overtaken(refused)
        if taken.rows and _store(batch, taken.rows) != len(taken.rows):
            raise _Overtaken({})
    return [refused[index] if answer is None else answer for index, answer in enumerate(answers)]


def _decide_all(
    batch: _Batch, settled: dict[int, Refusal], *, asks_switches: bool
) -> list[_Candidate | PlacedOrder | Refusal]:
    """What the door says to each wish, whatever becomes of the others."""
    wanted = [wish.terms for wish in batch.wishes]
    contexts = list_placing_contexts(
        pairs=((terms.profile_id, terms.market) for terms in wanted),
        entity_id=batch.entity_id,
        client_order_ids={terms.client_order_id for terms in wanted},
    )
    stored = {
        found.stored[terms.client_order_id][0]
        for terms in wanted
        if (found := contexts.get((terms.profile_id, terms.market))) and terms.client_order_id in found.stored
    }
    door = _Door(
        batch=batch,
        contexts=contexts,
        views={view.id: view for view in list_order_views(order_ids=stored)} if stored else {},
        switches=_switches(batch, contexts) if asks_switches else {},
    )
    return [settled[index] if index in settled else door.decide(wish) for index, wish in enumerate(batch.wishes)]


def _switches(batch: _Batch, contexts: dict[tuple[UUID, str], PairContext]) -> dict[tuple[UUID, str], Refusal]:
    """Who is kept out of which market, and by what."""
    common = {batch.credential_id, batch.entity_id}
    ids = {pair: {pair[0], found.context.market_id} | common for pair, found in contexts.items()}
    switches = list_switches_over(set().union(*ids.values()))
    found: dict[tuple[UUID, str], Refusal] = {}
    for switch in reversed(switches):
        for pair, covered in ids.items():
            if switch.scope == switch.Scope.FIRM or switch.scope_id in covered:
                found[pair] = kept_out(switch)
    return found


@dataclass(slots=True)
class _Door:
    """Decides wish by wish on what was read once for all of them."""

    batch: _Batch
    contexts: dict[tuple[UUID, str], PairContext]
    views: dict[UUID, OrderView]
    switches: dict[tuple[UUID, str], Refusal]
    _own: set[UUID] | None = None
    _denials: dict[tuple[UUID, str], Refusal] = field(default_factory=dict)

    def decide(self, wish: OrderWish) -> _Candidate | PlacedOrder | Refusal:
        try:
            return self._admit(wish)
        except Refusal as refusal:
            return refusal

    def _admit(self, wish: OrderWish) -> _Candidate | PlacedOrder:
        terms = wish.terms
        pair = (terms.profile_id, terms.market)
        found = self.contexts.get(pair)
        if found is None:
            raise NotFound("market" if self._is_own(terms.profile_id) else "profile")
        if terms.client_order_id in found.stored:
            order_id, sha256 = found.stored[terms.client_order_id]
            return answer_again(wish, stored_sha256=sha256, order=self.views[order_id])
        if not is_permitted(terms, found.context):
            raise self._denial(terms)
        admission = admit_order(terms, found.context, self.batch.at)
        if pair in self.switches:
            raise self.switches[pair]
        return _Candidate(wish, found.context, admission)

    def _is_own(self, profile_id: UUID) -> bool:
        if self._own is None:
            asked = {wish.terms.profile_id for wish in self.batch.wishes}
            self._own = list_own_profiles(profile_ids=asked, entity_id=self.batch.entity_id)
        return profile_id in self._own

    def _denial(self, terms: OrderTerms) -> Refusal:
        """Why is asked of the identities once for a profile and a side."""
        key = (terms.profile_id, terms.side)
        if key not in self._denials:
            self._denials[key] = refuse_action(profile_id=terms.profile_id, action=Action(terms.side))
        return self._denials[key]


def _lock(account_ids: list[UUID]) -> dict[UUID, tuple[Decimal, Decimal, bool]]:
    """Balance and held of each account, and whether it is open; nobody else changes them until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(set(account_ids))])
        return {row[0]: (row[1], row[2], row[3] == "OPEN") for row in cursor.fetchall()}


def _fit_all(
    batch: _Batch,
    verdicts: Sequence[_Candidate | PlacedOrder | Refusal],
    purses: dict[UUID, tuple[Decimal, Decimal, bool]],
    taken: _Taken,
) -> list[Answer | None]:
    """One after the other as long as the holds fit; none where one does not, which ``taken.short`` then knows."""
    answers: list[Answer | None] = []
    for index, (wish, verdict) in enumerate(zip(batch.wishes, verdicts, strict=True)):
        key = (wish.terms.profile_id, wish.terms.client_order_id)
        if key in taken.orders:
            answers.append(_again(wish, *taken.orders[key]))
        elif isinstance(verdict, _Candidate):
            answers.append(_fit(batch, index, verdict, purses, taken))
        else:
            answers.append(verdict)
    return answers


def _again(wish: OrderWish, sha256: str, order: OrderView) -> Answer:
    try:
        return answer_again(wish, stored_sha256=sha256, order=order)
    except Refusal as refusal:
        return refusal


def _fit(
    batch: _Batch,
    index: int,
    candidate: _Candidate,
    purses: dict[UUID, tuple[Decimal, Decimal, bool]],
    taken: _Taken,
) -> PlacedOrder | None:
    wish, context, admission = candidate
    account_id = candidate.account_id
    nothing = (Decimal(0), Decimal(0), False)
    balance, held, is_open = nothing if account_id is None else purses.get(account_id, nothing)
    if account_id is None or not is_open or balance - held < admission.hold_amount:
        taken.short[index] = (candidate, balance, held)
        return None
    purses[account_id] = (balance, held + admission.hold_amount, True)
    order = order_view_of_placing(new_id(), wish.terms, context, admission, batch.at)
    taken.orders[wish.terms.profile_id, wish.terms.client_order_id] = (wish.request_sha256, order)
    taken.unopened |= candidate.unopened
    taken.rows.append(_row(len(taken.rows), order.id, candidate))
    return PlacedOrder(order=order, is_replay=False)


def _explain_short(taken: _Taken) -> dict[int, Refusal]:
    if not taken.short:
        return {}
    leaving = list_held_by_withdrawals(profile_ids={each.holder[0] for each, *_ in taken.short.values()})
    refused = {}
    for index, (candidate, balance, held) in taken.short.items():
        context, is_base = candidate.context, candidate.admission.is_base_hold
        refused[index] = shortfall(
            profile_id=candidate.wish.terms.profile_id,
            code=context.base_code if is_base else context.quote_code,
            scale=context.base_scale if is_base else context.quote_scale,
            needed=candidate.admission.hold_amount,
            purse=Purse(balance, held, leaving.get(candidate.holder, Decimal(0))),
        )
    return refused


def _row(place: int, order_id: UUID, candidate: _Candidate) -> dict[str, Any]:
    terms, context, admission = candidate.wish.terms, candidate.context, candidate.admission
    return {
        "place": place,
        "id": order_id,
        "profile": terms.profile_id,
        "market": context.market_id,
        "client_order_id": terms.client_order_id,
        "sha256": candidate.wish.request_sha256,
        "side": terms.side,
        "type": terms.type,
        "time_in_force": terms.time_in_force,
        "amount": terms.base_amount,
        "quote_amount": terms.quote_amount,
        "limit_price": terms.limit_price,
        "stop_price": terms.stop_price,
        "protection_price": admission.protection_price,
        "display_amount": terms.display_amount,
        "expires_at": terms.expires_at,
        "stp": terms.self_trade_prevention,
        "stp_group": context.self_trade_group,
        "fee_tier": context.fee_tier_id,
        "maker_rate": context.maker_rate,
        "taker_rate": context.taker_rate,
        "fee_scale": context.fee_scale,
        "remaining": terms.base_amount or Decimal(0),
        "account": candidate.account_id,
        "hold_asset": candidate.holder[1],
        "hold": admission.hold_amount,
        "metadata": dict(terms.metadata),
    }


def _store(batch: _Batch, rows: list[dict[str, Any]]) -> int:
    """Store the orders; answers how many were still let in."""
    values: dict[str, Any] = {"items": json.dumps(rows, default=str), "credential": batch.credential_id, "at": batch.at}
    with prepared_cursor() as cursor:
        cursor.execute(PLACE, values)
        found = cursor.fetchone()
    return int(found[0]) if found else 0
