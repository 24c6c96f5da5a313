"""The API's own description: the OpenAPI file, and a page that shows it."""

import json
from functools import cache
from threading import Lock

from django.http import HttpRequest, HttpResponse
from django.views import View
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator

# The generator loads its extensions as it goes: two threads at once break it.
_DRAWING = Lock()


def openapi_bytes() -> bytes:
    """The OpenAPI 3.1 file; it changes only with the code, so it is made once a process."""
    with _DRAWING:
        return _draw()


@cache
def _draw() -> bytes:
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(schema, separators=(",", ":")).encode()


class OpenApiView(View):
    """GET /v1/openapi.json"""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(openapi_bytes(), content_type="application/json")


class DocsView(TemplateView):
    """GET /v1/docs: the file, readable and to be tried out. All of its scripts are files of ours."""

    http_method_names = ["get", "head"]
    template_name = "api/docs.html"
