"""A profile that is closed holds nothing and is given nothing: the database says so to both sides."""

import threading
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import F

from accounts.models import Profile
from accounts.operations.change_profile import ProfileChange, change_profile
from core.domain.refusals import Refusal
from settlement.models import Deposit, LedgerAccount
from settlement.operations.open_client_account import open_client_account
from tests.guards.going_around import refusing_fact
from tests.identities import an_officer
from tests.world import MONDAY, Client, World

CLOSE = ProfileChange(is_closing=True)


def close(client: Client) -> Profile:
    return change_profile(profile_id=client.profile_id, change=CLOSE, actor=an_officer(), at=MONDAY)


@pytest.mark.django_db
def test_a_profile_is_closed_once_it_holds_nothing() -> None:
    world = World()
    alder, birch = world.client("Alder", USD="10.00"), world.client("Birch")

    with pytest.raises(Refusal) as caught:
        close(alder)
    assert (caught.value.code, caught.value.status) == ("PROFILE_NOT_EMPTY", 422)

    assert close(birch).status == "CLOSED"
    assert close(birch).version == Profile.objects.get(id=birch.profile_id).version
    update = f"UPDATE accounts_profile SET status = 'CLOSED' WHERE id = '{alder.profile_id}'"
    assert refusing_fact(update) == "closed_profile_is_empty"


@pytest.mark.django_db
def test_nothing_comes_to_a_closed_profile() -> None:
    world = World()
    alder = world.client("Alder")
    account = open_client_account(profile_id=alder.profile_id, asset_id=world.usd.pk)
    close(alder)

    # What arrives all the same waits for compliance, outside of the profile.
    deposit_id = world.deposit(alder, "USD", "10.00")
    assert Deposit.objects.get(id=deposit_id).status == "UNDER_REVIEW"
    assert world.balance(alder, "USD") == (0, 0)
    update = f"UPDATE settlement_ledgeraccount SET balance = 1 WHERE id = '{account}'"
    assert refusing_fact(update) == "value_goes_to_an_open_profile"
    insert = (
        "INSERT INTO settlement_ledgeraccount (id, code, name, kind, asset_id, profile_id, label, balance, held, status)"
        " SELECT gen_random_uuid(), 'x', 'x', kind, asset_id, profile_id, 'x', 1, 0, status"
        f" FROM settlement_ledgeraccount WHERE id = '{account}'"
    )
    assert refusing_fact(insert) == "value_begins_at_an_open_profile"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_money_first", [True, False])
def test_a_booking_and_a_closing_at_once_do_not_both_happen(is_money_first: bool) -> None:
    world = World()
    alder = world.client("Alder")
    account = open_client_account(profile_id=alder.profile_id, asset_id=world.usd.pk)
    is_first_done, came = threading.Event(), []

    def second() -> None:
        is_first_done.wait(10)
        try:
            if is_money_first:
                close(alder)
            else:
                LedgerAccount.objects.filter(id=account).update(balance=F("balance") + Decimal(5))
            came.append("done")
        except Exception as error:
            came.append(type(error).__name__)
        finally:
            connection.close()

    other = threading.Thread(target=second)
    other.start()
    with transaction.atomic():
        if is_money_first:
            LedgerAccount.objects.filter(id=account).update(balance=F("balance") + Decimal(5))
        else:
            close(alder)
        is_first_done.set()
        # The other one waits for this transaction.
        other.join(0.5)
        assert other.is_alive()
    other.join(10)

    assert came == ["Refusal" if is_money_first else "IntegrityError"]
    # Put it back so that the books of this world add up again.
    LedgerAccount.objects.filter(id=account).update(balance=0)
