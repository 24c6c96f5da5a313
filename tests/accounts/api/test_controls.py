"""POST and GET /v1/identities/{id}/controls, DELETE .../controls/{id}, POST /v1/firm/identities/{id}/controls"""

import pytest

from accounts.models import IdentityControl, Profile
from tests.accounts.api.asking import a_program, body, key, the_firm
from tests.people import Person, problem

pytestmark = pytest.mark.django_db
SELL_ONLY = {"kind": "SELL_ONLY", "reason_code": "END_USER_REQUEST", "note": "By their own wish."}
FREEZE = {"kind": "FROZEN", "reason_code": "COMPLIANCE_INVESTIGATION", "is_overridable": False, "note": "File 7."}


def path_of(person: Person) -> str:
    identity_id = Profile.objects.values_list("members__identity_id", flat=True).get(pk=person.profile_id)
    return f"/identities/{identity_id}/controls"


def denied(person: Person) -> set[str]:
    return set(Profile.objects.get(pk=person.profile_id).denied_actions)


def test_a_client_sets_a_control_sees_it_and_lifts_it():
    person = a_program()
    path = path_of(person)

    made = body(person.api.post(path, SELL_ONLY, **key("c-1")), 201)

    assert made | SELL_ONLY == made
    assert (made["set_by"], made["may_clear"], made["cleared_at"]) == ("CLIENT", True, None)
    assert "BUY" in denied(person)
    assert body(person.api.get(path))["items"] == [made]
    assert person.api.delete(f"{path}/{made['id']}").status_code == 204
    assert person.api.delete(f"{path}/{made['id']}").status_code == 204
    assert denied(person) == set()
    (listed,) = body(person.api.get(path))["items"]
    assert (listed["may_clear"], listed["cleared_at"] is None) == (False, False)


def test_a_repetition_sets_it_once_and_the_same_kind_again_is_refused_with_what_is_there():
    person = a_program()
    path = path_of(person)
    first = person.api.post(path, SELL_ONLY, **key("c-1"))

    again = person.api.post(path, SELL_ONLY, **key("c-1"))

    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    refused = problem(person.api.post(path, SELL_ONLY, **key("c-2")), 409, "ALREADY_EXISTS")
    assert refused["meta"] == {"existing": body(first, 201)["id"]}
    assert IdentityControl.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "MUTED"}, "/kind"),
        ({"reason_code": "LEGAL_ORDER"}, "/reason_code"),
        ({"reason_code": "COMPLIANCE_KYC"}, "/reason_code"),
        ({"is_overridable": True}, "/is_overridable"),
        ({"set_by": "OPERATOR"}, "/set_by"),
        ({"note": "x" * 501}, "/note"),
    ],
)
def test_what_a_client_may_not_say_is_refused_by_pointer(change, pointer):
    person = a_program()
    refused = problem(person.api.post(path_of(person), SELL_ONLY | change, **key("c-1")), 400, "REQUEST_INVALID")
    assert [error["pointer"] for error in refused["errors"]] == [pointer]
    assert not IdentityControl.objects.exists()


def test_the_firm_freezes_and_the_client_sees_what_but_neither_why_nor_a_way_out():
    person = a_program()
    path = path_of(person)

    made = body(the_firm().post(f"/firm{path}", FREEZE, **key("f-1")), 201)

    assert made | FREEZE == made
    (seen,) = body(person.api.get(path))["items"]
    assert (seen["kind"], seen["set_by"], seen["may_clear"]) == ("FROZEN", "OPERATOR", False)
    assert (seen["reason_code"], seen["note"]) == (None, None)
    assert "is_overridable" not in seen
    assert "INVESTIGATION" not in person.api.get(path).content.decode()
    problem(person.api.delete(f"{path}/{made['id']}"), 422, "CONTROL_NOT_OVERRIDABLE")


def test_what_the_firm_made_overridable_the_client_may_lift():
    person = a_program()
    path = path_of(person)
    wish = {"kind": "DORMANT", "reason_code": "INACTIVITY", "is_overridable": True}
    made = body(the_firm().post(f"/firm{path}", wish, **key("f-1")), 201)
    (seen,) = body(person.api.get(path))["items"]
    assert (seen["reason_code"], seen["may_clear"]) == ("INACTIVITY", True)
    assert person.api.delete(f"{path}/{made['id']}").status_code == 204


def test_a_freeze_is_never_overridable_not_even_for_the_firm():
    person = a_program()
    wish = FREEZE | {"is_overridable": True}
    problem(the_firm().post(f"/firm{path_of(person)}", wish, **key("f-1")), 422, "CONTROL_NOT_ALLOWED")


def test_a_client_may_freeze_itself_and_only_the_firm_lifts_it():
    person = a_program()
    path = path_of(person)
    made = body(person.api.post(path, {"kind": "FROZEN", "reason_code": "RISK_FRAUD"}, **key("c-1")), 201)
    assert made["may_clear"] is False
    problem(person.api.delete(f"{path}/{made['id']}"), 422, "CONTROL_NOT_OVERRIDABLE")
    assert {"BUY", "SELL", "EXECUTE", "WITHDRAW"} <= denied(person)
