"""The API's own description in a browser: every operation is drawn, under the content security policy of all pages."""

import json

import pytest
from playwright.sync_api import expect

from config.docs import openapi_bytes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_draws_every_operation_without_a_fault(visit):
    page = visit("/v1/docs")
    operations = sum(len(methods) for methods in json.loads(openapi_bytes())["paths"].values())
    expect(page.locator(".opblock")).to_have_count(operations)
