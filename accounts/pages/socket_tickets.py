"""Tickets for live sockets."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from accounts.operations.issue_socket_ticket import issue_socket_ticket
from core import clock
from core.pages.access import person_id, staff_page


@require_POST
@staff_page(permission="desk.read")
def issue_ticket(request: HttpRequest) -> HttpResponse:
    """A ticket for one socket of this session: ``{"ticket": "…"}``."""
    ticket = issue_socket_ticket(
        staff_user_id=person_id(request), session_key=request.session.session_key or "", at=clock.now()
    )
    return JsonResponse({"ticket": ticket}, headers={"Cache-Control": "no-store"})
