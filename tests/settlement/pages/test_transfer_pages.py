"""/ops/transfers: the list, the form, one of them, and taking it back."""

from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.urls import reverse

from settlement.models import InternalTransfer, LedgerAccount
from tests.desk import a_person, signed_in
from tests.four_eyes import approve
from tests.world import Client, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def alder(world: World) -> Client:
    return world.client("Alder", USD="50000.00")


@pytest.fixture
def birch(world: World) -> Client:
    return world.client("Birch", USD="1.00")


def form(source: Client, destination: Client, amount: str = "500.00", **changes: str) -> dict[str, str]:
    return {
        "from_profile": str(source.profile_id),
        "to_profile": str(destination.profile_id),
        "asset": "USD",
        "amount": amount,
        "client_reference": "D-1",
        "reason": "Asked by letter.",
    } | changes


def operator() -> Any:
    return signed_in(a_person("Olive Operator", "OPERATIONS"))


def text(answer: HttpResponse, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_it_is_started_seen_and_taken_back(alder: Client, birch: Client) -> None:
    browser = operator()
    assert "Start a transfer" in text(browser.get(reverse("ops:transfers")))
    assert "Start a transfer" in text(browser.get(reverse("ops:transfer-start")))
    answer = browser.post(reverse("ops:transfer-start"), form(alder, birch))
    transfer = InternalTransfer.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("ops:transfer", args=[transfer.pk]))
    page = text(browser.get(answer["Location"]))
    for words in ("Executed", "500.00", "Birch", "Olive Operator", "Internal transfer", "Take it back"):
        assert words in page, words
    assert "D-1" in text(browser.get(reverse("ops:transfers") + "?text=birch"))
    assert "D-1" not in text(browser.get(reverse("ops:transfers") + "?text=nobody"))
    back = reverse("ops:transfer-reverse", args=[transfer.pk])
    assert "This field is required" in text(browser.post(back, {"reason": ""}), 422)
    assert browser.post(back, {"reason": "Wrong profile."}).status_code == 302
    page = text(browser.get(answer["Location"]))
    assert "Reversed" in page and "Taken back by" in page
    assert "is not taken back" in text(browser.post(back, {"reason": "Again."}), 409)
    assert LedgerAccount.objects.get(profile_id=birch.profile_id).balance == Decimal(1)


def test_a_large_one_waits_for_others(alder: Client, birch: Client) -> None:
    browser = operator()
    browser.post(reverse("ops:transfer-start"), form(alder, birch, "20000.00"))
    transfer = InternalTransfer.objects.get()
    page = text(browser.get(reverse("ops:transfer", args=[transfer.pk])))
    assert "Awaiting approval" in page and "Nothing has moved" in page and "Take it back" not in page
    assert "1 waiting for approval" in text(browser.get(reverse("ops:transfers")))
    approve(transfer.approval_id)
    assert "Executed" in text(browser.get(reverse("ops:transfer", args=[transfer.pk])))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "1,000"}, "A plain number"),
        ({"amount": "0"}, "more than nothing"),
        ({"amount": "60000.00"}, "available"),
        ({"from_profile": "nobody"}, "There is no open profile"),
        ({"to_profile": "main"}, "Several profiles have this reference"),
        ({"client_reference": "a b"}, "1 to 64 of"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_what_is_refused_stands_beside_its_field(
    alder: Client, birch: Client, changes: dict[str, str], words: str
) -> None:
    amount = {"amount": "900.00"} if "amount" not in changes else {}
    sent = form(alder, birch, **(amount | changes))
    if changes.get("amount") == "60000.00":
        # To another profile it would wait; within the entity it is asked for at once.
        sent["from_profile"], sent["amount"] = str(birch.profile_id), "999.00"
        sent["to_profile"] = str(alder.profile_id)
    assert words in text(operator().post(reverse("ops:transfer-start"), sent), 422)
    assert not InternalTransfer.objects.exists()


def test_the_same_reference_is_not_done_again(alder: Client, birch: Client) -> None:
    browser = operator()
    for _ in range(2):
        browser.post(reverse("ops:transfer-start"), form(alder, birch))
    assert InternalTransfer.objects.count() == 1
    assert "other terms" in text(browser.post(reverse("ops:transfer-start"), form(alder, birch, "501.00")), 422)


def test_who_may_not_finds_nothing(alder: Client, birch: Client) -> None:
    viewer = signed_in(a_person("Vera Viewer", "VIEWER"))
    assert viewer.get(reverse("ops:transfers")).status_code == 404
    treasurer = signed_in(a_person("Tom Treasurer", "TREASURER"))
    assert "Start a transfer" not in text(treasurer.get(reverse("ops:transfers")))
    assert treasurer.post(reverse("ops:transfer-start"), form(alder, birch)).status_code == 404
