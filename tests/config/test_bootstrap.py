"""The bootstrap: says what is missing, installs what a lock pins, and does nothing when nothing changed."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bootstrap():
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "tools" / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_old_python_is_refused_with_the_way_out(bootstrap):
    with pytest.raises(bootstrap.SetupError, match=r"needs Python 3.11 or later; this is 3.9.2 .*PYTHON=python3.11"):
        bootstrap.check_python((3, 9, 2))
    bootstrap.check_python((3, 11, 0))


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_which_package_it_lacks(bootstrap, missing):
    def import_module(name):
        if name == missing:
            raise ImportError(name)

    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    with pytest.raises(bootstrap.SetupError, match=f"lacks the module {missing} .*apt install {package}"):
        bootstrap.check_venv_modules(import_module)


def test_a_clean_tree_is_set_up_once_and_again_when_its_lock_changes(tmp_path):
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "bootstrap.py", tmp_path / "tools")
    # Nothing is pinned, so nothing is downloaded: what is looked at is the order of things.
    for lock in ("requirements.lock", "tools/uv.lock"):
        (tmp_path / lock).write_text("# nothing\n")

    def run():
        command = ["tools/bootstrap.py", "requirements.lock", "--", ".venv/bin/python", "-c", "print('it runs')"]
        done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    first = run()
    assert "making .venv" in first
    assert "installing requirements.lock" in first
    # There is no uv in this tree: plain pip does it.
    assert "installing with pip" in first
    assert first.endswith("it runs\n")
    assert run() == "it runs\n"
    (tmp_path / "requirements.lock").write_text("# something else\n")
    third = run()
    assert "making .venv" not in third
    assert "installing requirements.lock" in third


def test_a_lock_that_cannot_be_installed_fails_loudly(tmp_path):
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "bootstrap.py", tmp_path / "tools")
    (tmp_path / "tools" / "uv.lock").write_text("# nothing\n")
    # Without a hash: --require-hashes refuses it before anything is fetched.
    (tmp_path / "requirements.lock").write_text("no-such-thing==1\n")
    done = subprocess.run(
        [sys.executable, "tools/bootstrap.py", "requirements.lock", "--", "/bin/echo", "it runs"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Installing requirements.lock failed" in done.stderr
    assert "it runs" not in done.stdout
    assert "requirements.lock" not in json.loads((tmp_path / ".venv" / "countinghouse-installed.json").read_text())


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-dev.lock", "requirements-browser.lock", "tools/uv.lock"]
)
def test_every_locked_package_has_hashes_and_no_lock_names_a_host(lock):
    text = (ROOT / lock).read_text()
    pinned = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert pinned
    assert all(line.rstrip().endswith("\\") for line in pinned)
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


def test_the_dev_lock_agrees_with_the_lock_of_the_product():
    def pins(name):
        lines = (line for line in (ROOT / name).read_text().splitlines() if "==" in line and line[0].isalpha())
        return {line.split()[0].split("==")[0]: line.rstrip(" \\") for line in lines}

    product, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: dev.get(name) for name in product} == product
