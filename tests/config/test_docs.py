"""The API's own description: complete, valid, and shown by a page that keeps to the content security policy."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from core.api.view import ApiView

pytestmark = pytest.mark.django_db


def schema():
    answer = Client().get("/v1/openapi.json")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    return json.loads(answer.content)


def routes(patterns, prefix=""):
    for pattern in patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and issubclass(getattr(pattern.callback, "cls", object), ApiView):
            yield f"/{path}", pattern.callback.cls


def test_every_route_is_in_the_file_and_nothing_else():
    paths = schema()["paths"]
    expected = {path: {method.lower() for method in view.scopes} for path, view in routes(get_resolver().url_patterns)}
    assert {path: set(operations) for path, operations in paths.items()} == expected
    assert "/v1/orders" in expected


def test_the_first_readers_at_once_all_get_the_file():
    # A process of its own: the file is drawn by whoever asks first.
    program = (
        "import django; django.setup()\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from config.docs import openapi_bytes\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    files = list(pool.map(lambda _: openapi_bytes(), range(8)))\n"
        "assert len(set(files)) == 1 and len(files[0]) > 10_000\n"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_operation_says_its_scope_and_how_it_refuses():
    document = schema()
    assert document["openapi"].startswith("3.1")
    views = dict(routes(get_resolver().url_patterns))
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            scope = views[path].scopes[method.upper()]
            assert operation.get("security", []) == ([{"oauth2": [scope]}] if scope else []), path
            assert operation["summary"]
            assert "application/problem+json" in operation["responses"]["default"]["content"]
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "/v1/oauth/token"


def test_decimals_are_strings_with_the_strict_pattern():
    properties = schema()["components"]["schemas"]["OrderIn"]["properties"]
    assert properties["base_amount"]["type"] == "string"
    assert re.fullmatch(properties["base_amount"]["pattern"], "0.25")
    assert not re.fullmatch(properties["base_amount"]["pattern"], "1e3")


def test_the_page_has_no_script_or_style_of_its_own():
    answer = Client().get("/v1/docs")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)
    for source in re.findall(r'(?:src|href)="(/static/[^"]+)"', text):
        assert Client().get(source).status_code == 200, source
