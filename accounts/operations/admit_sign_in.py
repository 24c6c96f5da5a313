"""Slow down guessing of passwords."""

from datetime import datetime

from accounts.operations.admit_try import PACES, admit_try

__all__ = ["PACES", "admit_sign_in"]


def admit_sign_in(*, email: str, address: str, at: datetime) -> None:
    """Count one try. Refuses it with TOO_MANY_TRIES (429) when either subject is faster than its pace.

    Tries of one e-mail address: ten at once, then one each ten seconds; of one network address sixty, then
    one each two.
    """
    admit_try(subjects={"email": email.strip().lower(), "address": address}, at=at)
