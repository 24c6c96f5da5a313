"""Signed requests, made by the very example that docs/api.md gives to clients."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.http import HttpResponse

from tests.people import Api

DOCS = Path(__file__).resolve().parents[3] / "docs" / "api.md"
HOST = "http://testserver"


def _example() -> Callable[..., dict[str, str]]:
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (code,) = [block for block in blocks if "def signed_headers" in block]
    names: dict[str, Any] = {}
    exec(compile(code, str(DOCS), "exec"), names)
    function: Callable[..., dict[str, str]] = names["signed_headers"]
    return function


signed_headers = _example()


def a_key_pair() -> tuple[Ed25519PrivateKey, str]:
    """A private key, and its public one as the API takes it."""
    key = Ed25519PrivateKey.generate()
    return key, base64.b64encode(key.public_key().public_bytes_raw()).decode()


def meta(headers: dict[str, str]) -> dict[str, str]:
    """Headers as Django's test client takes them."""
    return {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()}


class Signer:
    """One credential with its private key, and the API as it sees it."""

    def __init__(self, api: Api, key: Ed25519PrivateKey, client_id: str) -> None:
        self.api, self.key, self.client_id = api, key, client_id

    def headers(self, method: str, path: str, body: bytes = b"", **more: Any) -> dict[str, str]:
        return signed_headers(self.key, self.client_id, method, f"{HOST}/v1{path}", body, **more)

    def send(self, method: str, path: str, body: bytes = b"", **more: Any) -> HttpResponse:
        return self.api.request(method, path, body or None, **meta(self.headers(method, path, body, **more)))

    def post(self, path: str, value: Any, **more: Any) -> HttpResponse:
        return self.send("POST", path, json.dumps(value).encode(), **more)
