"""/v1/firm/withdrawals/{id}/retry, /fail and /reject: three acts behind doors that are alike."""

from pathlib import Path

import pytest

from settlement.models import Withdrawal
from tests.accounts.api.asking import body, the_firm
from tests.people import problem
from tests.settlement.withdrawals.paying import Paying
from tests.world import World

pytestmark = pytest.mark.django_db
WHY = {"reason": "Looked at."}


@pytest.fixture
def paying(db: None, tmp_path: Path) -> Paying:
    return Paying(World(), tmp_path)


def errored(paying: Paying) -> Withdrawal:
    withdrawal = paying.ask(paying.client(), "100.00", "sbx:error:9")
    paying.sweep()
    assert Withdrawal.objects.get(pk=withdrawal.pk).status == "ERRORED"
    return withdrawal


def test_an_errored_one_is_sent_again_and_given_up(paying: Paying) -> None:
    firm, path = the_firm("firm:funding"), f"/firm/withdrawals/{errored(paying).pk}"
    assert body(firm.post(f"{path}/retry", WHY))["status"] == "APPROVED"
    problem(firm.post(f"{path}/retry", WHY), 409, "STATE_CHANGED")
    paying.sweep()
    given_up = body(firm.post(f"{path}/fail", WHY))
    assert (given_up["status"], given_up["expected_date"]) == ("FAILED", None)
    problem(firm.post(f"{path}/fail", {}), 400, "REQUEST_INVALID")


def test_one_that_was_not_sent_is_rejected(paying: Paying) -> None:
    firm, withdrawal = the_firm("firm:funding"), paying.ask(paying.client(), "100.00")
    path = f"/firm/withdrawals/{withdrawal.pk}/reject"
    assert body(firm.post(path, WHY))["status"] == "REJECTED"
    assert body(firm.post(path, WHY))["status"] == "REJECTED"
    problem(the_firm("firm:ledger").post(path, WHY), 403, "SCOPE_MISSING")
