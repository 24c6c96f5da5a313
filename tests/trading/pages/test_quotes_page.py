"""The pages of quotes: what is open, what the house has, one quote and its withdrawal, the terms and their proposal."""

import html
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import ApprovalRequest
from tests.desk import a_person, signed_in
from tests.four_eyes import approve
from tests.trading.quotes.dealing import Dealing
from trading.models import Quote, QuoteExecution, QuoteTerms

pytestmark = pytest.mark.django_db


def get(name: str, *args: Any, role: str = "DESK", **query: str) -> str:
    answer = signed_in(a_person(role, role=role)).get(reverse(f"ops:{name}", args=args), query)
    assert answer.status_code == 200, answer
    return html.unescape(answer.content.decode())


def post(name: str, *args: Any, role: str = "DESK", **said: str) -> Any:
    return signed_in(a_person(role, role=role)).post(reverse(f"ops:{name}", args=args), said)


def test_the_list_says_what_is_open_and_what_the_house_has() -> None:
    dealing = Dealing().open(btc="1", exposure_cap=Decimal(100_000))
    client = dealing.world.client("Birch", USD="100000.00", BTC="1")
    taken, open_one = dealing.ask(client, "BUY", base="0.25"), dealing.ask(client, "SELL", base="0.1")
    dealing.execute(client, taken)
    page = get("quotes", role="VIEWER")
    assert "Birch" in page
    # 0.75 are left, a tenth may come: 0.85 at 60,000 (the last valuation) are half of the cap and more.
    assert '<meter min="0" max="100" high="90" value="' in page
    assert "0.75000000" in page
    assert f"q-{taken.pk}" not in get("quotes", status="ACTIVE")
    assert f"q-{open_one.pk}" in get("quotes", status="ACTIVE", market="BTC-USD", text="birch")
    assert "No quotes match" in get("quotes", text="nobody")
    executed = get("quote", taken.pk)
    assert "take-1" in executed
    assert "Withdraw the quote" not in executed
    entry = reverse("ops:ledger-entry", args=[QuoteExecution.objects.get().entry_id])
    assert entry in get("quote", taken.pk, role="OPERATIONS")
    assert "Withdraw the quote" not in get("quote", open_one.pk, role="VIEWER")


def test_withdrawing_takes_a_reason_and_happens_once() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    quote = dealing.ask(client, "BUY", base="0.25")
    assert post("quote-withdraw", quote.pk, role="OPERATIONS", reason="x").status_code == 404
    assert post("quote-withdraw", quote.pk, reason="").status_code == 422
    assert post("quote-withdraw", quote.pk, reason="The market moves.").status_code == 302
    assert Quote.objects.get(pk=quote.pk).withdrawn_for == "DESK"
    taken = dealing.ask(client, "BUY", base="0.25")
    dealing.execute(client, taken)
    late = post("quote-withdraw", taken.pk, reason="Late")
    assert late.status_code == 409
    assert "has been executed" in late.content.decode()


def test_terms_are_proposed_from_the_newest_and_approved_by_another() -> None:
    dealing = Dealing()
    assert "Nobody has said on what terms" in get("quote-terms", "BTC-USD")
    said = {
        "source": "BOOK", "enabled": "on", "ttl_seconds": "20", "max_amount": "1.5", "exposure_cap": "50000",
        "spreads": "0:20, 1:50", "reason": "Opening",
    }  # fmt: skip
    wrong = post("quote-terms-ask", "BTC-USD", **said | {"spreads": "twenty"})
    assert wrong.status_code == 422
    assert "Tiers are written 0:20, 1:50" in html.unescape(wrong.content.decode())
    assert post("quote-terms-ask", "BTC-USD", **said | {"ttl_seconds": "900"}).status_code == 422
    assert post("quote-terms-ask", "BTC-USD", **said).status_code == 302
    request = ApprovalRequest.objects.get(action="QUOTE_TERMS")
    assert "Terms of quotes in BTC-USD is asked for: 0 of 1" in get("quote-terms", "BTC-USD", role="VIEWER")
    approve(request.pk)
    terms = QuoteTerms.objects.get()
    page = get("quote-terms", "BTC-USD")
    assert f'value="{terms.pk}"' in page
    assert 'value="0:20, 1:50"' in page
    stale = post("quote-terms-ask", "BTC-USD", **said | {"ttl_seconds": "25"})
    assert stale.status_code == 409
    assert "other terms since you looked" in stale.content.decode()
    assert dealing.world.market.symbol in page


def test_one_person_stops_quoting() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    dealing.ask(client, "BUY", base="0.25")
    assert "Stop quoting" in get("quote-terms", "BTC-USD", role="SUPERVISOR")
    assert post("quotes-stop", "BTC-USD", reason="").status_code == 422
    assert post("quotes-stop", "BTC-USD", reason="Wild.").status_code == 302
    assert Quote.objects.get().status == "WITHDRAWN"
    page = get("quote-terms", "BTC-USD")
    assert "Start" not in page
    assert "Quotes of BTC-USD" in page
