"""How much may leave changes under approval: dated, on record, and never in place."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from accounts.approvable import Execution
from accounts.models import ApprovalRequest, StaffUser
from core.clock import now
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry
from core.operations.record_audit import Actor
from settlement.models import WithdrawalLimit
from settlement.operations.change_limit import LimitTerms, change_limit, execute_limit_change
from settlement.operations.open_rail import set_withdrawal_limit
from settlement.queries.withdrawal_limits import list_limits_in_line, list_most_used, list_utilisation
from tests.desk import a_person
from tests.four_eyes import approve, decide
from tests.settlement.withdrawals.paying import Paying

pytestmark = pytest.mark.django_db
DAY = "ROLLING_24H"


@pytest.fixture
def olive(db: None) -> StaffUser:
    return a_person("Olive", role="OPERATIONS")


def asking(person: StaffUser, value: str | None, **changes) -> UUID | None:
    terms = {"scope": "DEFAULT", "scope_id": None, "window": DAY, "value": None if value is None else Decimal(value)}
    at = changes.pop("at", now())
    outcome = change_limit(
        terms=LimitTerms(**terms | changes), reason="A new bank.", actor=Actor("PERSON", person.pk), at=at
    )
    return outcome.approval_id


def refused(code: str, work) -> Refusal:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code, caught.value
    return caught.value


def test_nothing_changes_until_somebody_else_approves(paying: Paying, olive: StaffUser) -> None:
    paying.limit("500")
    approval_id = asking(olive, "800")
    assert WithdrawalLimit.objects.count() == 1
    request = ApprovalRequest.objects.get(pk=approval_id)
    assert request.title == f"Limit {DAY} of each entity that has none of its own: 800"
    assert ["limit", "500", "800"] in request.changes
    assert approve(approval_id).status == "EXECUTED"
    old, new = WithdrawalLimit.objects.order_by("in_force_from")
    assert (old.value, old.approval_id, new.value, new.approval_id) == (500, None, 800, approval_id)
    entry = AuditEntry.objects.get(action="settlement.withdrawal_limit.set", approval_id=approval_id)
    assert entry.actor_id == olive.pk
    client = paying.client()
    (used,) = list_utilisation(profile=paying.ask(client, "100.00").profile, at=now())
    assert (used.limit, used.used) == (800, 0)


def test_it_binds_from_its_moment_on_and_not_before(paying: Paying, olive: StaffUser) -> None:
    paying.limit("500")
    profile = paying.ask(paying.client(), "100.00").profile
    tomorrow = now() + timedelta(days=1)
    approve(asking(olive, "900", in_force_from=tomorrow))
    before, after = (
        list_utilisation(profile=profile, at=tomorrow + shift) for shift in (-timedelta(1) / 2, timedelta(0))
    )
    assert (before[0].limit, after[0].limit) == (500, 900)
    assert [(limit.value, limit.in_force_from > now()) for limit in list_limits_in_line(at=now())] == [
        (500, False),
        (900, True),
    ]


def test_a_planned_limit_stays_in_line_or_falls_away_and_who_approves_is_told(paying: Paying, olive: StaffUser) -> None:
    paying.limit("500")
    profile = paying.ask(paying.client(), "100.00").profile
    tomorrow = now() + timedelta(days=1)
    approve(asking(olive, "900", in_force_from=tomorrow))
    assert refused("TERMS_IN_LINE", lambda: asking(olive, "300")).meta["in_force_from"] == tomorrow.isoformat()
    approval_id = asking(olive, "300", what_follows="STAYS")
    (told,) = [each for each in ApprovalRequest.objects.get(pk=approval_id).changes if each[0] == "in line behind it"]
    assert told[1] == told[2] == f"{tomorrow:%Y-%m-%d %H:%M} UTC: 900"
    approve(approval_id)
    assert [list_utilisation(profile=profile, at=at)[0].limit for at in (now(), tomorrow)] == [300, 900]
    approval_id = asking(olive, "200", what_follows="FALLS_AWAY")
    assert ApprovalRequest.objects.get(pk=approval_id).changes[-1][2] == "falls away"
    approve(approval_id)
    assert [list_utilisation(profile=profile, at=at)[0].limit for at in (now(), tomorrow)] == [200, 200]
    assert [limit.value for limit in list_limits_in_line(at=now())] == [200]
    assert AuditEntry.objects.filter(action="settlement.withdrawal_limit.supersede").count() == 1


def test_a_limit_made_from_one_that_is_not_the_newest_is_refused(paying: Paying, olive: StaffUser) -> None:
    paying.limit("500")
    seen = WithdrawalLimit.objects.get().pk
    waiting = asking(olive, "800", made_from=seen)
    approve(waiting)
    refused("STATE_CHANGED", lambda: asking(olive, "700", made_from=seen))


def test_an_entitys_own_stands_in_the_defaults_place_and_may_be_lifted(paying: Paying, olive: StaffUser) -> None:
    client = paying.client()
    paying.limit("500")
    profile = paying.ask(client, "100.00").profile
    approve(asking(olive, "50", scope="ENTITY", scope_id=client.entity_id))
    approve(asking(olive, "20", scope="PROFILE", scope_id=client.profile_id, window="PER_TRANSFER"))
    found = {(each.scope, each.window): each.limit for each in list_utilisation(profile=profile, at=now())}
    assert found == {("ENTITY", DAY): 50, ("PROFILE", "PER_TRANSFER"): 20}
    approve(asking(olive, None, scope="ENTITY", scope_id=client.entity_id))
    assert [each.scope for each in list_utilisation(profile=profile, at=now())] == ["PROFILE"]


def test_who_asked_for_it_does_not_decide_and_a_refused_one_leaves_nothing(paying: Paying, olive: StaffUser) -> None:
    approval_id = asking(olive, "800")
    assert approval_id is not None
    with pytest.raises(Refusal):
        decide(approval_id, olive)
    decide(approval_id, a_person("Tess", role="TREASURER"), "REJECT", note="Too much.")
    assert not WithdrawalLimit.objects.exists()
    assert refused("APPROVAL_ALREADY_PENDING", lambda: [asking(olive, "700"), asking(olive, "600")]).status == 409


@pytest.mark.parametrize(
    ("code", "terms"),
    [
        ("LIMIT_INVALID", {"scope": "ENTITY"}),
        ("LIMIT_INVALID", {"scope_id": uuid4()}),
        ("LIMIT_INVALID", {"window": "YEAR"}),
        ("LIMIT_INVALID", {"value": Decimal("-1")}),
        ("LIMIT_INVALID", {"value": Decimal("NaN")}),
        ("LIMIT_INVALID", {"value": Decimal(10) ** 20}),
        ("IN_FORCE_ALREADY", {"in_force_from": now() - timedelta(days=1)}),
        ("NOTHING_CHANGES", {"value": Decimal(500)}),
    ],
)
def test_what_is_no_limit_is_refused(paying: Paying, olive: StaffUser, code: str, terms: dict) -> None:
    paying.limit("500")
    wanted = {"value": Decimal(800)} | terms
    refused(code, lambda: asking(olive, str(wanted.pop("value")), **wanted))
    assert not ApprovalRequest.objects.exists()


def test_of_whom_it_is_has_to_be_there_and_why_is_said(paying: Paying, olive: StaffUser) -> None:
    for scope in ("ENTITY", "PROFILE"):
        with pytest.raises(NotFound):
            asking(olive, "1", scope=scope, scope_id=uuid4())
    terms = LimitTerms(scope="DEFAULT", scope_id=None, window=DAY, value=Decimal(1))
    refused("REASON_MISSING", lambda: change_limit(terms=terms, reason=" ", actor=Actor("PERSON", olive.pk), at=now()))


def test_two_that_begin_at_one_moment_are_one_too_many(paying: Paying, olive: StaffUser) -> None:
    at = now()
    set_withdrawal_limit(scope="DEFAULT", scope_id=None, window=DAY, value=Decimal(1), at=at)
    payload = {
        "limit_id": str(uuid4()), "scope": "DEFAULT", "scope_id": "", "window": DAY, "value": "2", "in_force_from": "",
        "reason": "", "replaces": "", "stays": [], "falls_away": [],
    }  # fmt: skip
    refused("STATE_CHANGED", lambda: execute_limit_change(Execution(None, payload, Actor("PERSON", olive.pk), (), at)))


def test_who_asked_for_most_is_told(paying: Paying) -> None:
    alder, birch = paying.client("Alder"), paying.client("Birch")
    paying.ask(alder, "100.00")
    paying.ask(birch, "200.00")
    shown = [(each.entity.pk, each.used_24h, each.used_30d) for each in list_most_used(at=paying.at)]
    assert shown == [(birch.entity_id, 215, 215), (alder.entity_id, 115, 115)]
    assert [each.used_24h for each in list_most_used(at=paying.at + timedelta(days=2))] == [0, 0]
