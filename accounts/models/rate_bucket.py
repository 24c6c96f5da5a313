"""RateBucket: how much of a limit is used up."""

from django.db import models
from django.db.models import Q


class RateBucket(models.Model):
    """One bucket of one credential, or of one slot of network addresses, as the instant at which it is full again.

    The table is UNLOGGED: after a crash of the database every bucket is full, and no write of it waits for a disk. Rows of
    full buckets say nothing and are swept.
    """

    is_queue = True

    # The bucket's name and whose it is: orders:0198c0de-…, public:51b2
    key = models.CharField(primary_key=True, max_length=64)
    full_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(key__regex=r"^[a-z]+:[0-9a-f-]{4,36}$"), name="bucket_names_its_owner")
        ]

    def __str__(self) -> str:
        return self.key
