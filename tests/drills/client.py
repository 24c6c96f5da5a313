"""A client that trades while the house is being killed, and believes only its own file."""

import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from config.demo.sheet import ClientSheet
from tests.drills.oracle import Oracle

TIMEOUT_S = 5.0
PAUSE_S = 0.02


class DrillClient(threading.Thread):
    """Sends limit orders around one price, each once; an answer that does not come leaves the order unknown."""

    def __init__(self, base_url: str, sheet: ClientSheet, path: Path, seed: int) -> None:
        super().__init__(name=sheet.reference, daemon=True)
        self.address, self.sheet, self.path = urlsplit(base_url), sheet, path
        self.oracle = Oracle(path)
        self.rng = random.Random(seed)
        self.stopping = threading.Event()
        self.statuses: Counter[int] = Counter()
        self.last_done = 0.0
        self.line: http.client.HTTPConnection | None = None
        self.token = ""

    def run(self) -> None:
        for number in itertools.count(1):
            if self.stopping.wait(PAUSE_S):
                return
            self._trade(f"drill-{self.sheet.reference}-{number}")

    def _trade(self, client_order_id: str) -> None:
        is_buy = self.rng.random() < 0.5
        body = {
            "profile_id": self.sheet.profile_id,
            "market": "BTC-USD",
            "client_order_id": client_order_id,
            "side": "BUY" if is_buy else "SELL",
            "type": "LIMIT",
            "base_amount": f"0.{self.rng.randrange(1, 50):04d}",
            "limit_price": f"{60_000 + self.rng.randrange(-20, 21) * 0.5:.2f}",
        }
        if not self.has_token():
            return
        self.oracle.will_send(client_order_id, body)
        self.send(client_order_id, body)

    def send(self, client_order_id: str, body: dict[str, str]) -> bool:
        """Send once and write down what was answered; whether something was."""
        answer = self._post("/v1/orders", json.dumps(body).encode(), "application/json")
        if answer is None:
            return False
        status, said = answer
        self.statuses[status] += 1
        if status in (200, 201):
            self.last_done = time.monotonic()
            self.oracle.was_acknowledged(client_order_id, said["id"])
        elif status in (400, 409, 422):
            self.oracle.was_refused(client_order_id, said["code"])
        elif status == 401:
            self.token = ""
        return status in (200, 201, 400, 409, 422)

    def has_token(self) -> bool:
        if not self.token:
            form = {"grant_type": "client_credentials", "client_id": self.sheet.client_id}
            form["client_secret"] = self.sheet.client_secret
            answer = self._post("/v1/oauth/token", urlencode(form).encode(), "application/x-www-form-urlencoded")
            if answer is None or answer[0] != 200:
                return False
            self.token = answer[1]["access_token"]
        return True

    def _post(self, path: str, body: bytes, kind: str) -> tuple[int, dict[str, str]] | None:
        try:
            if self.line is None:
                self.line = http.client.HTTPConnection(
                    self.address.hostname or "", self.address.port, timeout=TIMEOUT_S
                )
            headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
            self.line.request("POST", path, body, headers)
            answer = self.line.getresponse()
            text = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, json.loads(text) if is_json else {}
        except (OSError, http.client.HTTPException):
            if self.line is not None:
                self.line.close()
            self.line = None
            return None
