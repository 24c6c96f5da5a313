"""Who looks whether value may go to an address: what we ask, and a simulator."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: where it goes, and for whom, a person's name out of the vault as well."""

    address: str
    network: str
    country: str
    beneficiary: str
    client_reference: str


@dataclass(frozen=True, slots=True)
class Finding:
    """CLEAR, or a hit in the screener's words."""

    is_clear: bool
    words: str = ""


class Screener(Protocol):
    """Raises ``OSError`` where it does not answer: then nothing is decided."""

    def screen(self, subject: Subject) -> Finding: ...


class NoScreener:
    """Nobody to ask: nothing is ever clear by itself."""

    def screen(self, subject: Subject) -> Finding:
        raise ConnectionError("no screening is installed")


class ScreeningSimulator:
    """Hits on the addresses that its file lists, and on a client's reference that begins with ``sbx:hit:``."""

    def __init__(self, state: Path) -> None:
        self.state = state

    def list_address(self, address: str) -> None:
        """From now on this address is a hit."""
        self.state.parent.mkdir(parents=True, exist_ok=True)
        self.state.write_text(json.dumps(sorted({*self._listed(), address})))

    def screen(self, subject: Subject) -> Finding:
        """CLEAR unless it is listed."""
        if subject.address in self._listed() or subject.client_reference.startswith("sbx:hit:"):
            return Finding(False, f"{subject.address} is on the simulator's list.")
        return Finding(True)

    def _listed(self) -> list[str]:
        return list(json.loads(self.state.read_text())) if self.state.exists() else []


def screener() -> Screener:
    """The simulator; in production nobody yet, so that compliance decides each by hand once it has screened elsewhere."""
    if settings.IS_PRODUCTION:
        return NoScreener()
    return ScreeningSimulator(Path(settings.STATE_DIR) / "screening.json")
