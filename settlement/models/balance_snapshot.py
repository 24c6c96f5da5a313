"""What an account had when a business day ended."""

from django.db import models
from django.db.models import F, Q

from core.fields import amount_field, signed_within, within
from settlement.models.ledger_account import LedgerAccount


class BalanceSnapshot(models.Model):
    """One account at the end of one business date: ``closing`` = ``opening`` + ``credits`` - ``debits``, by the entries of that
    date. ``opening`` is the closing of the date before (``snapshot_opens_as_the_last_closed``, a trigger). Append-only.

    An account's snapshots begin with the first day that moved it and leave out no day from then on. ``held`` is what was reserved
    at the cut-off, whatever has been taken and given back until the snapshot was written.
    """

    is_append_only = True

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="snapshots", db_index=False)
    business_date = models.DateField()
    opening = amount_field()
    credits = amount_field()
    debits = amount_field()
    closing = amount_field()
    held = amount_field()
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business_date", "account"], name="snapshot_is_taken_once"),
            models.CheckConstraint(
                name="snapshot_adds_up", condition=Q(closing=F("opening") + F("credits") - F("debits"))
            ),
            models.CheckConstraint(
                name="snapshot_is_finite",
                condition=signed_within("opening")
                & within("credits")
                & within("debits")
                & signed_within("closing")
                & within("held"),
            ),
        ]
        indexes = [models.Index(fields=["account", "-business_date"], name="snapshot_of_account")]
