"""SignInPace: how fast somebody tries to sign in."""

from django.db import models


class SignInPace(models.Model):
    """One subject of the limit: an e-mail address or a network address, by its hash.

    ``free_at`` moves ahead by one interval with each try; while it is further ahead than the burst allows, a
    try is refused and moves nothing.
    """

    is_queue = True

    subject_sha256 = models.CharField(primary_key=True, max_length=64)
    free_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.subject_sha256[:8]
