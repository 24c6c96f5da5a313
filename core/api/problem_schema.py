"""The schema of a problem, for the OpenAPI file. Imports nothing of the framework: the settings read it."""

from typing import Any

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "code", "errors", "meta", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "examples": ["REQUEST_INVALID"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901; empty for the whole request"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "meta": {"type": "object", "additionalProperties": True},
        "request_id": {"type": "string"},
    },
}
