"""Fetches, lists and checks the files of others that we ship unchanged.

    python tools/vendor.py fetch     gets every package by `npm pack` and writes files and hashes
    python tools/vendor.py check     compares hashes without a network; refuses files that no list names

The lists are static/vendor/VENDORED.toml and tests/vendor/VENDORED.toml.
"""

import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LISTS = [ROOT / "static/vendor/VENDORED.toml", ROOT / "tests/vendor/VENDORED.toml"]


def read_packages(manifest: Path) -> list[dict[str, Any]]:
    return list(tomllib.loads(manifest.read_text())["package"])


def list_targets(package: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Every path the package owns, with the SHA-256 its bytes must have."""
    yield ROOT / package["licence_file"], package["licence_sha256"]
    for entry in [*package.get("file", []), *package.get("sprite", [])]:
        yield ROOT / entry["to"], entry["sha256"]


def make_sprite(archive: tarfile.TarFile, icons: list[str]) -> bytes:
    """One hidden <svg> with a <symbol> per icon, named `i-NAME`; the shapes inside are the drawings' own."""
    symbols = []
    for icon in icons:
        svg = read_member(archive, f"package/icons/{icon}.svg").decode()
        body = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
        if body is None:
            raise SystemExit(f"{icon}.svg is not a drawing")
        shapes = re.sub(r"\s*\n\s*", "", body.group(1))
        symbols.append(f'<symbol id="i-{icon}" viewBox="0 0 24 24">{shapes}</symbol>')
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0" hidden aria-hidden="true">'
    return (head + "\n" + "\n".join(symbols) + "\n</svg>\n").encode()


def read_member(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(name)
    if member is None:
        raise SystemExit(f"{name} is not in the package")
    return member.read()


def fetch_package(package: dict[str, Any]) -> dict[str, bytes]:
    """Path -> bytes of everything the package gives us."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{package['name']}@{package['version']}"
        done = subprocess.run(
            ["npm", "pack", "--silent", wanted], cwd=folder, check=True, capture_output=True, text=True
        )
        with tarfile.open(Path(folder) / done.stdout.split()[-1]) as archive:
            found = {package["licence_file"]: read_member(archive, package["licence_from"])}
            for entry in package.get("file", []):
                found[entry["to"]] = read_member(archive, entry["from"])
            for entry in package.get("sprite", []):
                found[entry["to"]] = make_sprite(archive, entry["icons"])
    return found


def write_hash(manifest: Path, path: str, sha256: str) -> None:
    text = manifest.read_text()
    pattern = rf'((?:to|licence_file) = "{re.escape(path)}"\n(?:licence_)?sha256 = ")[0-9a-f]*"'
    text, count = re.subn(pattern, rf'\g<1>{sha256}"', text)
    if count != 1:
        raise SystemExit(f"{manifest}: the line after {path} has to be its sha256")
    manifest.write_text(text)


def fetch() -> None:
    for manifest in LISTS:
        for package in read_packages(manifest):
            for path, content in fetch_package(package).items():
                target = ROOT / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                write_hash(manifest, path, hashlib.sha256(content).hexdigest())
                print(f"{path}  {len(content):,} bytes")


def find_wrong_file(path: Path, sha256: str) -> Iterator[str]:
    if not path.is_file():
        yield f"{path.relative_to(ROOT)} is missing"
    elif hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        yield f"{path.relative_to(ROOT)} is not what the list says"


def find_faults() -> list[str]:
    """What differs from the lists, one sentence each; empty when all is as listed."""
    listed = {path: sha256 for manifest in LISTS for p in read_packages(manifest) for path, sha256 in list_targets(p)}
    faults = [fault for path, sha256 in listed.items() for fault in find_wrong_file(path, sha256)]
    present = [path for manifest in LISTS for path in manifest.parent.rglob("*") if path.is_file()]
    unlisted = sorted(set(present) - set(listed) - set(LISTS))
    return faults + [f"{path.relative_to(ROOT)} is in no list" for path in unlisted]


def main() -> None:
    verb = sys.argv[1] if len(sys.argv) == 2 else ""
    if verb == "fetch":
        fetch()
    elif verb == "check":
        faults = find_faults()
        print("\n".join(faults) or "vendored files: all as listed")
        raise SystemExit(1 if faults else 0)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
