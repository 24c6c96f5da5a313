"""Give a signed-in person's page the right to open one live socket."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.domain.secrets import secret_sha256
from accounts.models import SocketTicket

GOOD_FOR_SECONDS = 30
KEPT_SECONDS = 3_600


def issue_socket_ticket(*, staff_user_id: UUID, session_key: str, at: datetime) -> str:
    """A ticket of 256 random bits, bound to the session, good once and for ``GOOD_FOR_SECONDS``. Old ones
    go.
    """
    ticket = secrets.token_urlsafe(32)
    with transaction.atomic(durable=True):
        SocketTicket.objects.filter(expires_at__lt=at - timedelta(seconds=KEPT_SECONDS)).delete()
        SocketTicket.objects.create(
            staff_user_id=staff_user_id,
            ticket_sha256=secret_sha256(ticket),
            session_sha256=secret_sha256(session_key),
            expires_at=at + timedelta(seconds=GOOD_FOR_SECONDS),
        )
    return ticket
