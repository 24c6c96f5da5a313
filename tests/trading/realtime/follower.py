"""The client that docs/feeds.md shows, as it stands there."""

import re
from pathlib import Path
from typing import Any

_PAGE = Path(__file__).parents[3] / "docs" / "feeds.md"
_CODE = re.search(r"```python\n(.*?)```", _PAGE.read_text(), re.DOTALL)
assert _CODE is not None
_NAMES: dict[str, Any] = {}
exec(compile(_CODE[1], str(_PAGE), "exec"), _NAMES)

Book = _NAMES["Book"]
Gap = _NAMES["Gap"]
