"""Signatures, retries, topics and the event's body: pure rules."""

import base64
import hashlib
import hmac
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.webhook_retries import WINDOW, delay_after, next_attempt_at, rest_until
from accounts.domain.webhook_signature import SecretInvalid, secret_text, sign, signed_headers
from accounts.domain.webhook_topics import are_topics, like_patterns

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("secret", "message_id", "timestamp", "body", "signature"),
    [
        # The example of the standard's own libraries.
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        # Reckoned with `openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f -binary | base64`.
        (
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "firm-7",
            1772445600,
            b'{"seq":7}',
            "v1,yl6yndio94YeYe5KFml2rASg0MoLaaQ2Tb9qiYLSKps=",
        ),
    ],
)
def test_signatures_are_those_of_the_standard(
    secret: str, message_id: str, timestamp: int, body: bytes, signature: str
) -> None:
    assert sign(secret, message_id=message_id, timestamp=timestamp, body=body) == signature


@given(key=st.binary(min_size=24, max_size=64), body=st.binary(max_size=200), other=st.binary(min_size=24, max_size=64))
def test_a_signature_is_of_one_key_one_id_one_time_and_one_body(key: bytes, body: bytes, other: bytes) -> None:
    made = sign(secret_text(key), message_id="a-1", timestamp=1, body=body)
    assert made == "v1," + base64.b64encode(hmac.new(key, b"a-1.1." + body, hashlib.sha256).digest()).decode()
    assert sign(secret_text(key), message_id="a-2", timestamp=1, body=body) != made
    assert sign(secret_text(key), message_id="a-1", timestamp=2, body=body) != made
    assert sign(secret_text(key), message_id="a-1", timestamp=1, body=body + b" ") != made
    if other != key:
        assert sign(secret_text(other), message_id="a-1", timestamp=1, body=body) != made


@pytest.mark.parametrize("secret", ["", "whsec_", "AAECAwQF", "whsec_not base64", "whsec_AAE"])
def test_what_is_no_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(SecretInvalid):
        sign(secret, message_id="a-1", timestamp=1, body=b"")


def test_two_secrets_give_two_signatures() -> None:
    one, two = secret_text(b"1" * 32), secret_text(b"2" * 32)
    headers = signed_headers([one, two], message_id="a-1", at=AT, body=b"{}")
    stamp = int(AT.timestamp())
    wanted = [sign(each, message_id="a-1", timestamp=stamp, body=b"{}") for each in (one, two)]
    assert headers == {
        "webhook-id": "a-1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"{wanted[0]} {wanted[1]}",
    }


def test_the_table_of_retries() -> None:
    delays = [int(delay_after(attempt, seed="x").total_seconds()) for attempt in range(1, 7)]
    assert delays == [5, 30, 120, 600, 1_800, 3_600]
    later = {
        int(delay_after(attempt, seed=str(uuid4())).total_seconds()) for attempt in range(7, 47) for _ in range(20)
    }
    assert 6_480 <= min(later) < 6_700
    assert 7_700 < max(later) <= 7_920
    assert delay_after(9, seed="x") == delay_after(9, seed="x") != delay_after(10, seed="x")


@given(st.uuids())
def test_a_delivery_that_always_fails_is_given_up_within_72_hours(name) -> None:
    at, attempts = AT, 0
    while True:
        attempts += 1
        due = next_attempt_at(attempts=attempts, first_attempt_at=AT, at=at, seed=str(name))
        if due is None:
            break
        assert due > at
        at = due
    assert at <= AT + WINDOW
    assert AT + WINDOW - at < timedelta(hours=2, minutes=12)
    assert 38 <= attempts <= 46


def test_an_endpoint_rests_from_its_third_failure_on_and_never_longer_than_ten_minutes() -> None:
    rests = [rest_until(failures=failures, at=AT) for failures in range(1, 9)]
    assert [each and int((each - AT).total_seconds()) for each in rests] == [None, None, 5, 30, 120, 600, 600, 600]


@pytest.mark.parametrize(
    "topic",
    ["*", "settlement.*", "settlement.deposit.*", "settlement.deposit.credited", "trading.dead_mans_switch.set"],
)
def test_topics(topic: str) -> None:
    assert are_topics([topic])


@pytest.mark.parametrize(
    "topic",
    ["", "settlement", "settlement.deposit", "*.deposit.credited", "settlement.*.credited", "settlement.deposit.cred*", "**",
     "Settlement.deposit.credited", "settlement.deposit.credited.", "settlement.deposit.credited\n", "a.b.c.d", "a%.b.c",
     "settlement.deposit." + "x" * 100],
)  # fmt: skip
def test_what_is_no_topic(topic: str) -> None:
    assert not are_topics([topic])


def test_a_topic_means_nothing_but_itself_to_sql() -> None:
    assert like_patterns(["settlement.deposit_instruction.*", "*"]) == [r"settlement.deposit\_instruction.%", "%"]


def test_the_receiver_of_the_documentation_believes_the_examples_signature() -> None:
    """Its lines reckon as ours do: run on the standard's own example, without the server around them."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text()
    source = text.partition("```python\n")[2].partition("\n```")[0]
    known: dict[str, Any] = {}
    exec(source.partition("\nHTTPServer(")[0], known)
    body = b'{"test": 2432232314}'
    said: list[int] = []
    hook = SimpleNamespace(
        rfile=io.BytesIO(body),
        headers={
            "Content-Length": str(len(body)),
            **signed_headers(
                ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], message_id="a-1", at=datetime.now(UTC), body=body
            ),
        },
        send_response=said.append,
        end_headers=lambda: None,
    )
    known["Hook"].do_POST(hook)
    hook.rfile = io.BytesIO(b'{"test": 2432232315}')
    known["Hook"].do_POST(hook)
    assert (said, known["seen"]) == ([204, 401], {"a-1"})
