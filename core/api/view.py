"""The door of every resource: who asks, may they, what did they send; then one call and one answer."""

import json
from typing import IO, Any, ClassVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.strict_json import MAX_BODY_BYTES, StrictJsonParser, body_too_large, malformed
from core.domain.refusals import Refusal

_METHODS = ("get", "post", "put", "patch", "delete")


class ApiView(APIView):
    """A resource. ``scopes`` names for each method the scope it takes, or ``None`` for a public one.

    ``buckets`` names for a method the bucket that a request takes a token from, where that is not ``reads`` for GET and
    ``writes`` for the rest. ``max_body_bytes`` is what a body may have at most. A view with a method that ``scopes`` does
    not name cannot be written. There is no content negotiation: answers are JSON.
    """

    scopes: ClassVar[dict[str, str | None]] = {}
    parser_classes = [StrictJsonParser]
    buckets: ClassVar[dict[str, str]] = {}
    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES
    permission_classes = []
    # The schema lists what the view's own methods say, not HEAD and OPTIONS.
    http_method_names = [*_METHODS, "head"]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        unnamed = [name for name in _METHODS if hasattr(cls, name) and name.upper() not in cls.scopes]
        if unnamed:
            raise TypeError(f"{cls.__name__}.scopes does not name {unnamed}")

    @classmethod
    def bucket_of(cls, method: str) -> str:
        """The bucket that a request with ``method`` takes a token from."""
        return cls.buckets.get(method) or ("reads" if method in ("GET", "HEAD") else "writes")

    @classmethod
    def is_public(cls, method: str) -> bool:
        """Whether anybody may ask so: no scope is needed."""
        return cls.scopes["GET" if method == "HEAD" else method] is None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Authenticate, take a token from the bucket and check the scope; refuse a body where none belongs."""
        method = request.method or ""
        method = "GET" if method == "HEAD" else method
        if method not in self.scopes:
            self.http_method_not_allowed(request)
        if method in ("GET", "DELETE"):
            refuse_body(request._request)
        scope = self.scopes[method]
        if scope is None:
            self.check_throttles(request)
            return
        principal = request.user
        if not hasattr(principal, "scopes"):
            raise Refusal("TOKEN_MISSING", "A bearer token is needed.", status=401)
        # Who is refused for a scope has asked all the same.
        self.check_throttles(request)
        if scope not in principal.scopes:
            raise Refusal("SCOPE_MISSING", f"The token lacks the scope {scope}.", meta={"scope": scope}, status=403)

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Answers are plain responses; there is nothing left to negotiate."""
        return response


def read_json(request: Request) -> Any:
    """The body of ``request``. Refuses what is not plain, bounded JSON (400, 413, 415)."""
    return _read_json(request._request, StrictJsonParser())


def _read_json(request: HttpRequest, parser: BaseParser) -> Any:
    media_type, _, parameters = request.META.get("CONTENT_TYPE", "").partition(";")
    charset = parameters.strip().lower().replace('"', "").replace(" ", "")
    if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise Refusal("MEDIA_TYPE_NOT_SUPPORTED", "Send application/json in UTF-8.", status=415)
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Refusal("MEDIA_TYPE_NOT_SUPPORTED", "Encoded bodies are not accepted.", status=415)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        raise malformed("There is more than one length, or it is not a number.")
    if len(length) > 10 or int(length) > MAX_BODY_BYTES:
        raise body_too_large()
    return parser.parse(cast("IO[Any]", request))


def refuse_body(request: HttpRequest) -> None:
    """Refuse a body where none belongs."""
    if request.META.get("CONTENT_LENGTH") not in (None, "", "0"):
        raise malformed("This method takes no body.")


def json_answer(
    value: Any, status: int = 200, *, headers: dict[str, str] | None = None, version: int | None = None
) -> HttpResponse:
    """``value`` as a JSON answer; ``version`` is the resource's ETag."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return bytes_answer(body, status, headers=headers, version=version)


def bytes_answer(
    body: bytes, status: int = 200, *, headers: dict[str, str] | None = None, version: int | None = None
) -> HttpResponse:
    """An answer that is already encoded."""
    answer = HttpResponse(body, status=status, content_type="application/json")
    answer["Cache-Control"] = "no-store"
    if version is not None:
        answer["ETag"] = f'"{version}"'
    for name, text in (headers or {}).items():
        answer[name] = text
    return answer
