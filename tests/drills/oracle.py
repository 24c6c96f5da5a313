"""What a client knows: each order it sent and each answer it saw, in a file that it fsyncs itself after every line."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Knowledge:
    """The file's lines, put together: bodies by client id; the order's id where it was acknowledged; the code where refused."""

    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    acknowledged: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def unknown(self) -> list[str]:
        """Sent, and nobody ever said what became of them."""
        return [key for key in self.sent if key not in self.acknowledged and key not in self.refused]


class Oracle:
    """Appends; ``read`` reads the file again, for only what is in it counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def will_send(self, client_order_id: str, body: dict[str, str]) -> None:
        self._write({"sent": client_order_id, "body": body})

    def was_acknowledged(self, client_order_id: str, order_id: str) -> None:
        self._write({"acknowledged": client_order_id, "order_id": order_id})

    def was_refused(self, client_order_id: str, code: str) -> None:
        self._write({"refused": client_order_id, "code": code})

    def close(self) -> None:
        os.close(self._fd)

    def _write(self, said: dict[str, object]) -> None:
        os.write(self._fd, json.dumps(said).encode() + b"\n")
        os.fsync(self._fd)


def read(paths: list[Path]) -> Knowledge:
    """All that the clients of a drill know."""
    knowledge = Knowledge()
    for line in (line for path in paths for line in path.read_text().splitlines()):
        said = json.loads(line)
        if "sent" in said:
            knowledge.sent[said["sent"]] = said["body"]
        elif "acknowledged" in said:
            knowledge.acknowledged[said["acknowledged"]] = said["order_id"]
        else:
            knowledge.refused[said["refused"]] = said["code"]
    return knowledge


def faults(knowledge: Knowledge, stored: list[tuple[str, str]]) -> list[str]:
    """What does not fit between the clients' knowledge and the ``stored`` orders (client id, order id): lost, doubled, invented.

    An acknowledged order exists exactly once and under the id that was answered; an unknown one at most once; a refused one not.
    """
    ids: dict[str, list[str]] = {}
    for client_order_id, order_id in stored:
        ids.setdefault(client_order_id, []).append(order_id)
    found = [f"doubled {key}: {each}" for key, each in ids.items() if len(each) > 1]
    found += [f"nobody sent {key}" for key in ids if key not in knowledge.sent]
    found += [f"refused and stored {key}" for key in ids if key in knowledge.refused]
    for key, order_id in knowledge.acknowledged.items():
        if key not in ids:
            found.append(f"lost {key}")
        elif order_id not in ids[key]:
            found.append(f"{key} is {ids[key]}, acknowledged was {order_id}")
    return found
