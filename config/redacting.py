"""The last processor before a line is written: what is secret or personal is taken out, whoever logged it.

Values go by the name they have; text, which has no names, by what secrets and addresses look like. Names of persons look like
nothing: they are kept out by not being logged, which tests/config/test_redacting.py and the dump test watch.
"""

import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

GONE: Final = "[redacted]"
_DEEPEST = 8

# Parts of names whose values are secret or personal, whatever stands around them.
_SECRET = re.compile(
    r"passw|passphrase|secret|token|authori[sz]ation|cookie|credential_key|api_?key|private_?key|signing_?key|vault_keys"
    r"|session_?key|csrf|otp|recovery_code|signature|idempotency_key|wrapped_key|plaintext"
    r"|full_?name|legal_?name|first_?name|last_?name|surname|birth|national_?id|tax_?id|e_?mail|phone|postal|passport|iban",
    re.IGNORECASE,
)
_PERSONAL_NAMES: Final = {"address", "details", "beneficiary", "sender", "dob"}
# A name of ours that has such a part and says nothing.
_HARMLESS: Final = {"token_type", "csrf_failure_reason"}

_NAMED = (
    r"[\w-]*(?:password|passwd|secret|token|authorization|cookie|api_?key|private_?key|sessionid|full_name|date_of_birth"
    r"|national_id|tax_id|phone)"
)
_Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
_IN_TEXT: Final[tuple[_Rule, ...]] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), GONE),
    # PostgreSQL tells the row that it refused.
    (re.compile(r"(Failing row contains \().*?(\)\.?)$", re.MULTILINE), rf"\1{GONE}\2"),
    (
        re.compile(r"(Key \([^)]*\)=\().*?(\)(?= (?:already exists|is not present|is still referenced|conflicts)))"),
        rf"\1{GONE}\2",
    ),
    (re.compile(r"\b(Bearer|Basic|Digest)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {GONE}"),
    # A password within an address: scheme://user:password@host
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(@)", re.IGNORECASE), rf"\1{GONE}\2"),
    (
        re.compile(
            rf"""(["']?\b{_NAMED}\b["']?\s*[=:]\s*)("[^"]*"|'[^']*'|\[redacted\]|(?:Bearer |Basic )?[^\s,;&)}}\]]+)""",
            re.IGNORECASE,
        ),
        rf"\1{GONE}",
    ),
    (
        re.compile(r"(?<![A-Za-z0-9._%+/-])[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"),
        "[e-mail]",
    ),
)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: the event without its secrets. It stands after the one that writes exceptions as text."""
    for name, value in event.items():
        event[name] = redacted(value, name)
    return event


def redacted(value: Any, name: str = "", depth: int = 0) -> Any:
    """The value of ``name`` without what is secret or personal in it; deeper than eight levels nothing is shown."""
    if name and is_hidden(name) and value not in (None, "", True, False):
        return GONE
    if isinstance(value, str):
        return redacted_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if isinstance(value, Mapping):
        if depth >= _DEEPEST:
            return GONE
        return {key: redacted(each, str(key), depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return GONE if depth >= _DEEPEST else [redacted(each, "", depth + 1) for each in value]
    if isinstance(value, int | float) or value is None:
        return value
    return redacted_text(repr(value) if isinstance(value, BaseException) else str(value))


def is_hidden(name: str) -> bool:
    """Whether a value of this name is never written."""
    plain = name.lower().replace("-", "_")
    return plain not in _HARMLESS and (plain in _PERSONAL_NAMES or _SECRET.search(plain) is not None)


def redacted_text(text: str) -> str:
    """The text with whatever looks like a secret or an e-mail address replaced."""
    for pattern, instead in _IN_TEXT:
        text = pattern.sub(instead, text)
    return text
