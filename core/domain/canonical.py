"""One text for one value: canonical JSON, the bytes that are hashed, signed and compared.

Only strings, booleans, null, lists and dictionaries with ASCII keys: for these the standard library's output with sorted
keys is the form of RFC 8785. Numbers are written as strings by whoever builds the value.
"""

import json
from typing import Any


def canonical_json(value: Any) -> bytes:
    """The canonical bytes of ``value``. Refuses numbers, other types and keys outside ASCII with ``TypeError``."""
    _refuse_other_types(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _refuse_other_types(value: Any) -> None:
    if value is None or isinstance(value, (str, bool)):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise TypeError(f"not a key of canonical JSON: {key!r}")
            # Most are strings, and need no further look.
            if type(item) is not str:
                _refuse_other_types(item)
        return
    if isinstance(value, (list, tuple)):
        for item in value:
            _refuse_other_types(item)
        return
    raise TypeError(f"not a value of canonical JSON: {type(value).__name__}")
