"""How values are written."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import models
from django.http import HttpRequest, QueryDict

from accounts.models import StaffUser
from compliance.models import ReportRun
from core import clock
from core.domain.tones import TONES, tone_of, word_of
from core.templatetags.ops import age, amount, browser, copy_id, instant, money, short_id, with_query
from settlement.models import Break, Deposit, LedgerAccount, ReconciliationRun
from trading.models import Instruction, Market, Order


def text_of(html: str) -> str:
    return "".join(part.partition(">")[2] for part in f">{html}".split("<"))


def choices(field: str, model: type[models.Model]) -> list[str]:
    return [value for value, _ in model._meta.get_field(field).choices or ()]


@pytest.mark.parametrize(
    ("noun", "states"),
    [
        ("order", choices("status", Order)),
        ("instruction", choices("status", Instruction)),
        ("phase", choices("phase", Market)),
        ("deposit", choices("status", Deposit)),
        ("ledger_account", choices("status", LedgerAccount)),
        ("reconciliation", choices("status", ReconciliationRun)),
        ("break", choices("status", Break)),
        ("report_run", choices("state", ReportRun)),
        ("staff", choices("status", StaffUser)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_state_of_every_noun_has_a_tone(noun: str, states: list[str]) -> None:
    assert states
    for state in states:
        assert tone_of(noun, state)


def test_a_state_without_a_tone_is_a_bug() -> None:
    with pytest.raises(KeyError):
        tone_of("order", "TELEPORTED")
    assert TONES["order"]["OPEN"] != TONES["break"]["OPEN"]


def test_states_become_words() -> None:
    assert [word_of(each) for each in ("FILLED", "CANCEL_ONLY", "IOC_REMAINDER")] == [
        "Filled",
        "Cancel only",
        "IOC remainder",
    ]


def test_an_amount_keeps_every_digit_and_groups_the_rest() -> None:
    assert text_of(amount(Decimal("98120.5"), 2)) == "98,120.50"
    assert text_of(amount(Decimal("-1234567.00000001"), 2, "BTC")) == "−1,234,567.00000001 BTC"
    assert text_of(amount(Decimal("1E+3"), 0)) == "1,000"
    assert text_of(amount(None, 2)) == "—"


def test_money_shows_its_payment_digits_and_further_ones_only_where_they_say_something() -> None:
    assert text_of(money(Decimal("10"), 2, 6)) == "10.00\u2007\u2007\u2007\u2007"
    assert text_of(money(Decimal("10.125"), 2, 6)) == "10.125\u2007\u2007\u2007"
    assert text_of(money(Decimal("-0.000001"), 2, 6, "USD")) == "−0.000001 USD"
    assert text_of(money(Decimal("0"), 18, 18)) == "0.00000000"
    assert text_of(money(Decimal("1.000000000000000001"), 18, 18)) == "1.000000000000000001"
    assert '10.12<span class="dim">5</span>' in money(Decimal("10.125"), 2, 6)


def test_an_instant_is_short_today_and_whole_in_its_title() -> None:
    now = clock.now().replace(microsecond=460_123)
    html = instant(now)
    assert f"{now:%H:%M:%S}.460" in html
    assert f'title="{now:%Y-%m-%dT%H:%M:%S}.460123Z"' in html
    old = instant(datetime(2020, 3, 2, 10, 43, 11, tzinfo=UTC), with_age=False)
    assert text_of(old) == "2 Mar 2020 10:43:11"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0s"), (59, "59s"), (60, "1m"), (3_599, "59m"), (3_600, "1h"), (90_000, "1d"), (-5, "0s")]
)
def test_an_age_is_one_number(seconds: int, said: str) -> None:
    now = clock.now()
    assert age(now - timedelta(seconds=seconds), now) == said


def test_an_id_is_known_by_its_end_and_copied_whole() -> None:
    value = UUID("01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9")
    assert text_of(short_id(value)) == "…ed7c2ce9"
    assert f'data-copy="{value}"' in copy_id(value)


def test_what_people_typed_is_escaped() -> None:
    assert "<b>" not in short_id("<b>x</b>")
    assert "<b>" not in amount(Decimal(1), 0, "<b>")


def test_a_query_loses_what_is_empty_and_its_position() -> None:
    request = HttpRequest()
    request.path = "/ops/blotter"
    request.GET = QueryDict("status=OPEN&text=&after=01a20cd2-ce49-763e-bf02-8dd9ed7c2ce9")
    assert with_query({"request": request}, side="BUY") == "?status=OPEN&side=BUY"
    assert with_query({"request": request}, status="") == "/ops/blotter"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) … Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) … Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14.0; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox on macOS"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "—"),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_a_person_knows_it(agent: str, words: str) -> None:
    assert browser(agent) == words
