"""What the kernel does for us: a child that cannot outlive its parent."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Have the kernel send us the signal when our parent ends. Only Linux can; elsewhere nothing happens.

    A change of user clears the wish, so it is made after that, and the parent is the thread that started us.
    """
    if _LIBC is not None and _LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


def dying_with(parent_pid: int, number: int) -> Callable[[], None]:
    """A `preexec_fn` that ties the child to the parent, also when that one ends before we get here."""

    def tie() -> None:
        die_with_parent(number)
        if os.getppid() != parent_pid:
            os._exit(1)

    return tie
