"""Changes that name the state they were made for (RFC 9110, section 13): ETags are versions, ``"7"``."""

import re

from rest_framework.request import Request

from core.domain.refusals import Refusal

HEADER = "If-Match"
_TAG = re.compile(r'"(0|[1-9][0-9]{0,9})"\Z', re.ASCII)


def required_version(request: Request) -> int:
    """The version that the change was made for. Refuses a request without one (428 PRECONDITION_REQUIRED), and one whose
    header is no single tag of ours, which matches nothing (412 PRECONDITION_FAILED).
    """
    version = optional_version(request)
    if version is None:
        raise Refusal("PRECONDITION_REQUIRED", f"{HEADER} names the ETag that the change was made for.", status=428)
    return version


def optional_version(request: Request) -> int | None:
    """The version that the change was made for, if the request names one."""
    header = request.headers.get(HEADER)
    if header is None:
        return None
    match = _TAG.match(header.strip())
    if match is None:
        raise Refusal("PRECONDITION_FAILED", "This tag is none of ours.", status=412)
    return int(match[1])
