"""The manifest: what a run made, signed, naming the manifest before it in its series.

`report` holds everything that a second run repeats to the byte; `run` who asked for it, and when it was
made. The signature is Ed25519 over the canonical JSON of the body, the key's id among it.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from core.domain.canonical import canonical_json

FORM = "countinghouse-report-manifest-1"


class ManifestInvalid(ValueError):
    """These bytes are not a manifest as this house writes it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as read from its bytes. `signature` is lower hex of 64 bytes."""

    body: dict[str, Any]
    signature: str

    @property
    def key_id(self) -> str:
        """Which key it says it was signed with."""
        return str(self.body["key_id"])

    @property
    def signed(self) -> bytes:
        """The bytes that the signature is over."""
        return canonical_json(self.body)


def manifest_body(*, key_id: str, report: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """The body that is signed."""
    return {"form": FORM, "key_id": key_id, "report": report, "run": run}


def manifest_bytes(body: dict[str, Any], signature: bytes) -> bytes:
    """The file: the body and its signature, canonical, ended by a line feed."""
    return canonical_json({"body": body, "signature": signature.hex()}) + b"\n"


def read_manifest(data: bytes) -> Manifest:
    """The manifest in `data`. Refuses bytes that are not exactly what `manifest_bytes` writes with
    `ManifestInvalid`.
    """
    try:
        value = json.loads(data)
        body, signature = value["body"], value["signature"]
        if body["form"] != FORM or manifest_bytes(body, bytes.fromhex(signature)) != data:
            raise ManifestInvalid("not in the form of this house")
        return Manifest(body, signature)
    except ManifestInvalid:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise ManifestInvalid(str(error)) from error


def report_sha256(report: dict[str, Any]) -> str:
    """The hash of the part that a second run repeats."""
    return hashlib.sha256(canonical_json(report)).hexdigest()
