"""The proof of one audit entry: made from the edge of the tree, checked by a stranger with a public key, refused when touched."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import CommandError, call_command

from compliance.domain.merkle import Frontier, ProofError, inclusion_path, inclusion_path_beyond, root_of
from compliance.domain.proof import ProofRefused, check_proof
from compliance.gateways.checkpoint_store import CheckpointStore
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.note_signing import is_note_signed
from compliance.queries.inclusion import prove_inclusion
from core.domain.refusals import Refusal
from core.ids import new_id
from core.models import AuditEntry, SealedRecord
from tests.compliance.reporting import seal
from tests.compliance.watching import AUDIT, ORIGIN, Watched, damage, seal_of

pytestmark = pytest.mark.django_db


def leaf(number: int) -> bytes:
    return number.to_bytes(32, "big")


def test_a_path_from_the_edge_is_the_path_from_all_leaves() -> None:
    for size in range(1, 66):
        leaves = [leaf(number) for number in range(size)]
        for before in range(size):
            edge = Frontier()
            for each in leaves[:before]:
                edge.append(each)
            for index in range(before, size):
                assert inclusion_path_beyond(edge, leaves[before:], index) == inclusion_path(leaves, index)


def test_a_leaf_of_the_beginning_has_no_path_from_the_edge() -> None:
    edge = Frontier()
    edge.append(leaf(0))
    for index in (-1, 0, 2):
        with pytest.raises(ProofError):
            inclusion_path_beyond(edge, [leaf(1)], index)


def proof_of(watched: Watched, entry_id: Any) -> dict[str, Any]:
    return prove_inclusion(entry_id=entry_id, store=CheckpointStore(watched.checkpoints))


def check(watched: Watched, document: Any) -> Any:
    keys = watched.keys.public_keys()
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return check_proof(text, is_signed=lambda note: is_note_signed(note, keys))


def test_every_audit_entry_has_a_proof_under_the_first_checkpoint_that_covers_it(watched: Watched) -> None:
    seals = SealedRecord.objects.filter(kind=AUDIT, seal_seq__lte=watched.last)
    assert {each.seal_seq <= watched.middle for each in seals} == {True, False}
    for each in seals:
        document = proof_of(watched, each.object_id)
        proved = check(watched, document)
        assert proved.link.seal_seq == each.seal_seq
        assert proved.size == (watched.middle if each.seal_seq <= watched.middle else watched.last)
        assert proved.record["id"] == str(each.object_id)
        assert proved.origin == ORIGIN


def test_it_speaks_of_the_tree_that_was_signed(watched: Watched) -> None:
    leaves = (
        SealedRecord.objects.filter(seal_seq__lte=watched.last).order_by("seal_seq").values_list("leaf_hash", flat=True)
    )
    all_leaves = [bytes.fromhex(each) for each in leaves]
    last = SealedRecord.objects.filter(kind=AUDIT, seal_seq__lte=watched.last).order_by("-seal_seq")[0]
    document = proof_of(watched, last.object_id)
    assert [bytes.fromhex(each) for each in document["path"]] == inclusion_path(all_leaves, last.seal_seq - 1)
    published = {each.size: each.root for each in watched.published().good}
    assert published[watched.last] == root_of(all_leaves)


def changed(document: dict[str, Any], *path: Any, to: Any) -> dict[str, Any]:
    other = copy.deepcopy(document)
    place: Any = other
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return other


def flipped(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


def test_whatever_is_touched_is_refused(watched: Watched) -> None:
    entry = seal_of(AUDIT)
    good = proof_of(watched, entry.object_id)
    other = proof_of(watched, seal_of(AUDIT, 3).object_id)
    size = good["checkpoint"].split("\n")[1]
    without = {key: value for key, value in good.items() if key != "path"}
    forgeries = {
        "the record is not the one": [
            changed(good, "record", "action", to="core.nothing.do"),
            changed(good, "record", to=other["record"]),
        ],
        "the record is not canonical": [changed(good, "record", "reason", to=7)],
        "there is no record": [changed(good, "record", to="all is well")],
        "the leaf is not": [
            changed(good, "seal", "sealed_at", to="2020-01-01T00:00:00.000000Z"),
            changed(good, "leaf_hash", to=flipped(good["leaf_hash"])),
        ],
        "a hash is not 32 bytes": [
            changed(good, "leaf_hash", to=good["leaf_hash"][:-2]),
            changed(good, "seal", "prev", to="xyz"),
        ],
        "the seal has no number": [
            changed(good, "seal", "seal_seq", to="0"),
            changed(good, "seal", "seal_seq", to="-1"),
        ],
        "there is no seal": [changed(good, "seal", to=None), changed(good, "seal", "seal_seq", to=3)],
        "no signed note": [changed(good, "checkpoint", to=""), changed(good, "checkpoint", to=None)],
        "not signed by a key": [
            changed(good, "checkpoint", to=good["checkpoint"].replace(f"\n{size}\n", f"\n{int(size) + 1}\n")),
            changed(good, "checkpoint", to=good["checkpoint"].replace(ORIGIN, "somebody/else")),
        ],
        "does not lead to the root": [changed(good, "path", 0, to=flipped(good["path"][0]))],
        "too short": [changed(good, "path", to=good["path"][:-1])],
        "too long": [changed(good, "path", to=[*good["path"], good["path"][0]])],
        "there is no path": [changed(good, "path", to="none"), changed(good, "path", to=["0" * 64] * 65)],
        "of the path is not 32 bytes": [changed(good, "path", 0, to="00")],
        "not a proof of the form": [changed(good, "proof", to="something/2"), without, [good], "proof"],
        "not JSON": [b"{", b"\xff", b'{"proof": 1, "proof": 2}', json.dumps(good).replace("AUDIT", r"\ud800").encode()],
        "larger than a proof": [b" " * 1_048_577],
    }
    assert check(watched, good)
    for why, documents in forgeries.items():
        for document in documents:
            with pytest.raises(ProofRefused, match=why):
                check(watched, document)


def test_the_leaf_of_another_place_is_refused(watched: Watched) -> None:
    one, other = proof_of(watched, seal_of(AUDIT).object_id), proof_of(watched, seal_of(AUDIT, 3).object_id)
    mixed = one | {"path": other["path"]}
    with pytest.raises(ProofRefused):
        check(watched, mixed)


def test_what_is_not_sealed_or_not_published_has_no_proof_yet(watched: Watched) -> None:
    house = watched.world
    client = house.client("Fresh", USD="1.00")
    entry = AuditEntry.objects.filter(action="settlement.deposit.credit").order_by("-pk")[0]
    with pytest.raises(Refusal, match="NOT_SEALED_YET"):
        proof_of(watched, entry.pk)
    seal()
    with pytest.raises(Refusal, match="NOT_PUBLISHED_YET"):
        proof_of(watched, entry.pk)
    with pytest.raises(Refusal, match="NOT_SEALED_YET"):
        proof_of(watched, new_id())
    assert client


def test_no_proof_is_made_over_a_chain_that_was_touched(watched: Watched) -> None:
    entry = seal_of(AUDIT)
    damage(f"UPDATE core_auditentry SET reason = 'another' WHERE id = '{entry.object_id}'")
    with pytest.raises(Refusal, match="not the one that was sealed"):
        proof_of(watched, entry.object_id)
    damage(f"UPDATE core_sealedrecord SET leaf_hash = repeat('a', 64) WHERE seal_seq = {watched.middle}")
    with pytest.raises(Refusal, match="not those that were signed"):
        proof_of(watched, entry.object_id)


# --- the command: a file and a key, and nothing of the house


@pytest.fixture
def handed_out(watched: Watched, tmp_path: Path) -> Path:
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof_of(watched, seal_of(AUDIT).object_id)))
    return file


@pytest.fixture
def key(watched: Watched, tmp_path: Path) -> Path:
    (raw,) = watched.keys.public_keys()
    return pem_of(raw, tmp_path / "key.pem")


def pem_of(raw: bytes, path: Path) -> Path:
    key = Ed25519PublicKey.from_public_bytes(raw)
    path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def run(*arguments: Any) -> int:
    try:
        call_command("verify_proof", *map(str, arguments))
    except SystemExit as ended:
        return int(str(ended.code))
    except CommandError as error:
        return error.returncode
    return 0


def test_a_stranger_checks_it_with_a_key_and_no_database(
    handed_out: Path, key: Path, capsys: pytest.CaptureFixture[str], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert run(handed_out, "--public-key", key) == 0
        assert "good: AUDIT_ENTRY" in capsys.readouterr().out
        assert run(handed_out, "--public-key", key, "--origin", ORIGIN, "--json") == 0
    assert json.loads(capsys.readouterr().out)["action"]


def test_the_command_refuses_and_says_why(
    handed_out: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: ManifestKeys
) -> None:
    stranger = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert run(handed_out, "--public-key", pem_of(stranger, tmp_path / "stranger.pem")) == 1
    assert "not signed by a key that is believed" in capsys.readouterr().out
    assert run(handed_out, "--public-key", key, "--origin", "another/house") == 1
    assert f"one of {ORIGIN}" in capsys.readouterr().out
    handed_out.write_text(handed_out.read_text().replace("SYSTEM", "PERSON"))
    assert run(handed_out, "--public-key", key) == 1
    assert "not the one that was sealed" in capsys.readouterr().out
    assert run(tmp_path / "nothing.json", "--public-key", key) == 2
    assert run(handed_out, "--public-key", tmp_path / "no.pem") == 2
