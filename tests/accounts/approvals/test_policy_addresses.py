"""The page of a policy takes the code of an action in its address, and nothing else."""

import pytest

from tests.desk import a_person, signed_in

pytestmark = pytest.mark.django_db


def test_what_is_no_code_of_an_action_is_no_page() -> None:
    browser = signed_in(a_person(role="ADMINISTRATOR"))
    assert browser.get("/ops/policies/ROLE_GRANT").status_code == 200
    for code in ("%00", "ROLE_GRANT%00", "ROLE%20GRANT", "%ff", "..", "a" * 300, "NOTHING"):
        for answer in (browser.get(f"/ops/policies/{code}"), browser.post(f"/ops/policies/{code}", {"reason": "x"})):
            assert answer.status_code == 404, code
