"""Where clients are paid in, on its page."""

import pytest
from django.test import Client as Browser

from accounts.models import Profile
from settlement.models import DepositInstruction, Rail
from tests.desk import a_person, signed_in
from tests.people import a_client
from tests.settlement.arriving import a_rail, an_instruction, arrive

pytestmark = pytest.mark.django_db
PAGE = "/ops/deposits/instructions"


def of(*roles: str) -> Browser:
    return signed_in(a_person("Olive", role=roles))


def test_it_lists_them_all_or_those_of_one_profile() -> None:
    one, other = an_instruction(a_client().profile_id), an_instruction(a_client().profile_id, "BITCOIN")
    browser = of("TREASURER")
    shown = browser.get(PAGE).content.decode()
    assert one.address in shown
    assert other.address in shown
    entity = Profile.objects.select_related("entity").get(pk=one.profile_id).entity
    narrowed = browser.get(f"{PAGE}?text={entity.legal_name}").content.decode()
    assert one.address in narrowed
    assert other.address not in narrowed
    assert "Give a profile" not in shown
    assert "Retire" not in narrowed.partition("<tbody")[2]


def test_operations_give_one_and_the_same_again() -> None:
    person, rail, operations = a_client(), a_rail("BITCOIN"), of("OPERATIONS")
    said = {"profile": str(person.profile_id), "rail": str(rail.pk)}
    assert operations.post(f"{PAGE}/open", said | {"profile": "nobody"}).status_code == 422
    for _ in range(2):
        assert operations.post(f"{PAGE}/open", said).status_code == 302
    made = DepositInstruction.objects.get(profile_id=person.profile_id)
    assert made.status == "ACTIVE"
    Rail.objects.filter(pk=rail.pk).update(gateway="NOBODY")
    refused = operations.post(f"{PAGE}/open", {"profile": str(a_client().profile_id), "rail": str(rail.pk)})
    assert refused.status_code == 422
    assert "does not come by BITCOIN now" in refused.content.decode()


def test_what_is_retired_is_told_to_nobody_and_still_counts() -> None:
    person, operations = a_client(), of("OPERATIONS")
    made = an_instruction(person.profile_id)
    answer = operations.post(f"{PAGE}/{made.pk}/retire", {"text": "AC-1"})
    assert answer["Location"] == f"{PAGE}?text=AC-1"
    made.refresh_from_db()
    assert made.status == "RETIRED"
    assert arrive("WIRE", address=made.address).profile_id == person.profile_id
    assert of("COMPLIANCE").post(f"{PAGE}/{made.pk}/retire").status_code == 404
