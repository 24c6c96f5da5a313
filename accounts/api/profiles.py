"""GET /v1/profiles and /v1/profiles/{id}"""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from accounts.models import Profile
from accounts.queries.profiles import access_profile, list_profiles
from core import clock
from core.api.fields import IdField, InstantField, RefField, TextField, WordField
from core.api.pagination import (
    id_filter,
    instant_filters,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    ref_filter,
    word_filter,
)
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView, json_answer

FILTERS = {
    "id": id_filter("id"),
    "reference": ref_filter("reference"),
    "status": word_filter("status", Profile.Status.values),
    "kind": word_filter("kind", Profile.Kind.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}


class ProfileOut(ShapeOut):
    id = IdField()
    entity_id = IdField()
    name = TextField()
    kind = WordField(Profile.Kind.values)
    reference = RefField()
    self_trade_group = IdField()
    status = WordField(Profile.Status.values)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()


PROFILE_OUT = ProfileOut()


class ProfilesView(ApiView):
    scopes = {"GET": "profiles:read"}

    @extend_schema(
        operation_id="list_profiles",
        tags=["Profiles"],
        summary="The entity's profiles",
        parameters=list_parameters(FILTERS),
        responses=page_shape(ProfileOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_profiles(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, PROFILE_OUT)


class ProfileView(ApiView):
    scopes = {"GET": "profiles:read"}

    @extend_schema(
        operation_id="get_profile",
        tags=["Profiles"],
        summary="One of the entity's profiles",
        responses=ProfileOut,
    )
    def get(self, request: Request, profile_id: UUID) -> HttpResponse:
        profile = access_profile(profile_id=profile_id, entity_id=principal_of(request).entity_id)
        return json_answer(PROFILE_OUT.to_representation(profile), version=profile.version)
