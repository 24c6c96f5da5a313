"""In these tests webhooks may point to this very host."""

from collections.abc import Iterator

import pytest
from django.test import override_settings


@pytest.fixture(autouse=True)
def this_host() -> Iterator[None]:
    with override_settings(WEBHOOK_LOOPBACK=True):
        yield
