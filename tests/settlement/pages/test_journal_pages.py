"""/ops/journals: the list, the form with its check, one of them, and what is done with it."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse

from core.clock import now
from settlement.models import LedgerAccount, ManualJournal
from settlement.operations.open_firm_account import open_firm_account
from tests.desk import a_person, signed_in
from tests.four_eyes import approve
from tests.world import Client, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    made = World()
    open_firm_account(kind="HOUSE", asset_id=made.usd.pk, asset_code="USD", label="", name="Own", at=now())
    return made


@pytest.fixture
def alder(world: World) -> Client:
    return world.client("Alder", USD="50000.00")


def operator() -> Any:
    return signed_in(a_person("Olive Operator", "OPERATIONS"))


def form(client: Client, amount: str = "12.00", deed: str = "draft", **changes: Any) -> dict[str, Any]:
    account = LedgerAccount.objects.get(profile_id=client.profile_id)
    return {
        "category": "CORRECTION",
        "reason": "Booked twice.",
        "line_1-source": account.code,
        "line_1-destination": "HOUSE:USD",
        "line_1-amount": amount,
        "deed": deed,
    } | changes


def text(answer: HttpResponse, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_checked_drafted_submitted_posted_and_taken_back(alder: Client) -> None:
    browser = operator()
    page = text(browser.get(reverse("ops:journal-draft")))
    assert "Save the draft" in page and "HOUSE:USD" in page and "What it would do now" not in page
    checked = text(browser.post(reverse("ops:journal-draft"), form(alder, deed="check")))
    assert "What it would do now" in checked and "49,988.00" in checked and "12 USD" in checked
    assert not ManualJournal.objects.exists()
    answer = browser.post(reverse("ops:journal-draft"), form(alder))
    journal = ManualJournal.objects.get()
    address = reverse("ops:journal", args=[journal.pk])
    assert (answer.status_code, answer["Location"]) == (302, address)
    page = text(browser.get(address))
    for words in ("Draft", "Booked twice.", "Submit for approval", "49,988.00", "Nothing is posted", "Olive Operator"):
        assert words in page, words
    assert browser.post(reverse("ops:journal-deed", args=[journal.pk, "submit"])).status_code == 302
    assert "1 waiting for approval" in text(browser.get(reverse("ops:journals")))
    journal.refresh_from_db()
    approve(journal.approval_id)
    page = text(browser.get(address))
    assert "Posted" in page and "Manual journal" in page and "What it would do now" not in page
    back = reverse("ops:journal-deed", args=[journal.pk, "reverse"])
    assert "This field is required" in text(browser.post(back, {"reason": ""}), 422)
    assert browser.post(back, {"reason": "Once only."}).status_code == 302
    mirror = ManualJournal.objects.get(reverses=journal)
    approve(mirror.approval_id)
    page = text(browser.get(address))
    assert "Reversed" in page and "Taken back by" in page
    assert "Ask to take it back" not in text(browser.get(reverse("ops:journal", args=[mirror.pk])))
    assert LedgerAccount.objects.get(profile_id=alder.profile_id).balance == Decimal(50000)
    assert "is not taken back" in text(browser.post(back, {"reason": "Again."}), 409)


def test_a_short_one_is_shown_before_and_refused_at_submission(alder: Client) -> None:
    browser = operator()
    assert "short" in text(browser.post(reverse("ops:journal-draft"), form(alder, "60000.00", "check")))
    browser.post(reverse("ops:journal-draft"), form(alder, "60000.00"))
    journal = ManualJournal.objects.get()
    refused = browser.post(reverse("ops:journal-deed", args=[journal.pk, "submit"]))
    assert "has 50000 available" in text(refused, 422)
    assert browser.post(reverse("ops:journal-deed", args=[journal.pk, "cancel"])).status_code == 302
    assert "Cancelled" in text(browser.get(reverse("ops:journal", args=[journal.pk])))
    assert browser.post(reverse("ops:journal-deed", args=[journal.pk, "bless"])).status_code == 404


def test_a_document_is_kept_and_given_back(alder: Client) -> None:
    browser = operator()
    document = SimpleUploadedFile("advice.pdf", b"%PDF-1.7 the bank's advice", "application/pdf")
    browser.post(reverse("ops:journal-draft"), form(alder, document=document))
    journal = ManualJournal.objects.get()
    (kept,) = journal.attachments
    page = text(browser.get(reverse("ops:journal", args=[journal.pk])))
    assert kept["sha256"] in page and "advice.pdf" in page
    given = browser.get(reverse("ops:journal-attachment", args=[journal.pk, kept["sha256"]]))
    assert b"".join(given.streaming_content) == b"%PDF-1.7 the bank's advice"
    assert given["Content-Disposition"].startswith("attachment")
    assert browser.get(reverse("ops:journal-attachment", args=[journal.pk, "a" * 64])).status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"line_1-amount": "1,0"}, "A plain number"),
        ({"line_1-source": "nowhere"}, "There is no ledger account"),
        ({"line_1-amount": ""}, "two accounts and an amount"),
        ({"line_1-destination": "OMNIBUS:MAIN:BTC"}, "goes from USD to BTC"),
        ({"line_1-source": "", "line_1-destination": "", "line_1-amount": ""}, "1 to 100 lines"),
        ({"reason": ""}, "This field is required"),
        ({"category": "MOOD"}, "not one of the available choices"),
    ],
)
def test_what_is_refused_is_said_where_it_was_typed(alder: Client, changes: dict[str, str], words: str) -> None:
    assert words in text(operator().post(reverse("ops:journal-draft"), form(alder, **changes)), 422)
    assert not ManualJournal.objects.exists()


def test_who_may_not_finds_nothing(alder: Client) -> None:
    viewer = signed_in(a_person("Vera Viewer", "VIEWER"))
    assert viewer.get(reverse("ops:journals")).status_code == 404
    operator().post(reverse("ops:journal-draft"), form(alder))
    journal = ManualJournal.objects.get()
    treasurer = signed_in(a_person("Tom Treasurer", "TREASURER"))
    assert "Submit for approval" not in text(treasurer.get(reverse("ops:journal", args=[journal.pk])))
    assert treasurer.post(reverse("ops:journal-deed", args=[journal.pk, "submit"])).status_code == 404
