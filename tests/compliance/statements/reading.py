"""A PDF read back by hand: its streams unpacked, its letters by the map that each font brings along."""

import re
import zlib
from base64 import a85decode

_OBJECT = re.compile(rb"\n(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)


def _streams(objects: dict[int, bytes]) -> dict[int, bytes]:
    found = {}
    for number, body in objects.items():
        head, begins, rest = body.partition(b"stream\n")
        length = re.search(rb"/Length (\d+)", head)
        if not begins or length is None:
            continue
        content = rest[: int(length.group(1))]
        if b"ASCII85Decode" in head:
            content = a85decode(content.strip().removesuffix(b"~>"))
        if b"FlateDecode" in head:
            content = zlib.decompress(content)
        found[number] = content
    return found


def _map(cmap: bytes) -> dict[int, str]:
    """Code -> character, of one subset."""
    pairs = re.findall(rb"<(\w\w)> <(\w+)>\n", cmap.partition(b"beginbfchar")[2])
    return {int(code, 16): bytes.fromhex(target.decode()).decode("utf-16-be") for code, target in pairs}


def _unescaped(text: bytes) -> bytes:
    plain = re.sub(rb"\\([0-7]{1,3})", lambda octal: bytes([int(octal.group(1), 8)]), text)
    return re.sub(rb"\\(.)", rb"\1", plain, flags=re.DOTALL)


def pages_of(pdf: bytes) -> list[list[str]]:
    """Each page's texts, in the order in which they were drawn."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    streams = _streams(objects)
    fonts = {}
    for body in objects.values():
        if b"/Type /Font" in body and b"/ToUnicode" in body:
            name = re.search(rb"/Name /(\S+)", body)
            target = re.search(rb"/ToUnicode (\d+) 0 R", body)
            assert name is not None
            assert target is not None
            fonts[name.group(1)] = _map(streams[int(target.group(1))])
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\b(?!s)", body)]
    numbers = [int(re.search(rb"/Contents (\d+) 0 R", body).group(1)) for body in pages]  # type: ignore[union-attr]
    return [_texts(streams[number], fonts) for number in sorted(numbers)]


def _texts(content: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    """A text may be shown by several subsets in one line; what stands on one BT is one text."""
    said = []
    for block in re.findall(rb"BT (.*?) T\* ET\n", content, re.DOTALL):
        font, text = b"", ""
        for name, shown in re.findall(rb"/(\S+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", block, re.DOTALL):
            if name:
                font = name
            else:
                text += "".join(fonts[font][code] for code in _unescaped(shown))
        said.append(text)
    return said
