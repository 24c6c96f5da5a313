"""STATE_DIR/demo.json: the sign-ins and credentials of the demo world, readable by the stack's user alone."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FILE_NAME = "demo.json"


@dataclass(frozen=True, slots=True)
class StaffSheet:
    """How a person of the demo signs in; ``totp_secret`` is what their authenticator app would know."""

    email: str
    password: str
    totp_secret: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class ClientSheet:
    """A client's key to the API, and its part in the play (MAKER, TAKER, VISITOR)."""

    client_id: str
    client_secret: str
    profile_id: str
    name: str
    role: str
    reference: str


@dataclass(frozen=True, slots=True)
class DemoSheet:
    """What the file says. ``credential`` in it is the visitor's: the one a person is given for a first order."""

    staff: list[StaffSheet] = field(default_factory=list)
    clients: list[ClientSheet] = field(default_factory=list)

    @property
    def visitor(self) -> ClientSheet | None:
        return next((client for client in self.clients if client.role == "VISITOR"), None)

    def staff_of(self, email: str) -> StaffSheet | None:
        return next((person for person in self.staff if person.email == email), None)

    def client_of(self, profile_id: str) -> ClientSheet | None:
        return next((client for client in self.clients if client.profile_id == profile_id), None)


def read_sheet(state_dir: Path) -> DemoSheet:
    """The sheet; an empty one when there is none or it cannot be read as one (it is then written anew)."""
    try:
        said = json.loads((state_dir / FILE_NAME).read_text())
        return DemoSheet(
            staff=[StaffSheet(**person) for person in said["staff"]],
            clients=[ClientSheet(**client) for client in said["clients"]],
        )
    except FileNotFoundError:
        return DemoSheet()
    except (ValueError, KeyError, TypeError):
        return DemoSheet()


def write_sheet(state_dir: Path, sheet: DemoSheet) -> None:
    """Replace the file in one step, mode 0600."""
    said: dict[str, Any] = asdict(sheet)
    visitor = sheet.visitor
    if visitor is not None:
        said["credential"] = {
            "client_id": visitor.client_id,
            "client_secret": visitor.client_secret,
            "profile_id": visitor.profile_id,
        }
    state_dir.mkdir(parents=True, exist_ok=True)
    fresh = state_dir / f"{FILE_NAME}.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(said, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(state_dir / FILE_NAME)
