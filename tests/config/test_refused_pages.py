"""A page that is refused says why: the form was another's, or the reader may not."""

import pytest
from django.test import Client

from tests.desk import a_person, signed_in

pytestmark = pytest.mark.django_db


def test_a_form_without_its_token_was_too_old() -> None:
    answer = Client(enforce_csrf_checks=True).post("/ops/sign-in", {"email": "a@example.com", "password": "x"})
    assert answer.status_code == 403
    assert b"too old, or came from another page" in answer.content


def test_who_may_not_open_a_page_is_not_told_of_forms() -> None:
    answer = signed_in(a_person()).get("/ops/admin/", follow=True)
    assert answer.status_code == 403
    assert b"You may not do this" in answer.content
    assert b"too old" not in answer.content
