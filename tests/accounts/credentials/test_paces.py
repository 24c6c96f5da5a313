"""What spells a pace, and what the house makes of its setting."""

import os
import subprocess
import sys
from decimal import Decimal

import pytest
from django.conf import settings

from accounts.domain.rate_limits import (
    DEFAULTS,
    PaceInvalid,
    cancels_keep_up,
    own_limits,
    parse_limits,
    parse_pace,
)
from config.embedded import paths


def test_the_houses_paces_are_those_of_the_documentation():
    spelled = {name: pace.spelling for name, pace in DEFAULTS.items()}
    assert spelled == {
        "orders": "50/100",
        "cancels": "100/200",
        "writes": "5/20",
        "reads": "50/100",
        "tokens": "1/10",
        "public": "50/100",
        "quotes": "5/20",
    }
    assert settings.RATE_LIMITS == DEFAULTS and cancels_keep_up(DEFAULTS)
    docs = (paths.BASE_DIR / "docs" / "api.md").read_text()
    for name, pace in DEFAULTS.items():
        row = next(line for line in docs.splitlines() if line.startswith(f"| `{name}` | "))
        assert row.endswith(f"| {pace.per_second} | {pace.burst} |"), row


def test_a_pace_is_exact():
    pace = parse_pace("0.3/7")
    assert (pace.per_second, pace.burst, pace.window_seconds) == (Decimal("0.3"), 7, 24)
    # Rounded up: never a token more than the pace says.
    assert pace.interval_micros == 3_333_334 and pace.ahead_micros == 6 * 3_333_334
    assert [pace.remaining(busy) for busy in (0, 1, 3_333_334, 3_333_335, pace.ahead_micros, 10**9)] == [
        7,
        6,
        6,
        5,
        1,
        0,
    ]
    assert pace.wait_micros(pace.ahead_micros) == 0 and pace.wait_micros(pace.ahead_micros + 5) == 5


@pytest.mark.parametrize(
    "text",
    ["", "50", "50/", "/100", "0/5", "0.0/5", "5/0", "-1/5", "1e2/5", "1000000/1", "1/1.5", "5 /5", "٥/5", None, 5],
)
def test_what_is_no_pace(text):
    with pytest.raises(PaceInvalid):
        parse_pace(text)


def test_a_setting_names_what_it_changes():
    limits = parse_limits("orders=10/20, cancels=20/40")
    assert limits["orders"].spelling == "10/20" and limits["reads"] == DEFAULTS["reads"]
    assert parse_limits("") == DEFAULTS
    for text in ("order=1/1", "orders", "orders=fast", "orders=1/1;cancels=1/1"):
        with pytest.raises(PaceInvalid):
            parse_limits(text)


@pytest.mark.parametrize(
    ("text", "keeps_up"),
    [
        ("orders=100/200", True),
        ("orders=101/200", False),
        ("orders=100/201", False),
        ("cancels=50/100", True),
        ("cancels=49/100", False),
        ("cancels=50/99", False),
    ],
)
def test_cancels_are_never_limited_harder_than_orders(text, keeps_up):
    assert cancels_keep_up(parse_limits(text)) is keeps_up


def test_a_credential_has_its_own_where_it_has_some():
    mine = own_limits({"reads": "1/2"}, DEFAULTS)
    assert mine["reads"].spelling == "1/2" and mine["orders"] is DEFAULTS["orders"]
    assert own_limits(None, DEFAULTS) is DEFAULTS and own_limits({}, DEFAULTS) is DEFAULTS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COUNTINGHOUSE_RATE_LIMITS", "orders=quick"),
        ("COUNTINGHOUSE_TRUSTED_PROXIES", "127.0.0.1/8"),
        ("COUNTINGHOUSE_TRUSTED_PROXIES", "the-proxy"),
    ],
)
def test_a_setting_that_cannot_be_read_ends_the_process(name, value):
    environment = os.environ | {"COUNTINGHOUSE_MODE": "test", "DATABASE_URL": "postgres://x/test_x", name: value}
    done = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=paths.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0 and f"ImproperlyConfigured: {name}" in done.stderr
