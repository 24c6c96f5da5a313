"""A manifest is one text: whatever is not exactly that text is not a manifest."""

import pytest

from compliance.domain.manifest import ManifestInvalid, manifest_body, manifest_bytes, read_manifest

BODY = manifest_body(key_id="0123456789abcdef", report={"code": "SAMPLE", "files": []}, run={"id": "1"})
SIGNATURE = bytes(range(64))


def test_it_is_read_back_as_written() -> None:
    manifest = read_manifest(manifest_bytes(BODY, SIGNATURE))
    assert manifest.body == BODY
    assert manifest.signature == SIGNATURE.hex()
    assert manifest.key_id == "0123456789abcdef"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"{}",
        b"\xff",
        manifest_bytes(BODY, SIGNATURE) + b"\n",
        manifest_bytes(BODY, SIGNATURE).replace(b",", b", "),
        manifest_bytes(BODY, SIGNATURE).replace(b"countinghouse-report-manifest-1", b"another"),
        manifest_bytes(BODY, SIGNATURE).replace(b'"id":"1"', b'"id":"1","id":"1"'),
        manifest_bytes(BODY, SIGNATURE).replace(b'"id":"1"', b'"id":1'),
        manifest_bytes(BODY, SIGNATURE).replace(SIGNATURE.hex().encode(), b"zz"),
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ManifestInvalid):
        read_manifest(data)
