"""Checking from a checkpoint on, checkpoints that somebody forged, and how the command answers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from compliance.domain.signed_note import parse_note
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.note_signing import sign_note
from core.models import SealedRecord
from tests.compliance.reporting import seal
from tests.compliance.watching import AUDIT, Watched, damage, edit, first_of

pytestmark = pytest.mark.django_db


def test_from_the_last_checkpoint_only_what_came_after_is_read_again(watched: Watched) -> None:
    world = watched.world
    before = edit(AUDIT, "UPDATE core_auditentry SET reason = 'else' WHERE id = {object}", 1)
    world.client("Dogwood", USD="1.00")
    seal()
    verdict = watched.check(is_from_last=True)
    assert (verdict.count, verdict.covered, verdict.records) == (0, watched.last, verdict.seals - watched.last)
    assert 0 < verdict.records < verdict.seals
    assert first_of(watched.check()) == (before, "EDITED")

    damage(
        "UPDATE core_auditentry SET reason = 'else' WHERE id ="
        f" (SELECT object_id FROM core_sealedrecord WHERE seal_seq > {watched.last} AND kind = 'AUDIT_ENTRY' LIMIT 1)"
    )
    assert watched.last < first_of(watched.check(is_from_last=True))[0] <= verdict.seals


@pytest.mark.parametrize(
    "forge",
    [
        lambda text, stranger: sign_note(parse_note(text).checkpoint, stranger).text(),
        lambda text, stranger: text.replace("countinghouse/seals\n", "elsewhere/seals\n"),
        lambda text, stranger: text.replace("=\n\n", "==\n\n"),
        lambda text, stranger: "",
    ],
)
def test_a_forged_checkpoint(watched: Watched, tmp_path: Path, forge: Callable[[str, ManifestKeys], str]) -> None:
    """The checkpoints' part of kind 12: signed by an unknown key, or changed."""
    path = tmp_path / "checkpoints" / f"{watched.last:012d}.note"
    path.write_text(forge(path.read_text(), ManifestKeys(tmp_path / "stranger", may_create=True)))
    verdict = watched.check()
    assert (first_of(verdict), verdict.count) == ((watched.last, "CHECKPOINT_FORGED"), 1)
    assert [each.size for each in verdict.matched] == [watched.middle]


def run(*arguments: str) -> int:
    try:
        call_command("verify_audit", *arguments)
    except SystemExit as ended:
        return int(str(ended.code))
    except CommandError as error:
        return error.returncode
    return 0


def test_the_command_ends_with_0_1_or_2(
    watched: Watched, settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CHECKPOINT_DIR, settings.REPORT_KEYS_DIR = watched.checkpoints, tmp_path / "keys"
    assert run() == 0
    assert "2 of 2 checkpoints matched" in (told := capsys.readouterr().out) and "all is whole" in told
    note = str(watched.checkpoints / f"{watched.last:012d}.note")
    assert run("--from-checkpoint", note, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["covered_by_checkpoint"], document["records"], document["status"]) == (watched.last, 0, 0)
    assert run("--from-checkpoint", str(tmp_path / "nowhere")) == 2
    (tmp_path / "empty").mkdir()
    assert run("--checkpoints", str(tmp_path / "empty")) == 2

    key = next((tmp_path / "keys" / "published").glob("*.pem"))
    assert run("--public-key", str(key)) == 0
    stranger = ManifestKeys(tmp_path / "stranger", may_create=True)
    stranger.current()
    other = next((tmp_path / "stranger" / "published").glob("*.pem"))
    capsys.readouterr()
    assert run("--public-key", str(other)) == 1
    assert "CHECKPOINT_FORGED" in capsys.readouterr().out

    seal_seq = edit(AUDIT, "UPDATE core_auditentry SET reason = 'else' WHERE id = {object}")
    assert run("--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["first_bad_seal_seq"], document["findings"][0]["damage"]) == (seal_seq, "EDITED")
    assert run() == 1
    assert f"the first bad seal is {seal_seq}: EDITED" in capsys.readouterr().out


def test_many_damages_are_counted_and_the_first_are_shown(watched: Watched) -> None:
    damage("UPDATE core_auditentry SET reason = 'else'")
    verdict = watched.check()
    sealed = SealedRecord.objects.filter(kind=AUDIT).order_by("seal_seq").values_list("seal_seq", flat=True)
    assert verdict.count == len(sealed)
    assert [each.seal_seq for each in verdict.findings] == list(sealed[:20])
