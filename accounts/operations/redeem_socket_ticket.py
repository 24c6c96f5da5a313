"""Let a socket in by its ticket, once."""

from datetime import datetime

from django.db import transaction

from accounts.domain.secrets import secret_sha256
from accounts.models import SocketTicket, StaffUser
from accounts.queries.sessions import is_good_session
from core.domain.refusals import Refusal


def redeem_socket_ticket(*, ticket: str, session_key: str, permission: str, at: datetime) -> StaffUser:
    """The person of a ticket, which is used up by this; ``permission`` is what the socket needs.

    Refuses with TICKET_INVALID (401), and with no other word for any of them, a ticket that is unknown,
    used, too old or of another session, a session that has ended, and a person who may no longer sign in or
    does not hold the permission.
    """
    with transaction.atomic(durable=True):
        mine = SocketTicket.objects.filter(
            ticket_sha256=secret_sha256(ticket),
            session_sha256=secret_sha256(session_key),
            used_at__isnull=True,
            expires_at__gt=at,
        )
        # One statement decides, so that of two sockets with the same ticket one is let in.
        is_mine = mine.update(used_at=at) == 1
        found = SocketTicket.objects.select_related("staff_user").filter(ticket_sha256=secret_sha256(ticket)).first()
    has_session = is_good_session(session_key=session_key, at=at)
    if not is_mine or found is None or not has_session or not found.staff_user.has_permission(permission):
        raise Refusal("TICKET_INVALID", "The ticket does not open a socket.", status=401)
    return found.staff_user
