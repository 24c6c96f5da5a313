"""If-Match: a change names the version it was made from, so that nobody overwrites what he has not seen (RFC 9110, 13.1.1)."""

import re

from rest_framework.request import Request

from core.domain.refusals import Refusal

_ETAG = re.compile(r'"([0-9]{1,10})"\Z', re.ASCII)


def wanted_version(request: Request) -> int:
    """The version that ``If-Match`` names. Refuses a request without one (428 PRECONDITION_REQUIRED), and one that is no
    version of ours (412 PRECONDITION_FAILED).
    """
    header = request.headers.get("If-Match", "")
    if not header:
        raise Refusal("PRECONDITION_REQUIRED", "Send the ETag that you saw as If-Match.", status=428)
    found = _ETAG.match(header)
    if found is None:
        raise Refusal("PRECONDITION_FAILED", "If-Match is not an ETag of this resource.", status=412)
    return int(found[1])
