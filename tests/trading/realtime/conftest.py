"""Every test of the live desk gives its connections back."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db import connections

from tests.trading.pages.conftest import Desk
from trading.realtime.desk import get_desk
from trading.realtime.stream.hub import get_hub


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    return Desk()


@pytest_asyncio.fixture(autouse=True)
async def connections_are_given_back() -> AsyncIterator[None]:
    """The threads that asked the database in a test end with it."""
    yield
    await get_desk().rest()
    await get_hub().rest()
    await sync_to_async(connections.close_all)()
