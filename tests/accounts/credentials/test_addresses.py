"""Where a credential may be used from, and whose word about an address is believed."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
import time_machine
from django.test import override_settings

from accounts.api.authentication import CACHE_SECONDS, forget_tokens
from accounts.models import ApiCredential
from core import clock
from core.api.client_address import address_of_client
from core.models import AuditEntry
from tests.people import Api, a_client, problem

PROXIES = tuple(map(ip_network, ("127.0.0.1/32", "10.9.0.0/16", "2001:db8:9::/48")))
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        # Nobody we know says so: the word is not believed.
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        # What the client wrote itself stands further left than what our proxy added.
        ("127.0.0.1", "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 10.9.1.1", "198.51.100.1"),
        ("127.0.0.1", "1.1.1.1, 198.51.100.1, 10.9.1.1", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, unknown", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1:4711", "127.0.0.1"),
        ("2001:db8:9::1", "2001:db8:1::7", "2001:db8:1::7"),
        ("::ffff:127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", ", ".join(["10.9.0.1"] * 50), "10.9.0.1"),
        ("", "198.51.100.1", ""),
        ("unix:", "198.51.100.1", "unix:"),
    ],
)
def test_the_nearest_hop_that_is_no_proxy_of_ours_is_the_client(remote, forwarded, client):
    assert address_of_client(remote, forwarded, PROXIES) == client


@pytest.fixture
def ann(db):
    person = a_client()
    ApiCredential.objects.filter(pk=person.credential.credential_id).update(
        allowed_cidrs=["203.0.113.0/24", "2001:db8:5::/48"]
    )
    return person


def ask(person, address, **headers):
    form = f"grant_type=client_credentials&client_id={person.credential.client_id}"
    form += f"&client_secret={person.credential.client_secret}"
    return Api(None).request("POST", "/oauth/token", form.encode(), CONTENT_TYPE=FORM, REMOTE_ADDR=address, **headers)


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("203.0.113.0", True),
        ("203.0.113.255", True),
        ("::ffff:203.0.113.7", True),
        ("2001:db8:5:ffff::1", True),
        ("203.0.114.0", False),
        ("127.0.0.1", False),
        ("2001:db8:6::1", False),
        ("::ffff:203.0.114.0", False),
        ("", False),
    ],
)
def test_tokens_are_given_and_taken_within_its_networks_alone(ann, address, is_allowed):
    token, answer = ask(ann, address), ann.api.get("/profiles", REMOTE_ADDR=address)
    if is_allowed:
        assert (token.status_code, answer.status_code) == (200, 200)
        return
    problem(token, 403, "ADDRESS_NOT_ALLOWED")
    problem(answer, 403, "ADDRESS_NOT_ALLOWED")


def test_an_address_that_is_only_claimed_opens_nothing(ann):
    claim = {
        "HTTP_X_FORWARDED_FOR": "203.0.113.7",
        "HTTP_FORWARDED": "for=203.0.113.7",
        "HTTP_X_REAL_IP": "203.0.113.7",
    }
    problem(ann.api.get("/profiles", REMOTE_ADDR="198.51.100.1", **claim), 403, "ADDRESS_NOT_ALLOWED")
    problem(ask(ann, "198.51.100.1", **claim), 403, "ADDRESS_NOT_ALLOWED")
    with override_settings(TRUSTED_PROXIES=PROXIES):
        problem(ann.api.get("/profiles", REMOTE_ADDR="198.51.100.1", **claim), 403, "ADDRESS_NOT_ALLOWED")
        assert ann.api.get("/profiles", REMOTE_ADDR="127.0.0.1", **claim).status_code == 200
        behind = {"HTTP_X_FORWARDED_FOR": "203.0.113.7, 198.51.100.1"}
        problem(ann.api.get("/profiles", REMOTE_ADDR="127.0.0.1", **behind), 403, "ADDRESS_NOT_ALLOWED")


def test_networks_that_are_narrowed_bind_living_tokens_within_seconds(ann):
    assert ann.api.get("/profiles", REMOTE_ADDR="203.0.113.7").status_code == 200
    ApiCredential.objects.filter(pk=ann.credential.credential_id).update(allowed_cidrs=["203.0.113.8/32"])
    assert CACHE_SECONDS <= 2
    forget_tokens()
    problem(ann.api.get("/profiles", REMOTE_ADDR="203.0.113.7"), 403, "ADDRESS_NOT_ALLOWED")


def test_use_is_noted_once_a_minute_with_its_address(ann):
    mine = ApiCredential.objects.filter(pk=ann.credential.credential_id)
    assert mine.get().last_used_at is None
    start = clock.now()
    for seconds, address, noted in ((0, "203.0.113.1", 0), (30, "203.0.113.2", 0), (60, "203.0.113.3", 60)):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            forget_tokens()
            assert ann.api.get("/profiles", REMOTE_ADDR=address).status_code == 200
        assert mine.get().last_used_at == start + timedelta(seconds=noted)
    assert (mine.get().last_used_from, mine.get().version) == ("203.0.113.3", 2)
    # Who was not let in did not use it.
    with time_machine.travel(start + timedelta(hours=0.5), tick=False):
        forget_tokens()
        problem(ann.api.get("/profiles", REMOTE_ADDR="198.51.100.1"), 403, "ADDRESS_NOT_ALLOWED")
    assert mine.get().last_used_from == "203.0.113.3"


def test_the_record_names_the_address_behind_our_proxy(db):
    person = a_client(scopes=("credentials:write", "credentials:read"))
    mine = person.credential.credential_id
    with override_settings(TRUSTED_PROXIES=PROXIES):
        person.api.delete(f"/credentials/{mine}", HTTP_X_FORWARDED_FOR="198.51.100.1", HTTP_X_REQUEST_ID="r-1")
    entry = AuditEntry.objects.get(action="accounts.credential.revoke")
    assert (entry.source_ip, entry.request_id, entry.actor_id) == ("198.51.100.1", "r-1", mine)
