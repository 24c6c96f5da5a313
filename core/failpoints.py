"""Named points at which a test kills the process: before and after commits, and around calls to outside parties.

A point does nothing unless the house runs in ``test`` mode and ``COUNTINGHOUSE_FAILPOINT`` names it; that variable outside of
test mode refuses to start (config/checks.py). The process ends there as by SIGKILL: nothing is flushed, nothing rolled back.
"""

import os

from django.conf import settings

VARIABLE = "COUNTINGHOUSE_FAILPOINT"
EXIT_CODE = 86
"""By which the test knows that the point was reached."""


def failpoint(name: str) -> None:
    """End the process here, if this point is armed."""
    if settings.MODE == "test" and os.environ.get(VARIABLE) == name:
        os._exit(EXIT_CODE)
