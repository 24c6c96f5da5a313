"""What a credential may do and from where: whether its terms are sound, and whether a change widens them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from accounts.domain.rate_limits import DEFAULTS, OF_A_CREDENTIAL, PaceInvalid, cancels_keep_up, parse_pace
from accounts.domain.scopes import unknown_scopes
from accounts.domain.signing import read_signing_key
from core.domain.refusals import Refusal

Network = IPv4Network | IPv6Network
MOST_NETWORKS: Final = 50
LONGEST_LABEL: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialTerms:
    """A credential's label, scopes, networks (none: from everywhere), signing key (Ed25519 in base64), end, and paces of its
    own (bucket -> ``50/100``).
    """

    label: str
    scopes: tuple[str, ...]
    allowed_cidrs: tuple[str, ...] = ()
    signing_public_key: str | None = None
    expires_at: datetime | None = None
    rate_limits: Mapping[str, str] | None = None

    def refuse_unsound(self, *, at: datetime) -> None:
        """Refuse (422) no or unknown scopes (SCOPE_UNKNOWN), no label (LABEL_MISSING), what is no network (NETWORK_INVALID)
        or key (SIGNING_KEY_INVALID), an end that has passed (EXPIRY_TOO_SOON), and paces that are none, or cancel more
        slowly than they order (LIMITS_INVALID).
        """
        unknown = unknown_scopes(self.scopes)
        if unknown or not self.scopes:
            raise Refusal("SCOPE_UNKNOWN", "A credential has scopes that exist.", meta={"scopes": unknown})
        if not 1 <= len(self.label) <= LONGEST_LABEL:
            raise Refusal("LABEL_MISSING", f"A credential has a label of 1 to {LONGEST_LABEL} characters.")
        if self.expires_at is not None and self.expires_at <= at:
            raise Refusal("EXPIRY_TOO_SOON", "A credential ends in the future.")
        read_networks(self.allowed_cidrs)
        _refuse_key(self.signing_public_key)
        _refuse_limits(self.rate_limits)

    def as_payload(self) -> dict[str, Any]:
        """The terms as they are approved: text and lists."""
        return {
            "label": self.label,
            "scopes": sorted(set(self.scopes)),
            "allowed_cidrs": [str(network) for network in read_networks(self.allowed_cidrs)],
            "signing_public_key": self.signing_public_key,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "rate_limits": dict(sorted(self.rate_limits.items())) if self.rate_limits else None,
        }


def terms_of_payload(payload: Mapping[str, Any]) -> CredentialTerms:
    """The terms that were approved."""
    ends = payload["expires_at"]
    return CredentialTerms(
        label=payload["label"],
        scopes=tuple(payload["scopes"]),
        allowed_cidrs=tuple(payload["allowed_cidrs"]),
        signing_public_key=payload["signing_public_key"],
        expires_at=datetime.fromisoformat(ends) if ends else None,
        rate_limits=payload["rate_limits"],
    )


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """The networks of IPv4 and IPv6 that ``texts`` spell, each once. A host bit beyond the prefix is a mistake, not a hint."""
    if len(texts) > MOST_NETWORKS:
        raise Refusal("NETWORK_INVALID", f"A credential has at most {MOST_NETWORKS} networks.")
    found: dict[Network, None] = {}
    for text in texts:
        try:
            found[ip_network(text)] = None
        except ValueError:
            raise Refusal(
                "NETWORK_INVALID", f"{text[:60]} is no network: write 203.0.113.0/24.", meta={"network": text[:60]}
            ) from None
    return tuple(found)


def widened_fields(before: CredentialTerms, after: CredentialTerms) -> list[str]:
    """The fields in which ``after`` allows more than ``before``: those take approval, the rest is done at once."""
    checks = {
        "scopes": bool(set(after.scopes) - set(before.scopes)),
        "allowed_cidrs": _is_wider(read_networks(before.allowed_cidrs), read_networks(after.allowed_cidrs)),
        # A key once set stays: without it, or with another, a stolen token would be enough.
        "signing_public_key": before.signing_public_key not in (None, after.signing_public_key),
        "expires_at": _ends_later(before.expires_at, after.expires_at),
        "rate_limits": (before.rate_limits or None) != (after.rate_limits or None),
    }
    return [name for name, is_wider in checks.items() if is_wider]


def _is_wider(before: Sequence[Network], after: Sequence[Network]) -> bool:
    if not before or not after:
        return bool(before)
    return not all(any(_is_part(each, whole) for whole in before) for each in after)


def _is_part(part: Network, whole: Network) -> bool:
    if isinstance(part, IPv4Network):
        return isinstance(whole, IPv4Network) and part.subnet_of(whole)
    return isinstance(whole, IPv6Network) and part.subnet_of(whole)


def _ends_later(before: datetime | None, after: datetime | None) -> bool:
    return before is not None and (after is None or after > before)


def _refuse_key(text: str | None) -> None:
    if text is None:
        return
    try:
        read_signing_key(text)
    except ValueError as error:
        raise Refusal("SIGNING_KEY_INVALID", f"The signing key is not Ed25519 in base64: {error}.") from None


def _refuse_limits(limits: Mapping[str, str] | None) -> None:
    if not limits:
        return
    try:
        paces = {name: parse_pace(text) for name, text in limits.items()}
    except PaceInvalid as error:
        raise Refusal("LIMITS_INVALID", str(error)) from None
    unknown = sorted(paces.keys() - OF_A_CREDENTIAL)
    if unknown:
        raise Refusal("LIMITS_INVALID", f"There is no bucket {unknown[0]}.")
    if len({"orders", "cancels"} & paces.keys()) == 1 or not cancels_keep_up({**DEFAULTS, **paces}):
        raise Refusal("LIMITS_INVALID", "Orders and cancels are paced together, and cancels never more slowly.")
