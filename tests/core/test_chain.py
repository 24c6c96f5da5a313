"""The leaf of a seal is the hash of its canonical JSON, whatever stands in its parts."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from core.domain.canonical import canonical_json
from core.domain.chain import leaf_hash

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(number=st.integers(1, 10**18), kind_number=st.integers(1, 10**18), texts=st.tuples(*[TEXTS] * 5))
def test_a_leaf_is_the_hash_of_zero_and_its_canonical_json(
    number: int, kind_number: int, texts: tuple[str, str, str, str, str]
) -> None:
    kind, object_id, record, sealed_at, prev = texts
    leaf = {
        "seal_seq": str(number),
        "kind": kind,
        "kind_seq": str(kind_number),
        "object_id": object_id,
        "record_hash": record,
        "sealed_at": sealed_at,
        "prev": prev,
    }
    made = leaf_hash(
        seal_seq=number,
        kind=kind,
        kind_seq=kind_number,
        object_id=object_id,
        record=record,
        sealed_at=sealed_at,
        prev=prev,
    )
    assert made == sha256(b"\x00" + canonical_json(leaf)).hexdigest()


def test_the_first_leaf_of_a_known_chain() -> None:
    made = leaf_hash(
        seal_seq=1,
        kind="AUDIT_ENTRY",
        kind_seq=1,
        object_id="019ab000-0000-7000-8000-000000000001",
        record="a" * 64,
        sealed_at="2026-03-02T10:00:00.000000Z",
        prev="0" * 64,
    )
    text = (
        '{"kind":"AUDIT_ENTRY","kind_seq":"1","object_id":"019ab000-0000-7000-8000-000000000001","prev":"'
        + "0" * 64
        + '","record_hash":"'
        + "a" * 64
        + '","seal_seq":"1","sealed_at":"2026-03-02T10:00:00.000000Z"}'
    )
    assert made == sha256(b"\x00" + text.encode()).hexdigest()
