"""The browser's rules on every answer: of every address, read and refused, of files, of failures, and in production."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client

from tests.authz.firing import Machine, undone
from tests.authz.pages import Visits, pages
from tests.authz.schema import operations

ROOT = Path(__file__).resolve().parents[2]
# 'self' alone is trusted; nothing is inline, nothing is framed, nothing is loaded from elsewhere.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# These say the same to everybody, and may be kept.
OPEN_OPERATIONS = {name for name, each in operations().items() if each.scope is None}


def faults(answer: HttpResponseBase, *, is_data: bool = False) -> list[str]:
    """What is missing or wrong in the headers of an answer."""
    found = [f"{name}: {answer.get(name)}" for name, text in EXPECTED.items() if answer.get(name) != text]
    policy = dict(
        part.strip().split(" ", 1) for part in answer.get("Content-Security-Policy", "").split(";") if part.strip()
    )
    if policy != POLICY:
        found.append(f"policy: {policy}")
    if not answer.get("X-Request-ID"):
        found.append("no request id")
    if is_data and "no-store" not in answer.get("Cache-Control", ""):
        found.append(f"may be kept: {answer.get('Cache-Control')}")
    if answer.get("Server") or answer.get("X-Powered-By"):
        found.append("says what it is made of")
    return found


@pytest.mark.parametrize("name", sorted(operations()))
def test_of_every_operation(name: str, machine: Machine):
    operation, own = operations()[name], machine.house["own"]
    nobody = operation.address(own.holds | dict.fromkeys(operation.path_names, "none"))
    for principal, path in (
        (machine.asker(operation), own.holds),
        ("none", own.holds),
        ("own", machine.house["stranger"].holds),
    ):
        with undone():
            answer = machine.fire(operation, principal, path=path, body=machine.body(operation, own))
        is_data = operation.scope is not None or operation.is_write
        assert not faults(answer, is_data=is_data), (principal, answer.status_code)
        assert not answer.cookies
    for method, address in (
        ("TRACE", operation.address(own.holds)),
        (operation.method, nobody),
        (operation.method, f"{nobody}/x"),
    ):
        answer = machine.browser.generic(method, address)
        assert not faults(answer, is_data=answer.status_code >= 400), (method, address)


@pytest.fixture(scope="module")
def visits(built_machine: Machine) -> Visits:
    found = Visits(built_machine.house)
    found.meet()
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_of_every_page(method: str, visits: Visits, machine: Machine):
    wrong: list[Any] = []
    for page in pages().values():
        if page.names and not page.route.startswith("ops/"):
            continue
        for visitor in ("nobody", "COMPLIANCE", "ADMINISTRATOR"):
            with undone():
                answer = visits.ask(visitor, method, page)
            is_data = page.route.startswith("ops/") and answer.status_code == 200
            found = faults(answer, is_data=is_data)
            if found:
                wrong.append((page.route, visitor, answer.status_code, found))
            for cookie in answer.cookies.values():
                # A cookie that is taken away holds nothing any more.
                is_open = bool(cookie.value) and not cookie["httponly"]
                if is_open or cookie["samesite"] != "Lax":
                    wrong.append((page.route, visitor, cookie.OutputString()))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize(
    "address",
    ["/nothing", "/ops/nothing", "/v1/nothing", "/v1/docs", "/v1/openapi.json", "/ops/admin/", "/ops/admin/nothing",
     "/static/ops/ops.css", "/static/nothing.css", "/static/../manage.py", "/%00", "/favicon.ico"],
)  # fmt: skip
@pytest.mark.django_db
def test_of_what_is_there_and_what_is_not(address: str):
    answer = Client(raise_request_exception=False).get(address)
    assert not faults(answer), answer.status_code
    assert answer.status_code < 500


def test_a_failure_has_them_too(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    def fail(*_args: Any, **_options: Any) -> None:
        raise RuntimeError("SELECT secret FROM accounts at /srv/house")

    monkeypatch.setattr("config.docs.openapi_bytes", fail)
    monkeypatch.setattr("config.backoffice.search.answer", fail, raising=False)
    answer = machine.browser.get("/v1/openapi.json")
    assert answer.status_code == 500
    assert not faults(answer, is_data=True)
    assert not re.search(rb"secret|srv|RuntimeError|Traceback", answer.content)


PROGRAM = """
import django; django.setup()
from django.test import Client
from django.conf import settings
assert settings.IS_PRODUCTION and not settings.DEBUG
browser = Client(raise_request_exception=False, HTTP_HOST="house.example")
for address in ("/v1/time", "/v1/nothing", "/v1/openapi.json", "/healthz"):
    plain = browser.get(address)
    assert plain.status_code == 301 and plain["Location"].startswith("https://"), (address, plain.status_code)
    answer = browser.get(address, secure=True)
    assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload", address
    assert answer["X-Content-Type-Options"] == "nosniff", address
    assert "unsafe" not in answer["Content-Security-Policy"], address
assert browser.get("/v1/time", secure=True, HTTP_HOST="evil.example").status_code == 400
for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
    assert name.startswith("__Host-"), name
assert settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE and settings.SESSION_COOKIE_HTTPONLY
print("sound")
"""


def test_production_says_that_it_is_reached_by_tls_alone(tmp_path: Path):
    # No database is asked: there is none where this process looks.
    environment = {name: text for name, text in os.environ.items() if not name.startswith("DATABASE")} | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "COUNTINGHOUSE_MODE": "production",
        "COUNTINGHOUSE_SECRET_KEY": "k" * 64,
        "COUNTINGHOUSE_HOSTS": "house.example",
        "COUNTINGHOUSE_STATE_DIR": str(tmp_path),
        "CELERY_BROKER_URL": "amqp://localhost/",
        "CHANNEL_LAYER_URL": "redis://localhost:1/0",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip().endswith("sound"), done.stderr[-3_000:]
