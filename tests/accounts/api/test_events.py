"""GET /v1/events, GET /v1/events/{id}"""

import threading
import time
from dataclasses import replace

import pytest
from django.db import connection, connections

from core.api.waiting import WaitingRoom
from core.clock import now
from core.domain.event_id import event_id, parse_event_id
from core.operations.publish_message import publish_message
from core.operations.seal_outbox import seal_outbox
from core.queries import streams
from tests.accounts.api.asking import a_program, body, the_firm
from tests.accounts.approvals.samples import SAMPLES, carry
from tests.desk import a_person
from tests.people import Person, problem

pytestmark = pytest.mark.django_db
SCOPES = ("events:read",)


def a_listener() -> Person:
    """A client whose stream is told up to here."""
    person = a_program(scopes=SCOPES)
    seal_outbox(at=now(), limit=10_000)
    return person


def say(person: Person, word: str, channel: str = "TRANSFERS") -> None:
    publish_message(
        topic=f"settlement.deposit.{word}",
        channel=channel,
        entity_id=person.entity_id,
        subject_type="settlement.deposit",
        subject_id=person.profile_id,
        payload={"word": word},
    )


def seal() -> None:
    seal_outbox(at=now(), limit=10_000)


def head(person: Person) -> int:
    return streams.get_head(entity_id=person.entity_id)


def test_a_client_reads_its_own_stream_from_any_number_on():
    person, other = a_listener(), a_listener()
    start = head(person)
    say(person, "detected")
    say(other, "credited")
    say(person, "credited")
    say(person, "verified", channel="IDENTITIES")
    seal()

    page = body(person.api.get(f"/events?after={start}"))

    assert [(each["seq"] - start, each["data"]["word"]) for each in page["items"]] == [
        (1, "detected"), (2, "credited"), (3, "verified"),
    ]  # fmt: skip
    assert page["last_seq"] == start + 3
    detected, credited, verified = page["items"]
    assert credited["prev_seq"] == detected["seq"]
    assert verified["prev_seq"] < detected["seq"]
    assert detected == {
        "id": event_id(person.entity_id, start + 1),
        "seq": start + 1,
        "prev_seq": detected["prev_seq"],
        "channel": "TRANSFERS",
        "type": "settlement.deposit.detected",
        "subject_type": "settlement.deposit",
        "subject_id": str(person.profile_id),
        "occurred_at": detected["occurred_at"],
        "data": {"word": "detected"},
    }
    assert body(person.api.get(f"/events/{detected['id']}")) == detected


def test_pages_follow_each_other_without_gap_or_repetition():
    person = a_listener()
    start = head(person)
    for number in range(7):
        say(person, f"step{'abcdefg'[number]}")
    seal()

    seen, after = [], start
    while True:
        page = body(person.api.get(f"/events?after={after}&limit=3"))
        seen += [each["seq"] for each in page["items"]]
        if page["last_seq"] == after:
            break
        after = page["last_seq"]

    assert seen == list(range(start + 1, start + 8))


def test_a_channel_is_picked_and_last_seq_says_how_far_it_was_looked(monkeypatch):
    person = a_listener()
    start = head(person)
    for _ in range(4):
        say(person, "credited")
    say(person, "verified", channel="IDENTITIES")
    seal()
    monkeypatch.setattr(streams, "LOOKED_THROUGH_MOST", 3)

    first = body(person.api.get(f"/events?after={start}&channel=IDENTITIES&channel=ORDERS"))
    second = body(person.api.get(f"/events?after={first['last_seq']}&channel=IDENTITIES"))

    assert (first["items"], first["last_seq"]) == ([], start + 3)
    assert [each["data"]["word"] for each in second["items"]] == ["verified"]
    assert second["last_seq"] == start + 5


def test_what_is_not_sealed_yet_is_not_told():
    person = a_listener()
    start = head(person)
    say(person, "credited")

    assert body(person.api.get(f"/events?after={start}")) == {"items": [], "last_seq": start}


def test_an_asker_ahead_of_the_stream_is_told_where_the_stream_is():
    person = a_listener()

    assert body(person.api.get("/events?after=999999999")) == {"items": [], "last_seq": head(person)}


