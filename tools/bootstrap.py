"""Make the virtual environment, install what a lock file pins, then run a command in it.

    python3 tools/bootstrap.py requirements.lock -- .venv/bin/python manage.py up

Standard library only, and written so that an older Python can at least say that it is too old. Nothing is installed
again while the lock file has not changed. Works as root and as an ordinary user.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "countinghouse-installed.json"
UV_LOCK = "tools/uv.lock"
# Compiled once here, since the stack's user may have no right to write beside the code.
SOURCES = ("config", "compliance", "trading", "settlement", "accounts", "core", "bench", "manage.py")


class SetupError(Exception):
    """What is missing on this machine, and what helps."""


def say(text):
    print(f"setup    | {text}", flush=True)


def check_python(version=sys.version_info):
    """Refuse a Python that is too old, naming ours and the way to give another."""
    if tuple(version[:2]) < OLDEST:
        found = ".".join(str(part) for part in version[:3])
        raise SetupError(
            f"Countinghouse needs Python {OLDEST[0]}.{OLDEST[1]} or later; this is {found} ({sys.executable}). "
            "Give another one: make run PYTHON=python3.11"
        )


def check_venv_modules(import_module=__import__):
    """Refuse a Python that cannot make virtual environments, naming Debian's package that it lacks."""
    for name in ("venv", "ensurepip"):
        try:
            import_module(name)
        except ImportError:
            package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
            raise SetupError(
                f"This Python ({sys.executable}) lacks the module {name} and cannot make virtual environments. "
                f"On Debian or Ubuntu: apt install {package}"
            ) from None


def digest(lock):
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def read_stamp():
    """Lock file -> the hash of what of it is installed. A damaged stamp is as good as none."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def note_installed(lock):
    stamp = dict(read_stamp(), **{lock: digest(lock)})
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(stamp, indent=1, sort_keys=True))
    fresh.replace(STAMP)


def is_installed(lock):
    """Whether the lock file as it is now is what is installed."""
    return PYTHON.exists() and read_stamp().get(lock) == digest(lock)


def run(argv, quiet=False):
    """Run a command in the checkout; True when it ended well."""
    sink = subprocess.DEVNULL if quiet else None
    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", VIRTUAL_ENV=str(VENV))
    words = [str(word) for word in argv]
    try:
        return subprocess.call(words, cwd=str(ROOT), env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink) == 0
    except OSError:
        return False


def make_venv():
    """Make .venv unless a working one with pip is there. A half-made one is made anew."""
    if run([PYTHON, "-c", "import pip"], quiet=True):
        return
    if run([PYTHON, "-c", "pass"], quiet=True):
        say("adding pip to .venv")
        if run([PYTHON, "-m", "ensurepip", "--default-pip"], quiet=True):
            return
    check_venv_modules()
    import venv

    say(f"making .venv with Python {'.'.join(str(part) for part in sys.version_info[:3])}")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.EnvBuilder(with_pip=True, symlinks=True).create(str(VENV))
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupError(f"Making .venv failed: {error}") from None


def install(lock):
    """Install exactly what the lock pins: with uv, which is quick, else with pip."""
    make_venv()
    pip = [PYTHON, "-m", "pip", "install", "--require-hashes", "--no-input"]
    uv = VENV / "bin" / "uv"
    if not (is_installed(UV_LOCK) and uv.exists()):
        say("installing uv")
        if run([*pip, "--quiet", "-r", UV_LOCK]):
            note_installed(UV_LOCK)
    say(f"installing {lock}")
    by_uv = [uv, "pip", "install", "--python", PYTHON, "--require-hashes", "--compile-bytecode", "-r", lock]
    if not run(by_uv):
        say("uv cannot install it here: installing with pip, which takes longer")
        if not run([*pip, "-r", lock]):
            raise SetupError(f"Installing {lock} failed; the lines above say why. Run it again when that is mended.")
    note_installed(lock)
    run([PYTHON, "-m", "compileall", "-q", *SOURCES], quiet=True)


def main(argv):
    """Install the locks named before `--` as far as they changed, then become the command after it."""
    at = argv.index("--") if "--" in argv else len(argv)
    locks, command = argv[:at], argv[at + 1 :]
    began = time.time()
    try:
        check_python()
        wanted = [lock for lock in locks if not is_installed(lock)]
        for lock in wanted:
            install(lock)
    except SetupError as error:
        print(f"setup    | {error}", file=sys.stderr, flush=True)
        return 1
    if wanted:
        say(f"installed in {time.time() - began:.1f} s")
    if command:
        os.chdir(str(ROOT))
        os.execv(command[0], command)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
