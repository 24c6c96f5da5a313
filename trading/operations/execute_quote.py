"""Execute a quote, once: the value moves between the client and the house in the transaction that says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.domain.permissions import Action
from accounts.queries.permissions import check_permission
from core.domain.chain import instant_text
from core.domain.decimals import format_scaled
from core.domain.refusals import NotFound, Refusal
from core.failpoints import failpoint
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.models import Asset, Entry, LedgerAccount
from settlement.operations.book_transfers import refuse_suspended
from settlement.operations.lock_accounts import lock_accounts
from settlement.operations.open_client_account import open_client_account
from settlement.operations.post_entry import Move, post_entry
from trading.domain.phase import OPEN
from trading.domain.quoting import is_beyond_band
from trading.models import Quote, QuoteExecution
from trading.operations.note_quote import EXECUTION_TYPE, note_quote, tell_execution
from trading.operations.request_quote import IN_FLIGHT, not_fillable
from trading.queries.house_position import house_accounts
from trading.queries.kill_switches import refuse_kept_out
from trading.queries.quoting import terms_in_force


@dataclass(frozen=True, slots=True)
class ExecutedQuote:
    """The execution, and whether it had been there before."""

    execution: QuoteExecution
    is_replay: bool


def execute_quote(
    *, quote_id: UUID, client_reference: str, entity_id: UUID, actor: Actor, at: datetime
) -> ExecutedQuote:
    """Execute a quote of one of ``entity_id``'s profiles in a durable transaction: one entry QUOTE_EXECUTION against the house.

    Idempotent by ``client_reference``, for ever: the same again answers what is stored. Refuses a quote that is not there
    (``NotFound``), one that another reference has executed (409 QUOTE_ALREADY_EXECUTED), a reference that names another
    execution (CLIENT_REFERENCE_REUSED), what is over (QUOTE_EXPIRED by its moment, QUOTE_WITHDRAWN), ACTION_NOT_PERMITTED,
    KILL_SWITCH_ENGAGED, ASSET_SUSPENDED, too little on the client's side (INSUFFICIENT_AVAILABLE) or on the house's
    (QUOTE_NOT_FILLABLE). Refused, nothing is changed.
    """
    try:
        with transaction.atomic(durable=True):
            executed = _execute(quote_id, client_reference, entity_id, actor, at)
            failpoint("quote.execute.before_commit")
    except IntegrityError as error:
        # Another quote of the profile has taken the reference between the look and the insert.
        if "quote_reference_is_unique" not in str(error):
            raise
        _refuse_reused(_get_quote(quote_id, entity_id, is_locked=False), client_reference)
        raise
    failpoint("quote.execute.after_commit")
    return executed


def _get_quote(quote_id: UUID, entity_id: UUID, *, is_locked: bool) -> Quote:
    quotes = Quote.objects.select_related("market__base", "market__quote", "profile")
    if is_locked:
        quotes = quotes.select_for_update(no_key=True, of=("self",))
    quote = quotes.filter(pk=quote_id, profile__entity_id=entity_id).first()
    if quote is None:
        raise NotFound("quote")
    return quote


def _execute(quote_id: UUID, client_reference: str, entity_id: UUID, actor: Actor, at: datetime) -> ExecutedQuote:
    quote = _get_quote(quote_id, entity_id, is_locked=True)
    stored = QuoteExecution.objects.select_related("quote__market__base", "quote__market__quote").filter(quote=quote)
    if (execution := stored.first()) is not None:
        if execution.client_reference == client_reference:
            return ExecutedQuote(execution, is_replay=True)
        raise Refusal(
            "QUOTE_ALREADY_EXECUTED",
            "The quote has been executed under another reference.",
            meta={"execution_id": str(execution.pk)},
            status=409,
        )
    _refuse_reused(quote, client_reference)
    _refuse_over(quote, at)
    check_permission(profile_id=quote.profile_id, action=Action(quote.side))
    assert actor.id is not None
    refuse_kept_out(market_id=quote.market_id, profile_id=quote.profile_id, credential_id=actor.id)
    refuse_suspended([quote.market.base, quote.market.quote])
    execution_id = new_id()
    entry_id = post_entry(
        kind=Entry.Kind.QUOTE_EXECUTION,
        source_type=EXECUTION_TYPE,
        source_id=execution_id,
        event_at=at,
        moves=_moves(quote, at),
        actor_id=actor.id,
        narrative=f"Quote {client_reference}",
    )
    execution = QuoteExecution.objects.create(
        id=execution_id,
        quote=quote,
        profile_id=quote.profile_id,
        credential_id=actor.id,
        client_reference=client_reference,
        base_amount=quote.gives_base,
        quote_amount=quote.gives_quote,
        entry_id=entry_id,
        executed_at=at,
        created_at=at,
    )
    quote.mark_closed(Quote.Status.EXECUTED, at=at)
    note_quote(quote, verb="execute", actor=actor, at=at)
    tell_execution(quote, execution)
    return ExecutedQuote(execution, is_replay=False)


def _refuse_reused(quote: Quote, client_reference: str) -> None:
    named = QuoteExecution.objects.filter(profile_id=quote.profile_id, client_reference=client_reference).first()
    if named is not None:
        raise Refusal(
            "CLIENT_REFERENCE_REUSED",
            "This reference names the execution of another quote.",
            meta={
                "execution_id": str(named.pk),
                "differences": [{"pointer": "/quote_id", "stored": str(named.quote_id), "sent": str(quote.pk)}],
            },
        )


def _refuse_over(quote: Quote, at: datetime) -> None:
    """Refuse what no longer holds at ``at``, whether or not a sweep has come by."""
    if quote.status_at(at) == Quote.Status.EXPIRED:
        raise Refusal("QUOTE_EXPIRED", "The quote has expired.", meta={"expired_at": instant_text(quote.expires_at)})
    reason = quote.withdrawn_for or withdrawn_by_market(quote)
    if reason:
        raise Refusal("QUOTE_WITHDRAWN", "The quote was withdrawn.", meta={"withdrawn_for": reason})


def withdrawn_by_market(quote: Quote) -> str:
    """What of its market has ended the quote, as the market is now: PHASE, BAND, or nothing."""
    market = quote.market
    if market.phase != OPEN:
        return Quote.Withdrawal.PHASE
    reference = market.last_price or market.reference_price
    if reference and is_beyond_band(price=quote.raw_price, reference=reference, band=market.execution_band):
        return Quote.Withdrawal.BAND
    return ""


def _moves(quote: Quote, at: datetime) -> list[Move]:
    """BUY: quote to the house, base to the client; SELL: the reverse. The accounts are locked and covered, and quotes are on."""
    market, profile_id = quote.market, quote.profile_id
    house = house_accounts([market.base_id, market.quote_id])
    if len(house) < 2:
        raise not_fillable("CAPACITY", "The house cannot keep this quote now.")
    client = {
        asset_id: open_client_account(profile_id=profile_id, asset_id=asset_id)
        for asset_id in sorted((market.base_id, market.quote_id))
    }
    locked = lock_accounts([*house.values(), *client.values()])
    now = terms_in_force(quote.market_id, at + IN_FLIGHT)
    if now is None or not now.enabled:
        # Stopped while this waited for the accounts.
        raise Refusal("QUOTE_WITHDRAWN", "The quote was withdrawn.", meta={"withdrawn_for": Quote.Withdrawal.DESK})
    base, quoted = (market.base, quote.gives_base), (market.quote, quote.gives_quote)
    (gets, got), (gives, given) = (base, quoted) if quote.side == Quote.Side.BUY else (quoted, base)
    _refuse_short(locked[client[gives.pk]], gives, given, profile_id)
    if _available(locked[house[gets.pk]]) < got:
        raise not_fillable("CAPACITY", "The house cannot keep this quote now.")
    return [
        Move(client[gives.pk], house[gives.pk], gives.pk, given),
        Move(house[gets.pk], client[gets.pk], gets.pk, got),
    ]


def _available(account: LedgerAccount) -> Decimal:
    return account.balance - account.held


def _refuse_short(account: LedgerAccount, asset: Asset, needed: Decimal, profile_id: UUID) -> None:
    available = _available(account)
    if available < needed:
        told: Mapping[str, str] = {
            "profile_id": str(profile_id),
            "asset": asset.code,
            "available": format_scaled(available, asset.scale),
            "needed": format_scaled(needed, asset.scale),
        }
        raise Refusal(
            "INSUFFICIENT_AVAILABLE",
            f"The quote needs {told['needed']} {asset.code}; {told['available']} is available.",
            meta=dict(told),
        )
