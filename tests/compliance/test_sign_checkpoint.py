"""Checkpoints: signed outside the database, growing one from the other, and never over a chain that is not whole."""

from pathlib import Path

import pytest
from django.core.management import call_command

from compliance import tasks
from compliance.domain.merkle import consistency_path, is_consistent, root_of
from compliance.domain.signed_note import Checkpoint, parse_note
from compliance.gateways.checkpoint_store import CheckpointStore
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.note_signing import is_note_signed, sign_note
from compliance.operations import sign_checkpoint as signing
from core.clock import now
from core.domain.refusals import Refusal
from core.models import SealedRecord
from tests.compliance.reporting import seal
from tests.compliance.watching import damage
from tests.world import World

pytestmark = pytest.mark.django_db
ORIGIN = "desk.example/seals"


@pytest.fixture
def checkpoints(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path / "checkpoints")


def sign(store: CheckpointStore, keys: ManifestKeys) -> Checkpoint | None:
    return signing.sign_checkpoint(store=store, keys=keys, origin=ORIGIN, at=now())


def stored_leaves() -> list[bytes]:
    leaves = SealedRecord.objects.order_by("seal_seq").values_list("leaf_hash", flat=True)
    return [bytes.fromhex(leaf) for leaf in leaves]


def test_a_checkpoint_is_the_tree_over_all_seals_and_the_next_one_goes_on_from_it(
    checkpoints: CheckpointStore, keys: ManifestKeys
) -> None:
    world = World()
    client = world.client("Alder", USD="1.00")
    seal()
    first = sign(checkpoints, keys)
    assert first == Checkpoint(ORIGIN, len(stored_leaves()), root_of(stored_leaves()))
    assert sign(checkpoints, keys) is None, "nothing new is nothing to sign"

    for _ in range(3):
        world.deposit(client, "USD", "1.00")
    seal()
    second = sign(checkpoints, keys)
    leaves = stored_leaves()
    assert second == Checkpoint(ORIGIN, len(leaves), root_of(leaves))
    assert checkpoints.sizes() == [first.size, second.size]
    path = consistency_path(leaves, first.size)
    assert is_consistent(
        earlier=first.size, earlier_root=first.root, later=second.size, later_root=second.root, path=path
    )
    for kept in (first, second):
        note = parse_note(checkpoints.note(kept.size))
        assert note.checkpoint == kept
        assert is_note_signed(note, keys.public_keys())
    assert checkpoints.leaves(first.size) + checkpoints.leaves(second.size) == leaves


def test_much_that_is_new_is_signed_in_steps(
    checkpoints: CheckpointStore, keys: ManifestKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    World().client("Alder", USD="1.00")
    seal()
    monkeypatch.setattr(signing, "MOST_SEALS_A_NOTE", 2)
    signed = sign(checkpoints, keys)
    total = len(stored_leaves())
    assert signed == Checkpoint(ORIGIN, total, root_of(stored_leaves()))
    assert checkpoints.sizes() == sorted({*range(2, total, 2), total})


def test_an_empty_chain_has_no_checkpoint(checkpoints: CheckpointStore, keys: ManifestKeys) -> None:
    assert sign(checkpoints, keys) is None
    assert checkpoints.sizes() == []


def test_what_is_not_whole_is_not_signed(checkpoints: CheckpointStore, keys: ManifestKeys) -> None:
    world = World()
    client = world.client("Alder", USD="1.00")
    seal()
    first = sign(checkpoints, keys)
    world.deposit(client, "USD", "1.00")
    seal()
    damage(f"UPDATE core_sealedrecord SET record_hash = repeat('a', 64) WHERE seal_seq = {first.size + 1}")
    with pytest.raises(Refusal, match=f"CHAIN_BROKEN: seal {first.size + 1}"):
        sign(checkpoints, keys)
    damage(f"UPDATE core_sealedrecord SET leaf_hash = repeat('a', 64) WHERE seal_seq = {first.size}")
    with pytest.raises(Refusal, match=f"CHAIN_DIFFERS: seal {first.size}"):
        sign(checkpoints, keys)
    damage(f"DELETE FROM core_sealedrecord WHERE seal_seq >= {first.size}")
    with pytest.raises(Refusal, match=f"CHAIN_DIFFERS: seal {first.size}"):
        sign(checkpoints, keys)
    assert checkpoints.sizes() == [first.size]


def test_a_checkpoint_that_somebody_changed_is_not_gone_on_from(
    checkpoints: CheckpointStore, keys: ManifestKeys, tmp_path: Path
) -> None:
    World().client("Alder", USD="1.00")
    seal()
    first = sign(checkpoints, keys)
    name = f"{first.size:012d}"
    note, edge = tmp_path / "checkpoints" / f"{name}.note", tmp_path / "checkpoints" / f"{name}.edge"
    true_note, true_edge = note.read_text(), edge.read_text()
    stranger = ManifestKeys(tmp_path / "stranger", may_create=True)
    for path, text in (
        (edge, true_edge.replace(true_edge[:2], "00" if true_edge[:2] != "00" else "11", 1)),
        (edge, ""),
        (note, "nothing"),
        (note, true_note.replace(f"\n{first.size}\n", f"\n{first.size + 1}\n")),
        (note, sign_note(first, stranger).text()),
    ):
        path.write_text(text)
        with pytest.raises(Refusal, match="CHECKPOINT_UNUSABLE"):
            sign(checkpoints, keys)
        note.write_text(true_note)
        edge.write_text(true_edge)
    assert sign(checkpoints, keys) is None


def test_the_task_and_the_command_sign_where_the_settings_say(settings, tmp_path: Path, capsys) -> None:
    settings.CHECKPOINT_DIR, settings.REPORT_KEYS_DIR = tmp_path / "far", tmp_path / "keys"
    settings.CHECKPOINT_ORIGIN = ORIGIN
    World().client("Alder", USD="1.00")
    seal()
    tasks.sign_checkpoint()
    size = len(stored_leaves())
    assert CheckpointStore(tmp_path / "far").sizes() == [size]
    assert settings.CELERY_BEAT_SCHEDULE["sign-checkpoint"]["task"] == tasks.sign_checkpoint.name
    assert settings.CELERY_BEAT_SCHEDULE["sign-checkpoint"]["schedule"] == 600

    call_command("sign_checkpoint")
    assert "nothing new" in capsys.readouterr().out
