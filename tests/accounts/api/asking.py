"""Programs that ask about identities: a client's, and the firm's own."""

import itertools
import json
from typing import Any

from django.http import HttpResponse

from accounts.contracts import EntityTerms
from accounts.models import Organisation
from accounts.operations.create_entity import create_entity
from accounts.operations.create_organisation import create_organisation
from accounts.operations.issue_token import issue_token
from core import clock
from tests.keys import a_key
from tests.people import Api, Person, a_client

SCOPES = ("identities:read", "identities:write", "profiles:read", "profiles:write")
DETAILS = {"full_name": "Maren Lindqvist", "date_of_birth": "1984-02-29", "national_id": "840229-1234"}
MAREN = {"reference": "maren", "kind": "PERSON", "country": "SE", "details": DETAILS}
BOUNDARY = "cth-boundary"
_numbers = itertools.count(1)


def a_program(**options: Any) -> Person:
    """A client whose program may do everything with identities and profiles."""
    return a_client(**({"scopes": SCOPES} | options))


def the_firm(*scopes: str) -> Api:
    """The API as a program of the firm sees it."""
    firm = Organisation.objects.filter(kind="FIRM").first()
    firm_id = firm.id if firm else create_organisation(name="The house", kind="FIRM", at=clock.now())
    terms = EntityTerms("The house", "INSTITUTION", f"desk-{next(_numbers)}", "CH")
    entity_id = create_entity(organisation_id=firm_id, terms=terms, at=clock.now())
    wanted = scopes or ("firm:identities",)
    key = a_key(entity_id, wanted)
    return Api(issue_token(credential_id=key.credential_id, scopes=wanted, at=clock.now()).access_token)


def key(name: str) -> dict[str, str]:
    return {"HTTP_IDEMPOTENCY_KEY": name}


def match(answer: HttpResponse) -> dict[str, str]:
    """The header that names the state of ``answer``."""
    return {"HTTP_IF_MATCH": answer["ETag"]}


def body(answer: HttpResponse, status: int = 200) -> Any:
    assert answer.status_code == status, (answer.status_code, answer.content)
    return json.loads(answer.content)


def name_maren(person: Person, **differing: Any) -> Any:
    """An identity that the client named through the API."""
    number = next(_numbers)
    values = MAREN | {"reference": f"maren-{number}"} | differing
    return body(person.api.post("/identities", values, **key(f"named-{number}")), 201)


def form(content: bytes | None, **fields: str) -> bytes:
    """A form with ``fields`` and, unless it is ``None``, a file of this content."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if content is not None:
        head = 'Content-Disposition: form-data; name="file"; filename="maren.pdf"\r\nContent-Type: text/html\r\n\r\n'
        parts.append(f"--{BOUNDARY}\r\n{head}".encode() + content + b"\r\n")
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def send_form(api: Api, path: str, sent: bytes, **headers: str) -> HttpResponse:
    return api.request("POST", path, sent, CONTENT_TYPE=f"multipart/form-data; boundary={BOUNDARY}", **headers)
