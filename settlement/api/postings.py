"""GET /v1/profiles/{id}/postings"""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from accounts.queries.profiles import access_profile
from core import clock
from core.api.fields import AmountField, DayField, IdField, InstantField, RefField, WordField
from core.api.pagination import LAG_SECONDS, list_parameters, page_answer, read_list_query, ref_filter
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView
from settlement.queries.profile_postings import PostingsWish, list_profile_postings

FILTERS = {"asset": ref_filter("asset")}


class PostingOut(ShapeOut):
    id = serializers.IntegerField()
    entry_id = IdField()
    kind = RefField()
    direction = WordField(["CREDIT", "DEBIT"])
    asset = RefField()
    amount = AmountField()
    source_type = RefField()
    source_id = IdField()
    event_at = InstantField()
    recorded_at = InstantField()
    business_date = DayField()
    corrects_id = IdField(allow_null=True)


POSTING_OUT = PostingOut()


class PostingsView(ApiView):
    scopes = {"GET": "profiles:read"}

    @extend_schema(
        operation_id="list_postings",
        tags=["Profiles"],
        summary="What came in and went out",
        parameters=list_parameters(FILTERS),
        responses=page_shape(PostingOut),
    )
    def get(self, request: Request, profile_id: UUID) -> HttpResponse:
        principal = principal_of(request)
        access_profile(profile_id=profile_id, entity_id=principal.entity_id)
        query = read_list_query(request, FILTERS, asker=str(principal.entity_id))
        wish = PostingsWish(
            limit=query.limit + 1,
            is_ascending=query.is_ascending,
            after=int(query.after) if query.after is not None else None,
            assets=query.values.get("asset"),
            settled_at=clock.now() - timedelta(seconds=LAG_SECONDS),
        )
        rows = list_profile_postings(profile_id=profile_id, wish=wish)
        return page_answer(query, rows, POSTING_OUT)
