"""What the books of the demo have beside trades: a transfer that went, one that waits, and a journal that waits."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import Profile, StaffUser
from core.operations.record_audit import Actor
from settlement.models import InternalTransfer, LedgerAccount, ManualJournal
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.start_transfers import TransferWish, start_transfers
from settlement.operations.submit_journal import submit_journal

OPERATOR = "ops@countinghouse.example"
ASSET = "USD"


def leave_books(*, at: datetime) -> int:
    """Make what is not there; answers how many were new."""
    accounts = LedgerAccount.objects.filter(
        kind="CLIENT", asset__code=ASSET, balance__gte=10_000, profile__status="OPEN"
    )
    source = accounts.select_related("profile").order_by("id").first()
    if source is None or source.profile is None:
        return 0
    operator = Actor("PERSON", StaffUser.objects.get(email=OPERATOR).pk)
    destination = Profile.objects.filter(status="OPEN", denied_actions=[], reviewed_actions=[]).exclude(
        entity_id=source.profile.entity_id
    )
    return _transfers(source.profile, destination.order_by("id").first(), operator, at) + _journal(source, operator, at)


def _transfers(source: Profile, destination: Profile | None, operator: Actor, at: datetime) -> int:
    if destination is None or InternalTransfer.objects.filter(client_reference__startswith="demo-").exists():
        return 0
    for number, amount in enumerate(("250.00", "5000.00"), start=1):
        wish = TransferWish(
            source.pk, destination.pk, ASSET, Decimal(amount), f"demo-{number}", "Settled between them."
        )
        with transaction.atomic():
            start_transfers(wishes=[wish], actor=operator, at=at)
    return 2


def _journal(account: LedgerAccount, operator: Actor, at: datetime) -> int:
    omnibus = LedgerAccount.objects.filter(kind="OMNIBUS", asset_id=account.asset_id).order_by("id").first()
    if omnibus is None or ManualJournal.objects.exists():
        return 0
    terms = JournalTerms(
        "BANK_CHARGE", "Wire charge that the client bears.", [LineTerms(account.pk, omnibus.pk, Decimal("12.00"))]
    )
    with transaction.atomic():
        journal = draft_journal(terms=terms, actor=operator, at=at)
        submit_journal(journal_id=journal.pk, actor=operator, at=at)
    return 1
