"""The custodian or bank that holds what the omnibus accounts stand for: what we ask it, and who answers.

Two answer: the inbox, into which a custodian delivers its snapshot files, and the simulator. Both give bytes; whether they are a
sound snapshot is decided in ``settlement.domain.snapshots`` alone.
"""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings

from settlement.domain.snapshots import MAX_BYTES, SnapshotRefused


class Custodian(Protocol):
    """Answers with snapshots in the form ``countinghouse.snapshot/1``."""

    def fetch_snapshot(self, *, account: str, asset: str, as_of: datetime) -> bytes:
        """The newest snapshot of ``account`` in ``asset`` that is not later than ``as_of``. Raises ``SnapshotRefused``."""
        ...


class CustodianInbox:
    """A directory of files named ``ACCOUNT-ASSET-20260302T100000Z.json``: the stamp is when the snapshot was taken (UTC)."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def fetch_snapshot(self, *, account: str, asset: str, as_of: datetime) -> bytes:
        last = f"{account}-{asset}-{as_of:%Y%m%dT%H%M%SZ}.json"
        pattern = f"{account}-{asset}-{'[0-9]' * 8}T{'[0-9]' * 6}Z.json"
        found = max((path for path in self.directory.glob(pattern) if path.name <= last), default=None)
        if found is None:
            raise SnapshotRefused(
                "unavailable", f"no file {pattern.split('-[')[0]}-*.json up to {as_of:%Y-%m-%dT%H:%M:%SZ}"
            )
        with found.open("rb") as file:
            # One byte more than is allowed shows that there is more.
            return file.read(MAX_BYTES + 1)


class NoCustodian:
    """Nobody to ask: every comparison fails and says so."""

    def fetch_snapshot(self, *, account: str, asset: str, as_of: datetime) -> bytes:
        raise SnapshotRefused("unavailable", "COUNTINGHOUSE_CUSTODIAN_INBOX names no directory")


def custodian() -> Custodian:
    """The inbox where COUNTINGHOUSE_CUSTODIAN_INBOX names a directory; without one the simulator, in production nobody."""
    if settings.CUSTODIAN_INBOX:
        return CustodianInbox(Path(settings.CUSTODIAN_INBOX))
    if settings.IS_PRODUCTION:
        return NoCustodian()
    from settlement.gateways.custodian_simulator import CustodianSimulator

    return CustodianSimulator(Path(settings.STATE_DIR) / "custodian.json")
