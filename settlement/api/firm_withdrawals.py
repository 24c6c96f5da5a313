"""POST /v1/firm/withdrawals/{id}/retry, /fail and /reject: for the firm's own programs. Releasing one takes a person."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal
from accounts.api.firm import firm_principal
from core import clock
from core.api.fields import TextField
from core.api.shapes import ShapeIn
from core.api.view import ApiView, json_answer, read_json
from core.operations.record_audit import Actor
from settlement.api.withdrawal_shapes import WITHDRAWAL_OUT, WithdrawalOut
from settlement.operations.end_withdrawal import fail_withdrawal, reject_withdrawal
from settlement.operations.send_withdrawal import retry_withdrawal
from settlement.queries.withdrawals import get_withdrawal

SCOPE = "firm:funding"


class ReasonIn(ShapeIn):
    reason = TextField(most=200)


REASON_IN = ReasonIn()


class Act(Protocol):
    def __call__(self, *, withdrawal_id: UUID, reason: str, actor: Actor, at: datetime) -> None: ...


def _view(act: Act, *, operation_id: str, summary: str) -> type[ApiView]:
    """The door of one act: a reason goes in, the withdrawal as it stands then comes out."""

    class FirmWithdrawalView(ApiView):
        scopes = {"POST": SCOPE}

        @extend_schema(
            operation_id=operation_id, tags=["Firm"], summary=summary, request=ReasonIn, responses=WithdrawalOut
        )
        def post(self, request: Request, withdrawal_id: UUID) -> HttpResponse:
            firm_principal(request)
            reason, at = REASON_IN.parse(read_json(request))["reason"], clock.now()
            act(withdrawal_id=withdrawal_id, reason=reason, actor=actor_of_principal(request), at=at)
            withdrawal = get_withdrawal(withdrawal_id=withdrawal_id)
            return json_answer(WITHDRAWAL_OUT.to_representation(withdrawal), version=withdrawal.version)

    return FirmWithdrawalView


FirmRetryView = _view(
    retry_withdrawal,
    operation_id="retry_withdrawal",
    summary="Have an ERRORED withdrawal sent again, under the same id",
)
FirmFailView = _view(
    fail_withdrawal,
    operation_id="fail_withdrawal",
    summary="Give an ERRORED withdrawal up",
)
FirmRejectView = _view(
    reject_withdrawal,
    operation_id="reject_withdrawal",
    summary="Say no to a withdrawal that was not sent yet",
)
