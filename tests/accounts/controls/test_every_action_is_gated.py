"""Each action of the grid is enforced by named code, or listed as one that no operation performs yet: a new operation cannot
forget to ask.
"""

import ast
from pathlib import Path

import pytest

from accounts.domain.permissions import Action

ROOT = Path(__file__).resolve().parents[3]
# Action -> where it is asked, and by which words.
ENFORCED = {
    Action.BUY: ("trading/operations/place_order.py", "denied_actions"),
    Action.SELL: ("trading/operations/place_order.py", "denied_actions"),
    Action.EXECUTE: ("trading/queries/forbidden_orders.py", "'EXECUTE' = ANY (p.denied_actions)"),
    Action.RECEIVE: ("settlement/queries/deposit_facts.py", "Action.RECEIVE"),
    Action.DEPOSIT_ADDRESS: ("settlement/operations/open_deposit_instruction.py", "Action.DEPOSIT_ADDRESS"),
    Action.HOLD: ("settlement/queries/holding.py", "Action.HOLD"),
    Action.TRANSFER_OUT: ("settlement/operations/book_transfers.py", "Action.TRANSFER_OUT"),
    Action.WITHDRAW: ("settlement/operations/request_withdrawal.py", "Action.WITHDRAW"),
}
# What nobody can do yet. Whoever writes the operation moves the action up, and asks ``check_permission``.
NO_OPERATION_YET = {
    Action.SETTLE: "settle_transaction",
}
# Words in the name of an operation that performs such an action.
SIGNS = {
    Action.SETTLE: ("settle_", "netting"),
}


def test_every_action_is_one_or_the_other() -> None:
    assert set(ENFORCED) | set(NO_OPERATION_YET) == set(Action)
    assert not set(ENFORCED) & set(NO_OPERATION_YET)


@pytest.mark.parametrize("action", ENFORCED)
def test_the_named_code_asks(action: Action) -> None:
    path, words = ENFORCED[action]
    source = (ROOT / path).read_text()
    ast.parse(source)
    assert words in source


@pytest.mark.parametrize("action", NO_OPERATION_YET)
def test_an_operation_that_performs_it_is_not_there_or_asks(action: Action) -> None:
    for app in ("settlement", "trading"):
        for path in (ROOT / app / "operations").glob("*.py"):
            if any(sign in path.stem for sign in SIGNS[action]):
                assert f"Action.{action.name}" in path.read_text(), (
                    f"{path.name} performs {action}: have it ask check_permission, and list it under ENFORCED"
                )
