from pathlib import Path

import pytest

from tests.settlement.deposits.arriving import Arriving
from tests.world import World


@pytest.fixture
def arriving(db: None, tmp_path: Path) -> Arriving:
    return Arriving(World(), tmp_path)
