"""One client's line to the REST API: a kept connection, a token that is renewed, and patience when the house is away."""

import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from config.demo.sheet import ClientSheet

TIMEOUT_SECONDS = 10.0
# A token lives for an hour; it is renewed before it ends.
TOKEN_SECONDS = 3_000.0
# A request whose answer did not come is sent again, unchanged, until so much time has passed.
PATIENCE_SECONDS = 120.0
# A server drops a line that was silent for some seconds; ours is made anew before that.
SILENT_SECONDS = 3.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 2.0
TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and decoded body of an answer."""

    status: int
    body: Any

    @property
    def is_done(self) -> bool:
        return self.status < 300

    @property
    def code(self) -> str:
        """The code of a refusal; the status where there is none."""
        return str(self.body.get("code", self.status)) if isinstance(self.body, dict) else str(self.status)


class NoAnswer(Exception):
    """Nobody answered for so long that the request was given up, or the flow is stopping."""


class RestClient:
    """Sends one request at a time. Whatever is sent again carries the same client_order_id: the house does it once."""

    def __init__(self, base_url: str, sheet: ClientSheet, *, stop: threading.Event, counts: Counter[str]) -> None:
        self.sheet = sheet
        self._address = urlsplit(base_url)
        self._stop = stop
        self._counts = counts
        self._connection: http.client.HTTPConnection | None = None
        self._used_at = 0.0
        self._token = ""
        self._token_until = 0.0

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        return self._send("POST", path, json.dumps(body).encode())

    def delete(self, path: str) -> Answer:
        return self._send("DELETE", path, None)

    def get(self, path: str, **query: str) -> Answer:
        return self._send("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def close(self) -> None:
        """Drop the connection; the next request makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, method: str, path: str, body: bytes | None) -> Answer:
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE_SECONDS
        while True:
            answer = self._try(method, path, body)
            if answer is not None and answer.status == 401:
                self._token = ""
            elif answer is not None and answer.status not in TRY_AGAIN:
                return answer
            self._counts["sent again"] += 1
            if time.monotonic() + pause > deadline or self._stop.wait(pause):
                raise NoAnswer(path)
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)

    def _try(self, method: str, path: str, body: bytes | None) -> Answer | None:
        """One attempt; none when nothing came back."""
        try:
            headers = {"Authorization": f"Bearer {self._bearer()}", "Content-Type": "application/json"}
            return self._exchange(method, path, body, headers)
        except (OSError, http.client.HTTPException, _NoToken):
            # The connection is of no more use; whether the request was done is the repetition's to find out.
            self.close()
            return None

    def _bearer(self) -> str:
        if not self._token or time.monotonic() > self._token_until:
            form = urlencode(
                {
                    "grant_type": "client_credentials",
                    "client_id": self.sheet.client_id,
                    "client_secret": self.sheet.client_secret,
                }
            )
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = self._exchange("POST", "/v1/oauth/token", form.encode(), headers)
            if answer.status in (400, 401, 403):
                raise PermissionError(f"{self.sheet.name}: the credential is refused ({answer.status})")
            if not answer.is_done:
                raise _NoToken
            self._token = str(answer.body["access_token"])
            self._token_until = time.monotonic() + TOKEN_SECONDS
        return self._token

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if time.monotonic() - self._used_at > SILENT_SECONDS:
            self.close()
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._address.scheme == "https" else http.client.HTTPConnection
            self._connection = kind(self._address.hostname or "", self._address.port, timeout=TIMEOUT_SECONDS)
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        self._used_at = time.monotonic()
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Answer(answer.status, json.loads(text) if is_json and text else None)


class _NoToken(Exception):
    """The house is there and gives no token just now."""
