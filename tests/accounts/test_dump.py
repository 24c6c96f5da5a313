"""A copy of the whole main database tells nobody who a client is, and opens nothing."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from django.conf import settings as django_settings

from accounts.gateways.key_store import installed_keys, open_text, seal_text
from accounts.models import Identity
from accounts.operations.reveal_details import reveal_details
from accounts.operations.store_document import ShownDocument, store_document
from config.log_settings import _SHARED_PROCESSORS, processors_of
from core import clock
from core.models import IdempotentRequest, OutboxMessage
from tests.desk import a_person, signed_in
from tests.dump import dump_tables, shapes_of, traces
from tests.identities import an_officer
from tests.people import Person, a_client, problem

pytestmark = pytest.mark.django_db(transaction=True)


def details_of(number: int) -> dict[str, str]:
    """Seven values that stand nowhere else in the world."""
    return {
        "full_name": f"Ottilie Zyxwarth-{number}7391",
        "date_of_birth": f"19{60 + number}-0{number + 1}-17",
        "address": f"Quagmire Terrace {number}8264\nNowhere upon Plimsoll",
        "national_id": f"XQ-{number}90417-7753",
        "email": f"ottilie.{number}6620@zyxwarth.example",
        "phone": f"+99 {number}8 7171 3939",
        "tax_id": f"TX {number}4420 1188 93",
    }


PEOPLE = [details_of(number) for number in range(6)]
# A birth date alone is a short text: dates of the same form stand in the tables for other reasons, so it is looked for whole.
PLANTED = [value for person in PEOPLE for value in person.values()]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the house logs meanwhile, down to the last detail, as production would write it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED_PROCESSORS, processors=processors_of(is_production=True)
    )
    handler.setFormatter(formatter)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def client() -> Person:
    return a_client(scopes=("identities:read", "identities:write"))


def opened_by(client: Person, number: int) -> str:
    """A person whom the client names through the API, says again, says differently under the same key, and corrects."""
    body = {"reference": f"person-{number}", "kind": "PERSON", "country": "CH", "details": PEOPLE[number]}
    first = client.api.post("/identities", body, HTTP_IDEMPOTENCY_KEY=f"open-{number}")
    assert first.status_code == 201, first.content
    again = client.api.post("/identities", body, HTTP_IDEMPOTENCY_KEY=f"open-{number}")
    assert again.content == first.content
    other = body | {"details": body["details"] | {"full_name": "Somebody Else"}}
    told = problem(
        client.api.post("/identities", other, HTTP_IDEMPOTENCY_KEY=f"open-{number}"), 422, "IDEMPOTENCY_KEY_REUSED"
    )
    assert told["meta"]["differences"] == [
        {"pointer": "/details/full_name", "stored": "[personal]", "sent": "[personal]"}
    ]
    return str(json.loads(first.content)["id"])


def test_no_personal_value_lies_anywhere_in_the_main_database(
    client: Person, lines: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(PLANTED) >= 40
    identities = [Identity.objects.get(pk=opened_by(client, number)) for number in range(len(PEOPLE))]
    answers = [client.api.get(f"/identities/{identity.pk}").content.decode() for identity in identities]
    browser = signed_in(a_person(role="COMPLIANCE"))
    answers += [browser.get(f"/ops/identities/{identity.pk}").content.decode() for identity in identities]
    for identity, person in zip(identities, PEOPLE, strict=True):
        shown = reveal_details(
            subject_id=identity.subject_id,
            fields=list(person),
            reason="A look for the test",
            actor=an_officer(),
            at=clock.now(),
        )
        assert shown == person
    paper = b"%PDF-1.7 " + PEOPLE[0]["full_name"].encode() * 10_000
    document = ShownDocument("PASSPORT", paper)
    store_document(identity_id=identities[0].pk, document=document, actor=an_officer(), at=clock.now())
    wrong = {"reference": "wrong", "kind": "PERSON", "country": "CH", "details": {"email": PEOPLE[0]["full_name"]}}
    refused = client.api.post("/identities", wrong, HTTP_IDEMPOTENCY_KEY="wrong")
    assert refused.status_code in (400, 422)

    places = dump_tables()
    assert "accounts_vaultrecord" in places
    assert str(identities[0].subject_id) in places["accounts_vaultrecord"]
    assert IdempotentRequest.objects.count() == len(PEOPLE)
    assert OutboxMessage.objects.exists()
    files = {
        str(path): path.read_bytes().hex() for path in Path(django_settings.DOCUMENT_DIR).rglob("*") if path.is_file()
    }
    assert files
    told = {"answers": "\n".join(answers), "refusal": refused.content.decode(), "log": lines.getvalue()}
    assert traces(PLANTED, places | files | told) == []


def test_the_search_for_traces_finds_what_is_there(client: Person) -> None:
    """A net with holes would prove nothing."""
    for shape in shapes_of(PLANTED[0]):
        assert traces([PLANTED[0]], {"somewhere": f"row({shape})"})
    client.api.post("/identities", {}, HTTP_IDEMPOTENCY_KEY="x")
    assert traces(["client-"], dump_tables())


def test_sealed_secrets_of_the_house_open_with_its_keys_alone() -> None:
    sealed = seal_text("JBSWY3DPEHPK3PXP-PLANTED", purpose="totp")
    assert traces(["JBSWY3DPEHPK3PXP-PLANTED"], {"column": sealed}) == []
    installed_keys().close()
    assert open_text(sealed, purpose="totp") == "JBSWY3DPEHPK3PXP-PLANTED"
