"""The books over the API, for the firm's own programs: one clock at a time, and every asset ends in zero."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser

from accounts.contracts import EntityTerms
from accounts.models import Organisation
from accounts.operations.create_entity import create_entity
from accounts.operations.create_organisation import create_organisation
from settlement.models import Entry, LedgerAccount
from tests.keys import a_key, token_around
from tests.world import World

pytestmark = pytest.mark.django_db


def a_program(world: World) -> dict[str, str]:
    firm = create_organisation(name="The firm", kind=Organisation.Kind.FIRM, at=world.at)
    terms = EntityTerms(legal_name="Books", kind="INSTITUTION", reference="books", country="US")
    entity_id = create_entity(organisation_id=firm, terms=terms, at=world.at)
    key = a_key(entity_id, ["firm:ledger"], label="Books", at=world.at)
    return bearing(token_around(key.credential_id, "firm:ledger"))


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_trial_balance_is_that_of_one_moment(client: Browser) -> None:
    world = World()
    headers = a_program(world)
    alder = world.client("Alder", USD="100.00")
    world.at += timedelta(days=1)
    world.deposit(alder, "USD", "7.50")

    def told(query: str) -> dict[str, str]:
        answer = client.get(f"/v1/firm/trial-balance{query}", headers=headers)
        assert answer.status_code == 200, answer.content
        lines = answer.json()["items"]
        assert sum(Decimal(line["balance"]) for line in lines) == 0
        return {line["kind"]: line["balance"] for line in lines if line["asset"] == "USD"}

    assert told("")["CLIENT"] == "107.500000"
    assert told("?business_date=2026-03-02") == {"OMNIBUS": "-100.000000", "FEES": "0.000000", "CLIENT": "100.000000"}
    assert told("?as_of=2026-03-02T09:00:00.000000Z")["CLIENT"] == "0.000000"
    for wrong in ("?business_date=2026-03-02&as_of=2026-03-02T09:00:00.000000Z", "?as_of=noon", "?business_date=x"):
        assert client.get(f"/v1/firm/trial-balance{wrong}", headers=headers).status_code == 400


def test_entries_come_with_their_postings_and_accounts_with_their_balances(client: Browser) -> None:
    world = World()
    headers = a_program(world)
    alder = world.client("Alder", USD="100.00")
    items = client.get("/v1/firm/entries?kind=DEPOSIT&business_date=2026-03-02", headers=headers).json()["items"]
    (entry,) = items
    assert entry["id"] == str(Entry.objects.get().pk)
    account = LedgerAccount.objects.get(profile_id=alder.profile_id)
    assert [(each["destination_id"], each["amount"], each["asset"]) for each in entry["postings"]] == [
        (str(account.pk), "100.000000", "USD")
    ]
    shown = client.get(f"/v1/firm/ledger-accounts?profile_id={alder.profile_id}", headers=headers).json()["items"]
    assert [(each["code"], each["balance"], each["held"]) for each in shown] == [
        (account.code, "100.000000", "0.000000")
    ]
    own = bearing(token_around(alder.credential.credential_id, "orders:read"))
    assert client.get("/v1/firm/entries", headers=own).status_code == 403
