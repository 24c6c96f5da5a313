"""What others wrote is shipped as it was fetched, and nothing comes in unlisted."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def vendor() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor", ROOT / "tools" / "vendor.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_vendored_file_is_listed_with_its_hash(vendor: ModuleType) -> None:
    assert vendor.find_faults() == []


def test_a_changed_a_missing_and_an_unlisted_file_are_found(vendor: ModuleType, tmp_path: Path) -> None:
    for folder in ("static/vendor", "tests/vendor", "templates/ops/parts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    vendor.ROOT = tmp_path
    vendor.LISTS = [tmp_path / "static/vendor/VENDORED.toml", tmp_path / "tests/vendor/VENDORED.toml"]
    assert vendor.find_faults() == []
    script = next((tmp_path / "static/vendor").glob("htmx-*.js"))
    script.write_bytes(script.read_bytes() + b"//")
    (tmp_path / "tests/vendor/axe.min.js").unlink()
    (tmp_path / "static/vendor/extra.js").write_text("1")
    assert sorted(vendor.find_faults()) == [
        "static/vendor/extra.js is in no list",
        f"static/vendor/{script.name} is not what the list says",
        "tests/vendor/axe.min.js is missing",
    ]
