"""That an entry was taken back, and by which."""

from django.db import models

from core.ids import new_id
from settlement.models.entry import Entry


class EntryReversal(models.Model):
    """``entry`` was mirrored by ``reversal``: once, whatever the months of the two. Written by the database itself with the
    mirroring entry (``reversal_is_noted``, a trigger on entries); append-only.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    reversal = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry"], name="entry_is_reversed_once")]
