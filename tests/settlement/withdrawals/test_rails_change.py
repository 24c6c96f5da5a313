"""The terms of a rail change under approval, dated; switching it off is done at once, and its cut-off is kept."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from accounts.models import ApprovalRequest, StaffUser
from core.clock import now
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.models import AuditEntry
from core.operations.record_audit import Actor
from settlement.models import Asset, Rail, RailChange, Withdrawal
from settlement.operations.apply_rail_changes import apply_rail_changes
from settlement.operations.change_rail import RailWish, change_rail, switch_rail_off
from settlement.operations.preview_withdrawal import preview_withdrawal
from settlement.operations.request_withdrawal import WithdrawalWish
from settlement.operations.send_withdrawal import send_withdrawal
from settlement.queries.sending import expected_date
from tests.desk import a_person
from tests.four_eyes import approve
from tests.settlement.withdrawals.paying import Paying

pytestmark = pytest.mark.django_db
# A Friday and the Monday after it; the Federal Reserve keeps neither.
FRIDAY, MONDAY_AFTER = datetime(2026, 3, 6, 16, 0, tzinfo=UTC), datetime(2026, 3, 9, 8, 0, tzinfo=UTC)


@pytest.fixture
def olive(db: None) -> StaffUser:
    return a_person("Olive", role="OPERATIONS")


def wish(paying: Paying, **changes) -> RailWish:
    rail = rail_of(paying)
    terms = {
        name: getattr(rail, name) for name in ("confirmations", "min_deposit", "min_withdrawal", "cut_off", "enabled")
    }
    return RailWish(**terms | changes)


def rail_of(paying: Paying) -> Rail:
    return Rail.objects.select_related("asset").get(pk=paying.rail_id)


def fee_of(paying: Paying, at: datetime) -> Decimal:
    fee = rail_of(paying).fee_at(at)
    assert fee is not None
    return fee.fee


def asking(paying: Paying, person: StaffUser, *, at: datetime | None = None, **changes) -> UUID | None:
    return change_rail(
        rail_id=paying.rail_id,
        wish=wish(paying, **changes),
        reason="A new bank.",
        actor=Actor("PERSON", person.pk),
        at=at or now(),
    ).approval_id


def refused(code: str, work) -> Refusal:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code, caught.value
    return caught.value


def test_other_terms_are_in_force_once_they_are_approved_and_the_old_stay_on_record(
    paying: Paying, olive: StaffUser
) -> None:
    approval_id = asking(paying, olive, min_withdrawal=Decimal(20), cut_off=time(16, 30), fee=Decimal("17.50"))
    assert rail_of(paying).min_withdrawal == 10
    request = ApprovalRequest.objects.get(pk=approval_id)
    assert request.changes[:3] == [["min_withdrawal", "10", "20"], ["cut_off", "none", "16:30"], ["fee", "15", "17.5"]]
    assert approve(approval_id).status == "EXECUTED"
    rail = rail_of(paying)
    fee = rail.fee_at(now())
    assert fee is not None
    assert (rail.min_withdrawal, rail.cut_off, fee.fee, fee.approval_id) == (
        20,
        time(16, 30),
        Decimal("17.5"),
        approval_id,
    )
    first, second = rail.changes.order_by("in_force_from")
    assert (first.min_withdrawal, first.approval_id, second.approval_id) == (10, None, approval_id)
    named = AuditEntry.objects.filter(approval_id=approval_id).values_list("action", flat=True)
    assert {"settlement.rail.change", "settlement.rail.set_fee", "settlement.rail.follow"} <= set(named)


def test_terms_to_come_are_brought_in_force_when_their_moment_comes(paying: Paying, olive: StaffUser) -> None:
    tomorrow = now() + timedelta(days=1)
    approve(asking(paying, olive, min_withdrawal=Decimal(20), in_force_from=tomorrow))
    assert apply_rail_changes(at=now()) == 0
    assert rail_of(paying).min_withdrawal == 10
    assert apply_rail_changes(at=tomorrow) == 1
    assert rail_of(paying).min_withdrawal == 20
    assert apply_rail_changes(at=tomorrow) == 0


def test_a_planned_change_keeps_no_urgent_one_back_and_stays_in_line_where_that_is_said(
    paying: Paying, olive: StaffUser
) -> None:
    tomorrow = now() + timedelta(days=1)
    approve(asking(paying, olive, fee=Decimal(50), in_force_from=tomorrow))
    undecided = refused("TERMS_IN_LINE", lambda: asking(paying, olive, confirmations=6))
    assert (undecided.status, undecided.meta["in_force_from"]) == (409, tomorrow.isoformat())
    approval_id = asking(paying, olive, confirmations=6, what_follows="STAYS")
    shown = ApprovalRequest.objects.get(pk=approval_id).changes
    assert shown[0] == ["confirmations", "0", "6"]
    assert (shown[-1][0], shown[-1][1] == shown[-1][2]) == ("in line behind it", True)
    assert "fee 50" in shown[-1][1]
    assert approve(approval_id).status == "EXECUTED"
    assert rail_of(paying).confirmations == 6
    apply_rail_changes(at=tomorrow)
    assert (rail_of(paying).confirmations, fee_of(paying, tomorrow)) == (0, 50)


def test_what_is_in_line_falls_away_where_that_is_approved(paying: Paying, olive: StaffUser) -> None:
    tomorrow = now() + timedelta(days=1)
    approve(asking(paying, olive, fee=Decimal(50), min_withdrawal=Decimal(20), in_force_from=tomorrow))
    approval_id = asking(paying, olive, confirmations=6, what_follows="FALLS_AWAY")
    assert ApprovalRequest.objects.get(pk=approval_id).changes[-1][2] == "falls away"
    assert fee_of(paying, tomorrow) == 50
    approve(approval_id)
    apply_rail_changes(at=tomorrow)
    rail = rail_of(paying)
    assert (rail.confirmations, rail.min_withdrawal, fee_of(paying, tomorrow)) == (6, 10, 15)
    assert AuditEntry.objects.filter(action="settlement.rail.supersede", approval_id=approval_id).count() == 2


def test_a_rail_that_was_switched_off_is_on_again_at_once_although_a_change_is_planned(
    paying: Paying, olive: StaffUser
) -> None:
    tomorrow = now() + timedelta(days=1)
    approve(asking(paying, olive, min_withdrawal=Decimal(20), in_force_from=tomorrow))
    switch_rail_off(rail_id=paying.rail_id, reason="The bank.", actor=Actor("PERSON", olive.pk), at=now())
    approve(asking(paying, olive, enabled=True, what_follows="FALLS_AWAY"))
    assert rail_of(paying).enabled
    apply_rail_changes(at=tomorrow + timedelta(seconds=1))
    assert rail_of(paying).enabled


def test_the_fee_is_compared_with_that_of_the_moment_asked_for(paying: Paying, olive: StaffUser) -> None:
    tomorrow = now() + timedelta(days=1)
    after = tomorrow + timedelta(days=1)
    approve(asking(paying, olive, fee=Decimal(50), in_force_from=tomorrow))
    approval_id = asking(paying, olive, fee=Decimal(15), in_force_from=after)
    assert ["fee", "50", "15"] in ApprovalRequest.objects.get(pk=approval_id).changes
    approve(approval_id)
    assert [fee_of(paying, at) for at in (now(), tomorrow, after)] == [15, 50, 15]


def test_what_was_made_from_terms_that_are_not_the_newest_is_refused(paying: Paying, olive: StaffUser) -> None:
    seen = RailChange.objects.get().pk
    approve(asking(paying, olive, confirmations=6))
    refused("STATE_CHANGED", lambda: asking(paying, olive, confirmations=2, made_from=seen))
    newest = rail_of(paying).change_id
    assert asking(paying, olive, confirmations=2, made_from=newest)


def test_a_line_that_changed_while_it_was_decided_is_not_overwritten(paying: Paying, olive: StaffUser) -> None:
    tomorrow = now() + timedelta(days=1)
    approve(asking(paying, olive, min_withdrawal=Decimal(20), in_force_from=tomorrow))
    approval_id = asking(paying, olive, confirmations=6, what_follows="FALLS_AWAY")
    switch_rail_off(rail_id=paying.rail_id, reason="At once.", actor=Actor("PERSON", olive.pk), at=now())
    decided = approve(approval_id)
    assert (decided.status, decided.outcome_code) == ("FAILED", "STATE_CHANGED")


def test_what_is_no_term_is_refused(paying: Paying, olive: StaffUser) -> None:
    for code, terms in (
        ("SCALE_EXCEEDED", {"min_withdrawal": Decimal("10.001")}),
        ("SCALE_EXCEEDED", {"min_deposit": Decimal(-1)}),
        ("SCALE_EXCEEDED", {"fee": Decimal("NaN")}),
        ("RAIL_INVALID", {"confirmations": 1_001}),
        ("IN_FORCE_ALREADY", {"confirmations": 2, "in_force_from": now() - timedelta(days=1)}),
        ("NOTHING_CHANGES", {}),
        ("NOTHING_CHANGES", {"fee": Decimal("15.00")}),
    ):
        refused(code, lambda terms=terms: asking(paying, olive, **terms))
    actor = Actor("PERSON", olive.pk)
    for act in (
        lambda **said: change_rail(wish=wish(paying), actor=actor, at=now(), **said),
        lambda **said: switch_rail_off(actor=actor, at=now(), **said),
    ):
        refused("REASON_MISSING", lambda act=act: act(rail_id=paying.rail_id, reason=""))
        with pytest.raises(NotFound):
            act(rail_id=new_id(), reason="A new bank.")


def test_one_person_switches_it_off_and_two_switch_it_on(paying: Paying, olive: StaffUser) -> None:
    tomorrow, actor = now() + timedelta(days=1), Actor("PERSON", olive.pk)
    approve(asking(paying, olive, min_withdrawal=Decimal(20), in_force_from=tomorrow))
    switch_rail_off(rail_id=paying.rail_id, reason="The bank is in trouble.", actor=actor, at=now())
    switch_rail_off(rail_id=paying.rail_id, reason="Again.", actor=actor, at=now())
    assert AuditEntry.objects.filter(action="settlement.rail.switch_off").count() == 1
    assert not rail_of(paying).enabled
    client = paying.client()
    refused("RAIL_DISABLED", lambda: paying.destination(client))
    # What was in line comes, switched off.
    apply_rail_changes(at=tomorrow + timedelta(seconds=1))
    rail = rail_of(paying)
    assert (rail.enabled, rail.min_withdrawal) == (False, 20)
    approve(asking(paying, olive, at=tomorrow + timedelta(seconds=2), enabled=True))
    assert rail_of(paying).enabled


def test_terms_that_somebody_else_changed_meanwhile_are_not_overwritten(paying: Paying, olive: StaffUser) -> None:
    approval_id = asking(paying, olive, min_withdrawal=Decimal(20))
    switch_rail_off(rail_id=paying.rail_id, reason="At once.", actor=Actor("PERSON", olive.pk), at=now())
    decided = approve(approval_id)
    assert (decided.status, decided.outcome_code) == ("FAILED", "STATE_CHANGED")
    assert not rail_of(paying).enabled
    assert RailChange.objects.count() == 2


def a_bank_with_a_cut_off(paying: Paying) -> None:
    """USD leaves on the days of the Federal Reserve, until 16:30."""
    Asset.objects.filter(code="USD").update(calendar="US_FED")
    paying.terms(at=FRIDAY - timedelta(1), cut_off=time(16, 30))


def test_what_is_approved_after_the_cut_off_leaves_on_the_next_business_day(paying: Paying) -> None:
    client = paying.client()
    paying.known_destination(client)
    a_bank_with_a_cut_off(paying)
    paying.at = FRIDAY + timedelta(minutes=30)
    withdrawal = paying.ask(client, "100.00")
    paying.sweep()
    withdrawal = Withdrawal.objects.select_related("rail__asset").get(pk=withdrawal.pk)
    assert (withdrawal.status, withdrawal.attempts) == ("APPROVED", 0)
    assert expected_date(withdrawal, paying.at) == MONDAY_AFTER.date()
    # Not on Saturday, whoever tries; on Monday it does.
    saturday = paying.at + timedelta(days=1)
    assert not send_withdrawal(withdrawal_id=withdrawal.pk, gateways={"SIMULATOR": paying.simulator}, at=saturday)
    paying.at = saturday
    paying.sweep()
    assert Withdrawal.objects.get().status == "APPROVED"
    paying.at = MONDAY_AFTER
    paying.sweep()
    sent = Withdrawal.objects.select_related("rail__asset").get()
    assert sent.status in ("SENT", "COMPLETED")
    assert expected_date(sent, paying.at + timedelta(days=9)) == MONDAY_AFTER.date()


def test_before_the_cut_off_it_leaves_the_same_day(paying: Paying) -> None:
    client = paying.client()
    paying.known_destination(client)
    a_bank_with_a_cut_off(paying)
    # Each is handed over at its own moment: a minute, for machines that are slow.
    paying.at = FRIDAY + timedelta(minutes=29)
    paying.ask(client, "100.00")
    paying.sweep()
    assert Withdrawal.objects.get().status in ("SENT", "COMPLETED")


def test_the_day_is_told_before_it_is_asked_for(paying: Paying) -> None:
    client = paying.client()
    asked = WithdrawalWish(
        profile_id=client.profile_id,
        destination_id=paying.known_destination(client),
        client_reference="W-1",
        amount_kind="NET",
        amount=Decimal(100),
    )
    profile = paying.ask(client, "10.00", "other").profile
    a_bank_with_a_cut_off(paying)
    for at, day in ((FRIDAY, FRIDAY), (FRIDAY + timedelta(minutes=30), MONDAY_AFTER)):
        assert preview_withdrawal(wish=asked, profile=profile, at=at).expected_date == day.date()


def test_over_a_rail_that_is_off_nothing_is_sent_and_no_day_is_told(paying: Paying, olive: StaffUser) -> None:
    client = paying.client()
    withdrawal = paying.ask(client, "100.00")
    actor = Actor("PERSON", olive.pk)
    switch_rail_off(rail_id=paying.rail_id, reason="The bank is in trouble.", actor=actor, at=paying.at)
    paying.sweep()
    withdrawal = Withdrawal.objects.select_related("rail__asset").get(pk=withdrawal.pk)
    assert (withdrawal.status, withdrawal.attempts) == ("APPROVED", 0)
    assert expected_date(withdrawal, paying.at) is None
