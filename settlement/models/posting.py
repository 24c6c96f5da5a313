"""One amount, from here to there."""

from django.db import models
from django.db.models import F, Q

from core.fields import amount_field, within
from core.schema import Partitioning, next_value_of
from settlement.models.asset import Asset
from settlement.models.entry import Entry
from settlement.models.ledger_account import LedgerAccount


class Posting(models.Model):
    """Moves ``amount`` of one asset from ``source`` (debit) to ``destination`` (credit): it cannot be unbalanced. Append-only.

    Both accounts are in the posting's asset (``posting_source_is_in_its_asset``, ``posting_destination_is_in_its_asset``) and
    its entry exists (``posting_has_its_entry``): triggers, which look once for all rows of a statement.
    """

    partitioning = Partitioning(by="NUMBER")
    is_append_only = True

    id = models.BigIntegerField(primary_key=True, db_default=next_value_of("settlement_posting_id_seq"))
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings", db_constraint=False)
    source = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        related_name="postings_out",
        db_constraint=False,
        db_index=False,
    )
    destination = models.ForeignKey(
        LedgerAccount,
        on_delete=models.PROTECT,
        related_name="postings_in",
        db_constraint=False,
        db_index=False,
    )
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    amount = amount_field()

    class Meta:
        constraints = [
            models.CheckConstraint(name="posting_moves_something", condition=Q(amount__gt=0) & within("amount")),
            models.CheckConstraint(name="posting_goes_elsewhere", condition=~Q(source=F("destination"))),
        ]
        indexes = [
            models.Index(fields=["source", "id"], name="posting_of_source"),
            models.Index(fields=["destination", "id"], name="posting_of_destination"),
        ]
