"""The same desk as trading's: balances are moved by trades and deposits."""

from tests.trading.api.conftest import ann, bob, world  # noqa: F401
