"""GET /v1/time: the house's clock."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from core import clock
from core.api.fields import InstantField, instant_text
from core.api.shapes import ShapeOut
from core.api.view import ApiView, json_answer


class TimeOut(ShapeOut):
    server_time = InstantField()


class TimeView(ApiView):
    scopes = {"GET": None}
    authentication_classes = []

    @extend_schema(operation_id="get_time", tags=["Time"], summary="The house's clock", responses=TimeOut)
    def get(self, request: Request) -> HttpResponse:
        return json_answer({"server_time": instant_text(clock.now())})
