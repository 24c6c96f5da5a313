"""Take the withdrawals on: have them screened, sent, and asked about. Each in transactions of its own; bounded a sweep."""

from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet

from core.domain.refusals import Refusal
from settlement.gateways.payout import GatewayMissing
from settlement.gateways.screening import Screener, Subject
from settlement.models import Withdrawal
from settlement.operations.apply_rail_changes import apply_rail_changes
from settlement.operations.decide_withdrawal import Screened, record_screening
from settlement.operations.name_beneficiary import name_beneficiary
from settlement.operations.send_withdrawal import Gateways, ask_withdrawal, send_withdrawal
from settlement.queries.sending import open_rails

log = structlog.get_logger(__name__)
MOST = 100
# A sweep begins nothing after this long: a task may run for 20 s before it is told to end.
MOST_TIME = timedelta(seconds=15)


def sweep_withdrawals(*, gateways: Gateways, screener: Screener, at: datetime) -> int:
    """Bring rails' terms in force, screen what is new, send what is approved, ask about what is out.

    Answers how many were taken on. ``at`` is when it begins; each is taken on at its own moment, so that none is sent past a
    cut-off and none is said to have been handed over earlier than it was.

    One that cannot be taken on now keeps no other back: it is logged, and taken on by a later sweep.
    """
    begun = monotonic()

    def moment() -> datetime:
        return at + timedelta(seconds=monotonic() - begun)

    apply_rail_changes(at=at)
    done = sum(_screen(each, screener, moment()) for each in _to_screen() if moment() < at + MOST_TIME)
    for step, found in ((send_withdrawal, _to_send), (ask_withdrawal, _to_ask)):
        for withdrawal_id in _ids(found(moment())):
            if moment() >= at + MOST_TIME:
                return done
            try:
                step(withdrawal_id=withdrawal_id, gateways=gateways, at=moment())
            except (OSError, GatewayMissing, Refusal) as error:
                log.warning("a withdrawal was not taken on", withdrawal=str(withdrawal_id), error=str(error))
            except Exception:
                log.exception("a withdrawal could not be taken on", withdrawal=str(withdrawal_id))
            else:
                done += 1
    return done


def _to_screen() -> list[Withdrawal]:
    waiting = Withdrawal.objects.filter(status="IN_REVIEW", screening="PENDING").select_related("destination", "rail")
    return list(waiting.order_by("id")[:MOST])


def _to_send(at: datetime) -> "QuerySet[Withdrawal]":
    """What is approved and may leave now: its rail is on, and neither past its cut-off nor on one of its holidays."""
    approved = Withdrawal.objects.filter(status="APPROVED", outcome_unknown=False, rail__in=open_rails(at=at))
    return approved.exclude(profile__denied_actions__contains=["WITHDRAW"])


def _to_ask(at: datetime) -> "QuerySet[Withdrawal]":
    """What nobody knows of, once a call that may still run is surely over; what is out; and what may still come back."""
    over = at - timedelta(seconds=settings.PAYOUT_ASK_AFTER_SECONDS)
    rarely = at - timedelta(hours=1)
    return Withdrawal.objects.filter(
        Q(outcome_unknown=True, submitted_at__lte=over)
        | Q(status="SENT")
        | Q(
            Q(asked_at__isnull=True) | Q(asked_at__lte=rarely),
            status="COMPLETED",
            completed_at__gt=at - timedelta(days=settings.PAYOUT_RETURN_DAYS),
        )
    )


def _ids(withdrawals: "QuerySet[Withdrawal]") -> list[UUID]:
    return list(withdrawals.order_by("asked_at", "id").values_list("id", flat=True)[:MOST])


def _screen(withdrawal: Withdrawal, screener: Screener, at: datetime) -> int:
    try:
        record_screening(withdrawal_id=withdrawal.pk, screened=_look_at(withdrawal, screener), at=at)
    except (OSError, Refusal) as error:
        log.warning("a withdrawal was not screened", withdrawal=str(withdrawal.pk), error=str(error))
    except Exception:
        log.exception("a withdrawal could not be screened", withdrawal=str(withdrawal.pk))
    else:
        return 1
    return 0


def _look_at(withdrawal: Withdrawal, screener: Screener) -> Screened:
    """Whom nobody can name any more is not clear by an address alone: compliance looks."""
    destination = withdrawal.destination
    name = name_beneficiary(destination)
    if not name:
        return Screened(False, "The beneficiary's name cannot be read any more.")
    subject = Subject(
        destination.address,
        withdrawal.rail.network,
        destination.beneficiary_country,
        name,
        withdrawal.client_reference,
    )
    finding = screener.screen(subject)
    return Screened(finding.is_clear, finding.words)
