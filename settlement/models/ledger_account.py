"""Where value is."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Profile
from core.fields import amount_field, signed_within, within
from core.ids import new_id
from settlement.models.asset import Asset


class LedgerAccount(models.Model):
    """An account of one asset: a client profile's, or the firm's.

    A balance is what came in minus what went out. It is >= 0 for what the firm owes or owns; an OMNIBUS account is <= 0: minus
    what the bank or custodian holds for us. Per asset all balances sum to zero. ``held`` is the reserved part of a balance;
    available = balance - held and is never stored.
    """

    class Kind(models.TextChoices):
        CLIENT = "CLIENT"
        OMNIBUS = "OMNIBUS"
        FEES = "FEES"
        CLEARING = "CLEARING"
        SUSPENSE = "SUSPENSE"
        HOUSE = "HOUSE"
        ROUNDING = "ROUNDING"

    class Status(models.TextChoices):
        OPEN = "OPEN"
        CLOSED = "CLOSED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="ledger_accounts")
    profile = models.ForeignKey(Profile, null=True, on_delete=models.PROTECT, related_name="ledger_accounts")
    label = models.CharField(max_length=64, blank=True)
    balance = amount_field(default=0)
    held = amount_field(default=0)
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="ledger_account_code_is_unique"),
            models.UniqueConstraint(
                fields=["kind", "asset", "profile", "label"],
                name="ledger_account_is_unique",
                nulls_distinct=False,
            ),
            # The target of the postings' composite keys: posting_stays_in_one_asset.
            models.UniqueConstraint(fields=["id", "asset"], name="ledger_account_has_one_asset"),
            models.CheckConstraint(
                name="client_account_is_covered",
                condition=~Q(kind__in=["CLIENT", "HOUSE"]) | Q(held__gte=0, balance__gte=F("held")),
            ),
            models.CheckConstraint(name="omnibus_is_never_overdrawn", condition=~Q(kind="OMNIBUS") | Q(balance__lte=0)),
            models.CheckConstraint(
                name="only_covered_accounts_hold", condition=Q(kind__in=["CLIENT", "HOUSE"]) | Q(held=0)
            ),
            models.CheckConstraint(
                name="client_account_has_profile",
                condition=Q(kind="CLIENT", profile__isnull=False) | (~Q(kind="CLIENT") & Q(profile__isnull=True)),
            ),
            # A kind that nobody knows would escape the rules of the kinds.
            models.CheckConstraint(
                name="ledger_account_kind_is_known",
                condition=Q(kind__in=["CLIENT", "OMNIBUS", "FEES", "CLEARING", "SUSPENSE", "HOUSE", "ROUNDING"]),
            ),
            models.CheckConstraint(name="ledger_account_status_is_known", condition=Q(status__in=["OPEN", "CLOSED"])),
            models.CheckConstraint(name="ledger_balance_is_finite", condition=signed_within("balance")),
            models.CheckConstraint(name="ledger_hold_is_finite", condition=within("held")),
        ]

    def __str__(self) -> str:
        return self.code
