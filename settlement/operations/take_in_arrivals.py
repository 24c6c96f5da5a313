"""Read a feed of arrivals on from where the books are."""

from datetime import datetime
from decimal import Decimal

import structlog
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction

from core.domain.decimals import plain_text
from core.domain.refusals import Refusal
from core.failpoints import failpoint
from core.operations.record_audit import SYSTEM, record_audit
from settlement.gateways.arrivals import Arrival, ArrivalGateway, ArrivalStatus, Notice, storable
from settlement.gateways.screening import Screener, Subject
from settlement.gateways.screening import screener as installed_screener
from settlement.models import ArrivalCursor, ArrivalRefusal, Deposit
from settlement.operations.receive_deposit import UNSCREENED, Screening, receive_deposit

log = structlog.get_logger(__name__)
MOST = 100
OBJECT_TYPE = "settlement.arrival"
# What a notice does that is none: it says what no type, no number and no column is. A gateway or a database that is away is not
# among them: that is asked again.
UNBOOKABLE = (DataError, IntegrityError, ValidationError, ArithmeticError, ValueError, TypeError, AttributeError)


def take_in_arrivals(*, gateway: ArrivalGateway, at: datetime, screener: Screener | None = None) -> int:
    """Take in what ``gateway`` has to tell since the last notice in the books, at most ``MOST``; answers how many notices.

    Each notice is one transaction of its own with the move of the cursor: whatever ends the process, nothing is lost and nothing
    is booked twice. A notice that cannot be booked is written down as refused, whatever is wrong with it, and the next one read.
    Raises ``OSError`` where the gateway does not answer. Where only the vault's keys are away, it stops there and reads on later.
    """
    cursor, _ = ArrivalCursor.objects.get_or_create(feed=gateway.feed)
    taken = 0
    for notice in gateway.list_notices(after=cursor.position, limit=MOST):
        screening = _screen(notice, screener or installed_screener())
        failpoint("deposit.screening.after_call")
        try:
            taken += _take(gateway.feed, notice, screening, at)
        except Refusal as refusal:
            log.warning("a feed is read on later", feed=gateway.feed, position=notice.position, code=refusal.code)
            return taken
        failpoint("deposit.arrival.after_commit")
    return taken


def _take(feed: str, notice: Notice, screening: Screening, at: datetime) -> int:
    with transaction.atomic(durable=True):
        cursor = ArrivalCursor.objects.select_for_update(no_key=True).get(feed=feed)
        if notice.position <= cursor.position:
            return 0
        try:
            with transaction.atomic():
                receive_deposit(arrival=storable(notice.arrival), at=at, screening=screening)
        except Refusal as refusal:
            if refusal.status >= 500:
                raise
            _refuse(feed, notice, refusal, at)
        except UNBOOKABLE as error:
            log.exception("a notice is none", feed=feed, position=notice.position)
            _refuse(feed, notice, Refusal("NOTICE_INVALID", f"It cannot be booked: {type(error).__name__}."), at)
        cursor.position = notice.position
        cursor.updated_at = at
        cursor.save(update_fields=["position", "updated_at"])
        failpoint("deposit.arrival.before_commit")
    return 1


def _refuse(feed: str, notice: Notice, refusal: Refusal, at: datetime) -> None:
    arrival = notice.arrival
    deposit_id = (refusal.meta or {}).get("deposit_id")
    refused = ArrivalRefusal.objects.create(
        feed=feed,
        position=notice.position,
        reference=_printable(arrival.reference, 64),
        rail_code=_printable(arrival.rail_code, 40),
        amount=_amount_text(arrival.amount),
        code=refusal.code,
        detail=_printable(refusal.detail or "", 300),
        deposit_id=deposit_id,
        refused_at=at,
    )
    record_audit(
        actor=SYSTEM,
        action=f"{OBJECT_TYPE}.refuse",
        object_type=OBJECT_TYPE,
        object_id=refused.pk,
        at=at,
        changes=[
            {"field": "reference", "before": None, "after": refused.reference},
            {"field": "amount", "before": None, "after": f"{refused.amount} {refused.rail_code}"},
            {"field": "code", "before": None, "after": refused.code},
        ],
        reason=refused.detail,
    )
    log.error("an arrival was refused", feed=feed, position=notice.position, code=refusal.code)


def _printable(text: str, longest: int) -> str:
    """What the column can keep of what somebody outside wrote."""
    return "".join(character if character.isprintable() else "?" for character in str(text))[:longest]


def _amount_text(amount: Decimal) -> str:
    """The amount as people write it, or as it came where it is none that they could."""
    try:
        return plain_text(amount)[:64]
    except (ArithmeticError, ValueError, AttributeError):
        return _printable(str(amount), 64)


def _screen(notice: Notice, screener: Screener) -> Screening:
    """Ask about the sender of what is final and not in the books yet."""
    try:
        arrival = storable(notice.arrival)
        if arrival.status != ArrivalStatus.FINAL or _is_looked_at(arrival):
            return UNSCREENED
        sender = arrival.sender
        name = sender.details.get("full_name", "")
        finding = screener.screen(Subject(sender.account, arrival.network, "", name, arrival.reference))
    except (OSError, *UNBOOKABLE) as error:
        log.warning("a deposit was not screened", position=notice.position, error=type(error).__name__)
        return UNSCREENED
    return Screening("CLEAR" if finding.is_clear else "HIT", finding.words)


def _is_looked_at(arrival: Arrival) -> bool:
    known = Deposit.objects.filter(
        rail__asset__code=arrival.asset, rail__network=arrival.network, outside_reference=arrival.reference
    )
    # What was entered by hand is looked at once its feed tells who sent it.
    return known.filter(final_at__isnull=False).exclude(source="OPERATOR", confirmed_at__isnull=True).exists()