def test_the_firms_programs_hear_the_firms_own_stream():
    firm, person = the_firm("events:read"), a_listener()
    publish_message(
        topic="settlement.day.closed",
        channel="SETTLEMENT",
        entity_id=None,
        subject_type="settlement.day",
        subject_id=person.profile_id,
        payload={},
    )
    say(person, "credited")
    seal()

    (event,) = [each for each in body(firm.get("/events"))["items"] if each["type"] == "settlement.day.closed"]

    assert event["id"] == event_id(None, event["seq"])
    assert body(firm.get(f"/events/{event['id']}")) == event
    assert person.api.get(f"/events/{event['id']}").status_code == 404


@pytest.mark.parametrize("name", ["nothing", "firm-0", "firm-01", "7", "-7", "firm-99999999", "f" * 32 + "-1"])
def test_what_is_no_event_of_the_asker_is_not_there(name):
    problem(a_listener().api.get(f"/events/{name}"), 404, "NOT_FOUND")


def test_another_entitys_event_is_not_there():
    person, other = a_listener(), a_listener()
    theirs = event_id(other.entity_id, head(other))

    assert other.api.get(f"/events/{theirs}").status_code == 200
    problem(person.api.get(f"/events/{theirs}"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=x", "after=1&after=2", "limit=0", "limit=1001", "wait_millis=10001", "channel=NEWS", "since=1", "after="],
)  # fmt: skip
def test_a_malformed_question_is_refused_by_name(query):
    refused = problem(a_listener().api.get(f"/events?{query}"), 400, "FILTER_INVALID")
    assert [error["pointer"] for error in refused["errors"]] == [f"?{query.split('=')[0]}"]


def test_an_approval_that_the_house_asks_for_about_a_client_is_not_told_to_the_client():
    """A freeze about to be lifted is the firm's own business until it is lifted."""
    person = a_listener()
    wish = replace(SAMPLES["CONTROL_CLEAR"](), entity_id=person.entity_id)
    assert carry(wish, a_person()).is_pending

    with connection.cursor() as cursor:
        cursor.execute("SELECT entity_id FROM core_outboxmessage WHERE topic LIKE 'accounts.approval.%'")
        assert set(cursor.fetchall()) == {(None,)}


@pytest.mark.django_db(transaction=True)
def test_an_empty_answer_waits_for_something_to_tell():
    person = a_listener()
    start = head(person)

    def tell_later() -> None:
        time.sleep(0.3)
        say(person, "credited")
        seal()
        connections.close_all()

    teller = threading.Thread(target=tell_later)
    teller.start()
    begun = time.monotonic()
    page = body(person.api.get(f"/events?after={start}&wait_millis=10000"))
    teller.join()

    assert [each["data"]["word"] for each in page["items"]] == ["credited"]
    assert time.monotonic() - begun < 5


def test_who_waits_in_vain_is_answered_at_the_end_and_who_finds_no_place_at_once():
    room = WaitingRoom(2)
    asked = []
    taken = threading.Event()

    def ask() -> int:
        asked.append(1)
        taken.set()
        return 0

    waiter = threading.Thread(target=lambda: room.wait_for("one", ask, bool, millis=900))
    waiter.start()
    taken.wait(5)
    time.sleep(0.05)
    begun = time.monotonic()
    assert room.wait_for("one", lambda: 0, bool, millis=10_000) == 0, "an asker waits once"
    other = threading.Thread(target=lambda: room.wait_for("two", lambda: 0, bool, millis=900))
    other.start()
    time.sleep(0.05)
    assert room.wait_for("three", lambda: 0, bool, millis=10_000) == 0, "the room is full"
    assert time.monotonic() - begun < 0.6
    waiter.join()
    other.join()
    assert len(asked) > 2


@pytest.mark.parametrize("text", ["firm-1", "0123456789abcdef0123456789abcdef-42"])
def test_a_name_is_read_as_it_was_given(text):
    named = parse_event_id(text)
    assert named is not None
    assert event_id(*named) == text
