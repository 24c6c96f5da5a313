"""The funding queue: deposits by where they stand and why they wait, for those who work through them."""

from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from settlement.models import ArrivalRefusal, Asset, Deposit
from settlement.queries.deposits import RECALLED, list_deposits

# Not at an end yet: how many there are is worth knowing, and few enough to be counted.
OPEN_STATUSES = ("DETECTED", "UNDER_REVIEW", "RETURNING")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What the queue is narrowed to; an empty word narrows nothing.

    The reason is of those that are under review. ``is_recalled``: only what whoever held it for us says is gone.
    """

    status: str = ""
    reason: str = ""
    asset: str = ""
    source: str = ""
    text: str = ""
    is_recalled: bool = False

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the tab is chosen."""
        return bool(self.asset or self.source or self.text)


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many stand in each open status, and of those under review for each reason; ``recalled``: in the books, and their bank
    or chain says that they are gone. ``refused``: notices that could not be booked, and nobody has
    looked.
    """

    statuses: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    recalled: int = 0
    refused: int = 0


def list_queue(chosen: QueueFilter) -> "QuerySet[Deposit]":
    """The deposits of the filter; the caller orders and cuts."""
    exact = {
        "status": Deposit.Status.UNDER_REVIEW if chosen.reason else chosen.status,
        "review_reason": chosen.reason,
        "omnibus__asset__code": chosen.asset,
        "source": chosen.source,
    }
    rows = list_deposits(text=chosen.text)
    rows = rows.filter(RECALLED) if chosen.is_recalled else rows
    return rows.filter(**{name: word for name, word in exact.items() if word})


def count_queue() -> QueueCounts:
    """Of everything that is open, whatever the filter: one statement, one for what was recalled and one for notices that
    could not be booked."""
    statuses: dict[str, int] = {}
    reasons: dict[str, int] = {}
    rows = Deposit.objects.filter(status__in=OPEN_STATUSES).values_list("status", "review_reason")
    for status, reason, number in rows.annotate(number=Count("id")).order_by():
        statuses[status] = statuses.get(status, 0) + number
        if status == Deposit.Status.UNDER_REVIEW:
            reasons[reason] = number
    refused = ArrivalRefusal.objects.filter(look__isnull=True).count()
    return QueueCounts(statuses, reasons, Deposit.objects.filter(RECALLED).count(), refused)


def list_queue_assets() -> list[str]:
    """The codes that the filter offers."""
    return list(Asset.objects.order_by("code").values_list("code", flat=True))
