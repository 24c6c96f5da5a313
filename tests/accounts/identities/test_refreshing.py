"""Three years with a client: its refresh starts, is reminded of, expires, is completed, and nothing happens twice."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from accounts.domain.permissions import Action
from accounts.models import Identity, IdentityControl
from accounts.operations.clear_control import clear_control
from accounts.operations.complete_refresh import Finding, complete_refresh
from accounts.operations.decide_identity import Decision, decide_identity
from accounts.operations.rate_identity_risk import rate_identity_risk
from accounts.operations.set_control import ControlWish, set_control
from accounts.operations.sweep_refreshes import sweep_refreshes
from accounts.queries.permissions import check_permission
from core.domain.refusals import Refusal
from core.ids import new_id
from core.operations.record_audit import SYSTEM, Actor
from tests.accounts.identities.recording import messages_of, verbs_of
from tests.identities import an_officer, hold
from tests.people import Person, a_client

pytestmark = pytest.mark.django_db
LEAP_DAY = datetime(2024, 2, 29, 9, 0, tzinfo=UTC)
REVIEWED = Finding("REVIEWED", "Called the client.")


@pytest.fixture
def person() -> Person:
    return a_client(is_known=False)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, 0, tzinfo=UTC)


def days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def restrictions(identity: Identity) -> list[tuple[str, str, bool]]:
    rows = IdentityControl.objects.filter(identity=identity).order_by("id")
    return [(row.kind, row.reason_code, row.is_active) for row in rows]


def complete(identity: Identity, at: datetime, finding: Finding = REVIEWED) -> Identity:
    return complete_refresh(identity_id=identity.id, finding=finding, actor=an_officer(), at=at)


def test_three_years_of_daily_sweeps_from_a_leap_day(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="LOW")
    done: dict[date, dict[str, int]] = {}

    for day in days(date(2026, 12, 1), date(2027, 3, 10)):
        for hour in (0, 6, 23):
            came = sweep_refreshes(at=noon(day).replace(hour=hour))
            if came:
                assert day not in done, "twice on one day"
                done[day] = came

    assert done == {
        date(2027, 1, 29): {"STARTED": 1, "REMINDED": 1},
        date(2027, 2, 14): {"REMINDED": 1},
        date(2027, 2, 21): {"REMINDED": 1},
        date(2027, 2, 27): {"REMINDED": 1},
        date(2027, 3, 1): {"EXPIRED": 1},
    }
    reminders = [message.payload["days_left"] for message in messages_of(identity.id, topic="refresh_reminded")]
    assert reminders == [30, 14, 7, 1]
    identity.refresh_from_db()
    assert (str(identity.refresh_due_date), identity.refresh_status) == ("2027-02-28", "OVERDUE")
    assert restrictions(identity) == [("SELL_ONLY", "COMPLIANCE_KYC", True)]


def test_a_house_that_slept_comes_to_the_same_end_with_one_step_of_each(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="HIGH")

    assert sweep_refreshes(at=noon(date(2026, 7, 1))) == {"STARTED": 1, "EXPIRED": 1}
    assert sweep_refreshes(at=noon(date(2026, 7, 2))) == {}
    assert verbs_of(identity.id)[2:] == ["start_refresh", "expire_refresh", "set_control"]
    assert messages_of(identity.id, topic="refresh_reminded") == []


def test_expiry_leaves_no_more_than_to_sell_and_completion_gives_it_back(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="HIGH")
    check_permission(profile_id=person.profile_id, action=Action.BUY)
    sweep_refreshes(at=noon(date(2025, 3, 1)))

    with pytest.raises(Refusal) as caught:
        check_permission(profile_id=person.profile_id, action=Action.BUY)
    assert caught.value.code == "ACTION_NOT_PERMITTED"
    check_permission(profile_id=person.profile_id, action=Action.SELL)
    done = complete(identity, noon(date(2025, 3, 5)))

    check_permission(profile_id=person.profile_id, action=Action.BUY)
    assert restrictions(identity) == [("SELL_ONLY", "COMPLIANCE_KYC", False)]
    assert (done.refresh_status, str(done.last_refresh_date), str(done.refresh_due_date)) == (
        "NOT_DUE", "2025-03-05", "2026-03-05",
    )  # fmt: skip
    assert done.version == Identity.objects.get(id=identity.id).version
    assert sweep_refreshes(at=noon(date(2025, 3, 6))) == {}


def test_three_rounds_remind_in_each(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="HIGH")
    ends = []
    for day in days(date(2024, 2, 29), date(2027, 2, 28)):
        sweep_refreshes(at=noon(day))
        identity.refresh_from_db()
        if identity.refresh_due_date == day:
            complete(identity, noon(day))
            ends.append(day.isoformat())

    assert ends == ["2025-02-28", "2026-02-28", "2027-02-28"]
    reminders = [message.payload["days_left"] for message in messages_of(identity.id, topic="refresh_reminded")]
    assert reminders == [30, 14, 7, 1] * 3
    assert restrictions(identity) == []


def test_a_completion_is_one_on_its_day_and_waits_for_a_refresh(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="HIGH")
    early = noon(date(2024, 6, 1))
    with pytest.raises(Refusal) as caught:
        complete(identity, early)
    assert (caught.value.code, caught.value.status) == ("STATE_CHANGED", 409)
    sweep_refreshes(at=noon(date(2025, 2, 1)))

    for _ in range(3):
        complete(identity, noon(date(2025, 2, 2)))

    assert verbs_of(identity.id).count("complete_refresh") == 1


@pytest.mark.parametrize(
    ("finding", "code"),
    [
        (Finding("CHECKS_CLEAR"), "CHECKS_NOT_CLEAR"),
        (Finding("REVIEWED"), "NOTE_MISSING"),
        (Finding("SANCTIONS_MATCH", "x"), "REASON_NOT_ALLOWED"),
    ],
)
def test_a_completion_gives_its_reason(person: Person, finding: Finding, code: str) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="HIGH")
    sweep_refreshes(at=noon(date(2025, 2, 1)))

    with pytest.raises(Refusal) as caught:
        complete(identity, noon(date(2025, 2, 2)), finding)

    assert caught.value.code == code


@pytest.mark.parametrize("actor", [SYSTEM, Actor(kind="CREDENTIAL", id=new_id())])
def test_only_a_person_completes(person: Person, actor: Actor) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="HIGH")
    sweep_refreshes(at=noon(date(2025, 2, 1)))

    with pytest.raises(Refusal) as caught:
        complete_refresh(identity_id=identity.id, finding=REVIEWED, actor=actor, at=noon(date(2025, 2, 2)))

    assert caught.value.code == "PERSON_NEEDED"


def test_the_clients_own_restriction_gives_way_to_the_houses(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="HIGH")
    own = ControlWish(kind="SELL_ONLY", reason_code="END_USER_REQUEST")
    client = Actor(kind="CREDENTIAL", id=new_id())
    set_control(identity_id=identity.id, wish=own, set_by="CLIENT", actor=client, at=LEAP_DAY)

    sweep_refreshes(at=noon(date(2025, 3, 1)))

    assert restrictions(identity) == [
        ("SELL_ONLY", "END_USER_REQUEST", False),
        ("SELL_ONLY", "COMPLIANCE_KYC", True),
    ]


def test_a_restriction_that_is_lifted_while_overdue_comes_back(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="HIGH")
    firm = ControlWish(kind="SELL_ONLY", reason_code="COMPLIANCE_EDD")
    other = set_control(identity_id=identity.id, wish=firm, set_by="OPERATOR", actor=an_officer(), at=LEAP_DAY)
    sweep_refreshes(at=noon(date(2025, 3, 1)))
    assert restrictions(identity) == [("SELL_ONLY", "COMPLIANCE_EDD", True)]
    clear_control(
        control_id=other, identity_id=identity.id, cleared_for="OPERATOR", note="Done.", actor=an_officer(),
        at=noon(date(2025, 3, 2)),
    )  # fmt: skip

    sweep_refreshes(at=noon(date(2025, 3, 3)))
    sweep_refreshes(at=noon(date(2025, 3, 4)))

    assert restrictions(identity) == [("SELL_ONLY", "COMPLIANCE_EDD", False), ("SELL_ONLY", "COMPLIANCE_KYC", True)]


def test_a_disabled_client_is_left_alone_until_it_is_back(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="HIGH")
    off, on = Decision("DISABLED", "LEGAL_ORDER"), Decision("APPROVED", "LEGAL_ORDER_LIFTED")
    decide_identity(identity_id=identity.id, decision=off, actor=an_officer(), at=noon(date(2024, 9, 1)))

    assert sweep_refreshes(at=noon(date(2025, 3, 5))) == {}
    back = decide_identity(identity_id=identity.id, decision=on, actor=an_officer(), at=noon(date(2025, 3, 6)))

    assert (back.status, back.refresh_status) == ("APPROVED", "OVERDUE")
    assert restrictions(identity) == [("SELL_ONLY", "COMPLIANCE_KYC", True)]


def test_a_sweep_is_bounded_and_goes_on_where_it_stopped() -> None:
    for _ in range(3):
        hold(a_client(is_known=False).profile_id, at=LEAP_DAY, risk_rating="HIGH")
    at = noon(date(2025, 2, 1))

    assert [sweep_refreshes(at=at, most=2)["STARTED"], sweep_refreshes(at=at, most=2)["STARTED"]] == [2, 1]
    assert sweep_refreshes(at=at, most=2) == {}


def test_one_that_cannot_be_advanced_keeps_nobody_back() -> None:
    first, second = (hold(a_client(is_known=False).profile_id, at=LEAP_DAY, risk_rating="HIGH") for _ in range(2))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            f"CREATE TRIGGER broken BEFORE UPDATE ON accounts_identity FOR EACH ROW WHEN (NEW.id = '{first.id}')"
            " EXECUTE FUNCTION core_refuse_change()"
        )
    at = noon(date(2025, 2, 1))

    assert sweep_refreshes(at=at) == {"FAILED": 1, "STARTED": 1, "REMINDED": 1}
    assert sweep_refreshes(at=at) == {"FAILED": 1}

    statuses = [Identity.objects.get(id=identity.id).refresh_status for identity in (first, second)]
    assert (statuses, verbs_of(first.id)) == (["NOT_DUE", "DUE"], ["create", "decide"])


def test_a_higher_rating_brings_the_refresh_nearer_with_its_notice(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="LOW")
    at = noon(date(2026, 6, 1))

    rated = rate_identity_risk(
        identity_id=identity.id, rating="HIGH", reason="Moved to a high-risk country.", actor=an_officer(), at=at
    )

    assert (rated.risk_rating, str(rated.refresh_due_date), rated.refresh_status) == ("HIGH", "2026-07-01", "DUE")
    assert verbs_of(identity.id)[2:] == ["rate", "start_refresh", "remind_refresh"]
    assert sweep_refreshes(at=at) == {}


def test_a_lower_rating_moves_it_away_unless_it_has_begun(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY, risk_rating="HIGH")
    wish = {"reason": "Enhanced review ended well.", "actor": an_officer()}

    lower = rate_identity_risk(identity_id=identity.id, rating="MEDIUM", at=noon(date(2024, 6, 1)), **wish)
    assert str(lower.refresh_due_date) == "2026-02-28"
    sweep_refreshes(at=noon(date(2026, 2, 1)))
    begun = rate_identity_risk(identity_id=identity.id, rating="LOW", at=noon(date(2026, 2, 2)), **wish)

    assert (str(begun.refresh_due_date), begun.refresh_status) == ("2026-02-28", "DUE")
    assert str(complete(identity, noon(date(2026, 2, 3))).refresh_due_date) == "2029-02-03"


def test_a_program_raises_a_rating_and_does_not_lower_it(person: Person) -> None:
    identity = hold(person.profile_id, at=LEAP_DAY)
    program, at = Actor(kind="CREDENTIAL", id=new_id()), noon(date(2024, 6, 1))
    wish = {"identity_id": identity.id, "reason": "Scored anew.", "actor": program, "at": at}

    rate_identity_risk(rating="HIGH", **wish)
    rate_identity_risk(rating="HIGH", **wish)
    with pytest.raises(Refusal) as caught:
        rate_identity_risk(rating="LOW", **wish)

    assert caught.value.code == "PERSON_NEEDED"
    assert verbs_of(identity.id).count("rate") == 1
    with pytest.raises(Refusal) as silent:
        rate_identity_risk(**(wish | {"rating": "LOW", "actor": an_officer(), "reason": " "}))
    assert silent.value.code == "NOTE_MISSING"
