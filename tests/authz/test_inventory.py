"""What is reachable is what is listed: no route of the API beside the schema, no tool of a developer, no door of a library."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from core.api.view import ApiView
from tests.authz.schema import operations

# Of the API itself, and no resources: its description, as a file and as a page.
DESCRIPTION = {"/v1/openapi.json", "/v1/docs"}


def routes(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern


def test_every_route_of_the_api_is_in_the_schema():
    reachable = {path for path, _ in routes() if path.startswith("/v1")}
    listed = {each.path for each in operations().values()}
    assert reachable - listed == DESCRIPTION
    assert listed <= reachable


def test_every_method_of_a_route_is_in_the_schema():
    listed = {(each.path, each.method) for each in operations().values()}
    for path, pattern in routes():
        view = getattr(pattern.callback, "cls", None)
        if path.startswith("/v1") and isinstance(view, type) and issubclass(view, ApiView):
            methods = {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
            assert {(path, method) for method in methods} <= listed, path
            assert methods == set(view.scopes), f"{path}: scopes names what there is"


@pytest.mark.parametrize(
    "address",
    ["/accounts/login/", "/accounts/signup/", "/accounts/", "/__debug__/", "/silk/", "/metrics", "/admin/", "/media/x",
     "/api/", "/v1/sandbox/reset",
     "/v2/orders", "/graphql", "/.git/HEAD", "/.env", "/manage.py", "/ws/ops"],
)  # fmt: skip
@pytest.mark.django_db
def test_nothing_else_answers(address: str):
    assert Client().get(address).status_code == 404


def test_nothing_of_a_developer_is_on():
    assert not settings.DEBUG
    assert not {"debug_toolbar", "silk", "django_extensions"} & set(settings.INSTALLED_APPS)
