from pathlib import Path

import pytest

from tests.settlement.withdrawals.paying import Paying
from tests.world import World


@pytest.fixture
def paying(db: None, tmp_path: Path) -> Paying:
    return Paying(World(), tmp_path)
