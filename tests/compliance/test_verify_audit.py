"""Whatever somebody with the database's own keys does to the record is found and named, with the first bad seal."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from compliance.domain.chain_walk import ChainWalk
from compliance.domain.damage import leaf_of
from compliance.queries.audit_check import check_audit
from compliance.queries.seals import iterate_seals
from core.clock import now
from core.ids import new_id
from core.models import AuditEntry, SealedRecord
from core.queries.verifying import verify_all
from settlement.queries.invariants import INVARIANTS as SETTLEMENT
from tests.compliance.watching import AUDIT, BATCH, LEDGER, Watched, cut, damage, edit, first_of, rechain, seal_of

pytestmark = pytest.mark.django_db
INSERT_AUDIT = (
    "INSERT INTO core_auditentry (id, actor_kind, action, object_type, object_id, changes, reason, request_id, event_at)"
    " VALUES ('{id}', 'SYSTEM', 'a.b.c', 'x', 'y', '[]', '', '', now())"
)


def test_a_sound_record_is_whole(watched: Watched) -> None:
    verdict = watched.check()
    assert (verdict.findings, verdict.not_checked, verdict.status) == ([], [], 0)
    assert (verdict.seals, verdict.records) == (watched.last, watched.last)
    assert [each.size for each in verdict.matched] == [watched.middle, watched.last]
    assert verdict.root == verdict.matched[-1].root


POSTING = "(SELECT min(id) FROM settlement_posting WHERE entry_id = {object})"
OF_BATCH = (
    "market_id = (SELECT market_id FROM trading_marketbatch WHERE id = {object}) AND {number} BETWEEN"
    " (SELECT first_{number} FROM trading_marketbatch WHERE id = {object})"
    " AND (SELECT last_{number} FROM trading_marketbatch WHERE id = {object})"
)


@pytest.mark.parametrize(
    ("kind", "nth", "statement", "named"),
    [
        (AUDIT, 2, "UPDATE core_auditentry SET reason = 'else' WHERE id = {object}", "EDITED"),
        (AUDIT, 2, "UPDATE core_auditentry SET event_at = event_at - interval '1 day' WHERE id = {object}", "EDITED"),
        (AUDIT, 2, "UPDATE core_auditentry SET recorded_at = recorded_at - interval '1 us' WHERE id = {object}", "EDITED"),
        (AUDIT, 2, "UPDATE core_auditentry SET actor_id = gen_random_uuid() WHERE id = {object}", "EDITED"),
        (AUDIT, 2, "UPDATE core_auditentry SET changes = '[1]' WHERE id = {object}", "EDITED"),
        (AUDIT, 2, "DELETE FROM core_auditentry WHERE id = {object}", "DELETED"),
        (LEDGER, 1, "DELETE FROM settlement_entry WHERE id = {object}", "DELETED"),
        (BATCH, 1, "DELETE FROM trading_marketbatch WHERE id = {object}", "DELETED"),
        (LEDGER, 1, f"UPDATE settlement_posting SET amount = amount + 1 WHERE id = {POSTING}", "EDITED"),
        (LEDGER, 1, f"DELETE FROM settlement_posting WHERE id = {POSTING}", "EDITED"),
        (LEDGER, 1, "INSERT INTO settlement_posting (entry_id, source_id, destination_id, asset_id, amount) SELECT entry_id,"
         f" source_id, destination_id, asset_id, amount FROM settlement_posting WHERE id = {POSTING}", "EDITED"),
        (LEDGER, 1, "UPDATE settlement_entry SET business_date = business_date - 1 WHERE id = {object}", "EDITED"),
        (BATCH, 1, "UPDATE trading_orderevent SET reason = 'else' WHERE " + OF_BATCH.replace("{number}", "sequence"), "EDITED"),
        (BATCH, 1, "DELETE FROM trading_orderevent WHERE " + OF_BATCH.replace("{number}", "sequence"), "EDITED"),
        (BATCH, 2, "UPDATE trading_trade SET buyer_fee = buyer_fee + 0.01 WHERE " + OF_BATCH.replace("{number}", "sequence"),
         "EDITED"),
        (BATCH, 1, "UPDATE trading_instruction SET payload = '{\"a\": 1}' WHERE " + OF_BATCH.replace("{number}", "position"),
         "EDITED"),
    ],
)  # fmt: skip
def test_a_record_that_was_edited_or_deleted_under_its_seal(
    watched: Watched, kind: str, nth: int, statement: str, named: str
) -> None:
    """Kinds 1, 2, 7 and 10."""
    seal_seq = edit(kind, statement, nth)
    for is_alone in (False, True):
        verdict = watched.check(is_alone=is_alone)
        assert (first_of(verdict), verdict.count, verdict.status) == ((seal_seq, named), 1, 1)


def test_a_row_inserted_with_triggers_off_is_named_by_the_seal_that_follows_it_in_time(watched: Watched) -> None:
    """Kind 3."""
    after = seal_of(AUDIT, 3)
    damage(INSERT_AUDIT.format(id=UUID(int=after.object_id.int - 1)))
    assert first_of(watched.check()) == (after.seal_seq, "INSERTED")


def test_a_row_inserted_after_all_others_is_named_by_the_seal_to_come(watched: Watched) -> None:
    damage(INSERT_AUDIT.format(id=new_id()))
    assert first_of(watched.check()) == (watched.last + 1, "INSERTED")


def test_a_seal_appended_behind_the_sealers_back(watched: Watched) -> None:
    damage(
        "INSERT INTO core_sealedrecord SELECT seal_seq + 1, seal_seq, kind, 999, gen_random_uuid(), record_hash, sealed_at,"
        f" leaf_hash, repeat('a', 64) FROM core_sealedrecord WHERE seal_seq = {watched.last}"
    )
    verdict = watched.check()
    assert first_of(verdict) == (watched.last + 1, "SEAL_EDITED")
    assert "HEAD_CHANGED" in {each.damage for each in verdict.findings}


def test_two_audit_entries_that_changed_places(watched: Watched) -> None:
    """Kind 4."""
    one, other, spare = seal_of(AUDIT, 1), seal_of(AUDIT, 4), new_id()
    damage(
        f"UPDATE core_auditentry SET id = '{spare}' WHERE id = '{one.object_id}';"
        f"UPDATE core_auditentry SET id = '{one.object_id}' WHERE id = '{other.object_id}';"
        f"UPDATE core_auditentry SET id = '{other.object_id}' WHERE id = '{spare}'"
    )
    verdict = watched.check()
    assert first_of(verdict) == (one.seal_seq, "SWAPPED")
    assert [(each.seal_seq, each.damage) for each in verdict.findings] == [
        (one.seal_seq, "SWAPPED"),
        (other.seal_seq, "SWAPPED"),
    ]
    assert f"stands where {other.seal_seq} did" in verdict.findings[0].what


@pytest.mark.parametrize("columns", [["seal_seq"], ["object_id"], ["record_hash"], ["object_id", "record_hash"]])
def test_two_seals_that_changed_places(watched: Watched, columns: list[str]) -> None:
    one, other = seal_of(AUDIT, 1), seal_of(AUDIT, 4)
    values = {column: (getattr(one, column), getattr(other, column)) for column in columns}
    first, second = one.seal_seq, other.seal_seq
    if columns == ["seal_seq"]:
        moves = ((first, 1_000), (second, first), (1_000, second))
        damage(
            ";".join(
                f"UPDATE core_sealedrecord SET seal_seq = {to}, prev_seq = {to} - 1 WHERE seal_seq = {number}"
                for number, to in moves
            )
        )
    else:
        parts = [
            (second, {column: f"'{new_id()}'" if column == "object_id" else "repeat('b', 64)" for column in columns}),
            (first, {column: f"'{pair[1]}'" for column, pair in values.items()}),
            (second, {column: f"'{pair[0]}'" for column, pair in values.items()}),
        ]
        damage(
            ";".join(
                f"UPDATE core_sealedrecord SET {', '.join(f'{k} = {v}' for k, v in each.items())} WHERE seal_seq = {number}"
                for number, each in parts
            )
        )
    assert first_of(watched.check()) == (first, "SWAPPED")
    assert first_of(watched.check(is_alone=True)) == (first, "SWAPPED")


def test_a_tail_that_was_cut_is_missed_by_the_head_and_else_by_the_published_size(watched: Watched) -> None:
    """Kind 5."""
    keep = watched.last - 3
    damage(f"DELETE FROM core_sealedrecord WHERE seal_seq > {keep}")
    assert first_of(watched.check(is_alone=True)) == (keep + 1, "TAIL_CUT")
    cut(keep - 1)
    assert watched.check(is_alone=True).status == 1, "rows whose seals went first are left over"


def test_a_tail_cut_without_a_trace_needs_the_published_size(watched: Watched) -> None:
    keep = watched.last - 3
    cut(keep)
    assert watched.check(is_alone=True).count == 0
    verdict = watched.check()
    assert (first_of(verdict), verdict.count) == ((keep + 1, "TAIL_CUT"), 1)
    assert first_of(watched.check(is_from_last=True)) == (keep + 1, "TAIL_CUT")


@pytest.mark.parametrize("place", ["first", "middle", "late"])
def test_a_chain_rewritten_from_somewhere_on_needs_a_checkpoint_and_is_named_exactly(
    watched: Watched, place: str
) -> None:
    """Kind 6."""
    nth = {"first": 0, "middle": 4, "late": SealedRecord.objects.filter(kind=AUDIT).count() - 1}[place]
    seal_seq = edit(AUDIT, "UPDATE core_auditentry SET reason = 'else' WHERE id = {object}", nth)
    rechain(seal_seq)
    assert watched.check(is_alone=True).count == 0, "inside everything fits"
    for is_from_last in (False, True):
        verdict = watched.check(is_from_last=is_from_last)
        assert (first_of(verdict), verdict.count) == ((seal_seq, "CHAIN_REWRITTEN"), 1)


def test_a_note_alone_bounds_where_the_rewriting_began(watched: Watched, tmp_path: Path) -> None:
    seal_seq = edit(AUDIT, "UPDATE core_auditentry SET reason = 'else' WHERE id = {object}", 4)
    rechain(seal_seq)
    (tmp_path / "checkpoints" / f"{watched.middle:012d}.leaves").unlink()
    verdict = watched.check()
    assert (first_of(verdict), verdict.count) == ((1, "CHAIN_REWRITTEN"), 1)
    assert f"from 1 to {watched.middle}" in verdict.findings[0].what


def test_a_seal_taken_out_and_one_edited(watched: Watched) -> None:
    damage("DELETE FROM core_sealedrecord WHERE seal_seq = 3")
    assert first_of(watched.check()) == first_of(watched.check(is_alone=True)) == (3, "SEAL_DELETED")
    damage("UPDATE core_sealedrecord SET record_hash = repeat('a', 64) WHERE seal_seq = 2")
    assert first_of(watched.check()) == first_of(watched.check(is_alone=True)) == (2, "SEAL_EDITED")
    damage("UPDATE core_sealedrecord SET leaf_hash = repeat('z', 64) WHERE seal_seq = 1")
    assert first_of(watched.check()) == first_of(watched.check(is_alone=True)) == (1, "SEAL_EDITED")


def test_a_clock_that_was_set_back(watched: Watched) -> None:
    """Kind 8: a seal older than the one before it, and seals of a time that is yet to come."""
    damage("UPDATE core_sealedrecord SET sealed_at = sealed_at - interval '1 hour' WHERE seal_seq = 5")
    assert first_of(watched.check(is_alone=True)) == (5, "CLOCK_SET_BACK")
    rechain(5)
    assert first_of(watched.check(is_alone=True)) == (5, "CLOCK_SET_BACK"), "also when the chain was made anew"


def test_seals_of_a_time_to_come_tell_that_the_clock_was_set_back_since(watched: Watched) -> None:
    verdict = check_audit(at=now() - timedelta(hours=1), published=watched.published())
    assert first_of(verdict) == (1, "CLOCK_SET_BACK")


def test_a_balance_changed_without_a_posting_is_found_by_verify(watched: Watched) -> None:
    """Kind 11."""
    account = "(SELECT id FROM settlement_ledgeraccount WHERE kind = 'FEES')"
    damage(f"UPDATE settlement_ledgeraccount SET balance = balance + 1 WHERE id = {account}")
    verdicts = verify_all([each for each in SETTLEMENT if each.number == "V2"], at=now())
    assert sum(each.count for each in verdicts) == 1


def test_a_row_that_waits_too_long_for_its_seal(watched: Watched) -> None:
    damage("INSERT INTO core_unsealed (kind, object_id) VALUES ('AUDIT_ENTRY', '019ab000-0000-7000-8000-000000000001')")
    verdict = watched.check()
    assert (first_of(verdict), verdict.count) == ((watched.last + 1, "UNSEALED"), 1)
    AuditEntry.objects.create(actor_kind="SYSTEM", action="a.b.c", object_type="x", object_id="y", event_at=now())
    assert watched.check().count == 1, "what has just been written may wait"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE core_sealhead SET leaf_hash = repeat('a', 64)", "HEAD_CHANGED"),
        ("UPDATE core_sealhead SET kind_seqs = '{}'", "HEAD_CHANGED"),
        ("DELETE FROM core_sealhead", "HEAD_CHANGED"),
        ("UPDATE core_sealhead SET seal_seq = seal_seq + 1", "TAIL_CUT"),
    ],
)
def test_a_head_that_was_changed(watched: Watched, statement: str, named: str) -> None:
    damage(statement)
    verdict = watched.check()
    assert (first_of(verdict)[1], verdict.count) == (named, 1)


def test_a_number_of_a_kind_that_is_used_again(watched: Watched) -> None:
    """Made by somebody who can compute leaves: the chain fits, the numbering of the kind does not."""
    links = [link for links in iterate_seals() for link in links]
    walk = ChainWalk(latest="9")
    third = links[2]._replace(kind_seq=links[2].kind_seq + 1)
    third = third._replace(leaf_hash=leaf_of(third))
    assert [walk.look_at(links[0]), walk.look_at(links[1])] == [[], []]
    assert [(each.seal_seq, each.damage) for each in walk.look_at(third)] == [(3, "KIND_SEQ_BROKEN")]
    assert [each.damage for each in walk.look_at(links[3])][:1] == ["CHAIN_BROKEN"]
