"""A passkey in software for tests, which does as it is told: with or without asking who is there, and counting or not."""

import json
import secrets
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpResponse
from django.test import Client
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import StaffUser

HOST = "testserver"
FLAG = AuthenticatorData.FLAG


class SoftKey:
    """One key of one person, enrolled here as it is made. ``count`` is what its signature counter shows next."""

    def __init__(self, person: StaffUser, *, count: int = 0) -> None:
        self.person, self.count = person, count
        self.id = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())
        WebAuthn.add(person, "Soft key", self.made(b"\0" * 32))

    @property
    def row(self) -> Authenticator:
        """Where the house keeps it."""
        return Authenticator.objects.get(user=self.person, type=Authenticator.Type.WEBAUTHN)

    def made(self, challenge: bytes | str) -> dict[str, Any]:
        """What a browser says when the key is made."""
        cose = ES256.from_cryptography_key(self._key.public_key())
        data = AttestedCredentialData.create(Aaguid.NONE, self.id, cose)
        told = self._told(FLAG.UP | FLAG.UV | FLAG.AT, data)
        return self._wrap(
            {
                "clientDataJSON": websafe_encode(self._client("webauthn.create", challenge)),
                "attestationObject": websafe_encode(AttestationObject.create("none", told, {})),
            }
        )

    def answer(self, challenge: str, *, is_verified: bool = True, count: int | None = None) -> str:
        """What a browser says when the key is used; ``is_verified``: the key asked for PIN or fingerprint."""
        self.count = self.count if count is None else count
        told = self._told(FLAG.UP | FLAG.UV if is_verified else FLAG.UP)
        client = self._client("webauthn.get", challenge)
        return json.dumps(
            self._wrap(
                {
                    "clientDataJSON": websafe_encode(client),
                    "authenticatorData": websafe_encode(told),
                    "signature": websafe_encode(self._key.sign(told + client.hash, ec.ECDSA(hashes.SHA256()))),
                    "userHandle": websafe_encode(user_pk_to_url_str(self.person).encode()),
                }
            )
        )

    def _told(self, flags: Any, data: bytes = b"") -> AuthenticatorData:
        return AuthenticatorData.create(sha256(HOST.encode()), flags, self.count, data)

    def _client(self, kind: str, challenge: bytes | str) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, f"https://{HOST}")

    def _wrap(self, said: dict[str, Any]) -> dict[str, Any]:
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}, "response": said}


def challenge(client: Client, address: str) -> str:
    """The challenge that the house gives at ``address``."""
    answer = client.post(address)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["publicKey"]["challenge"])


def sign_in_by(client: Client, key: SoftKey, address: str = "/ops/passkeys/ask?anybody=1", **how: Any) -> HttpResponse:
    """Ask at ``address`` and sign in by the passkey alone."""
    return client.post("/ops/sign-in", {"credential": key.answer(challenge(client, address), **how)})
