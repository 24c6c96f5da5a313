"""POST and GET /v1/profiles, GET and PATCH /v1/profiles/{id}, GET /v1/profiles/{id}/members"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.api.identities import KEY_PARAMETER, VERSION_PARAMETER
from accounts.api.identity_fields import MembersField
from accounts.domain.permissions import Action
from accounts.models import Profile, ProfileMember
from accounts.operations.change_profile import ProfileChange, change_profile
from accounts.operations.create_profile import create_profile
from accounts.queries.profiles import access_profile, list_profile_members, list_profiles
from core import clock
from core.api.conditional import required_version
from core.api.fields import DayField, IdField, InstantField, RefField, TextField, WordField
from core.api.idempotency import Done, answer_once
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
from core.api.shapes import ShapeIn, ShapeOut, page_shape
from core.api.strict_json import request_invalid
from core.api.view import ApiView, json_answer, read_json
from core.domain.refusals import FieldError

ROUTE = "POST /v1/profiles"
FILTERS = {
    "id": id_filter("id"),
    "reference": ref_filter("reference"),
    "status": word_filter("status", Profile.Status.values),
    "kind": word_filter("kind", Profile.Kind.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}
MEMBER_FILTERS = {
    "identity_id": id_filter("identity_id"),
    "role": word_filter("role", ProfileMember.Role.values),
}
ACTIONS = [action.value for action in Action]


class ProfileIn(ShapeIn):
    name = TextField(most=100)
    reference = RefField()
    members = MembersField(required=False)


class ProfilePatchIn(ShapeIn):
    name = TextField(most=100, required=False)
    members = MembersField(required=False)
    status = WordField([Profile.Status.CLOSED], required=False)


class ProfileOut(ShapeOut):
    id = IdField()
    entity_id = IdField()
    name = TextField()
    kind = WordField(Profile.Kind.values)
    reference = RefField()
    self_trade_group = IdField()
    status = WordField(Profile.Status.values)
    # What those behind it may not do, and what compliance looks at each time.
    denied_actions = serializers.ListField(child=WordField(ACTIONS))
    reviewed_actions = serializers.ListField(child=WordField(ACTIONS))
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()


class MemberOut(ShapeOut):
    id = IdField()
    profile_id = IdField()
    identity_id = IdField()
    role = WordField(ProfileMember.Role.values)
    since = DayField()
    # The last day; null while it is in force.
    until = DayField()


PROFILE_IN = ProfileIn()
PROFILE_PATCH_IN = ProfilePatchIn()
PROFILE_OUT = ProfileOut()
MEMBER_OUT = MemberOut()


class ProfilesView(ApiView):
    scopes = {"POST": "profiles:write", "GET": "profiles:read"}

    @extend_schema(
        operation_id="create_profile",
        tags=["Profiles"],
        summary="Open a further profile",
        description="Without a member that is its HOLDER a profile can do nothing.",
        parameters=[KEY_PARAMETER],
        request=ProfileIn,
        responses={201: ProfileOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, principal = clock.now(), principal_of(request)
        body = read_json(request)
        values = PROFILE_IN.parse(body)
        actor = actor_of_principal(request)

        def work() -> Done:
            profile_id = create_profile(
                entity_id=principal.entity_id, name=values["name"], reference=values["reference"], at=at, actor=actor
            )
            members = values.get("members")
            if members:
                change_profile(profile_id=profile_id, change=ProfileChange(members=members), actor=actor, at=at)
            profile = access_profile(profile_id=profile_id, entity_id=principal.entity_id)
            return Done(201, PROFILE_OUT.to_representation(profile), "accounts.profile", profile_id)

        return answer_once(request, principal_id=principal.credential_id, route=ROUTE, body=body, work=work)

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
    scopes = {"GET": "profiles:read", "PATCH": "profiles:write"}

    @extend_schema(
        operation_id="get_profile",
        tags=["Profiles"],
        summary="One of the entity's profiles",
        responses=ProfileOut,
    )
    def get(self, request: Request, profile_id: UUID) -> HttpResponse:
        return _answer(profile_id, principal_of(request).entity_id)

    @extend_schema(
        operation_id="change_profile",
        tags=["Profiles"],
        summary="Rename a profile, say who stands behind it, close it",
        description=(
            "`members` are all that it has afterwards: who is not named ends today. `status` CLOSED is for ever, and"
            " refused with PROFILE_NOT_EMPTY while the profile holds or has reserved anything."
        ),
        parameters=[VERSION_PARAMETER],
        request=ProfilePatchIn,
        responses=ProfileOut,
    )
    def patch(self, request: Request, profile_id: UUID) -> HttpResponse:
        version = required_version(request)
        values = PROFILE_PATCH_IN.parse(read_json(request))
        if not values:
            raise request_invalid(FieldError("", "FIELD_MISSING", "Name what is to change."))
        entity_id = principal_of(request).entity_id
        access_profile(profile_id=profile_id, entity_id=entity_id)
        change_profile(
            profile_id=profile_id,
            change=_change(values),
            actor=actor_of_principal(request),
            at=clock.now(),
            version=version,
        )
        return _answer(profile_id, entity_id)


class ProfileMembersView(ApiView):
    scopes = {"GET": "profiles:read"}

    @extend_schema(
        operation_id="list_profile_members",
        tags=["Profiles"],
        summary="Who stands behind a profile, and who did",
        parameters=list_parameters(MEMBER_FILTERS),
        responses=page_shape(MemberOut),
    )
    def get(self, request: Request, profile_id: UUID) -> HttpResponse:
        profile = access_profile(profile_id=profile_id, entity_id=principal_of(request).entity_id)
        query = read_list_query(request, MEMBER_FILTERS, asker=str(profile.id))
        rows = keyset_page(query, list_profile_members(profile), at=clock.now())
        return page_answer(query, rows, MEMBER_OUT)


def _change(values: dict[str, Any]) -> ProfileChange:
    return ProfileChange(
        name=values.get("name"), members=values.get("members"), is_closing=values.get("status") is not None
    )


def _answer(profile_id: UUID, entity_id: UUID) -> HttpResponse:
    profile = access_profile(profile_id=profile_id, entity_id=entity_id)
    return json_answer(PROFILE_OUT.to_representation(profile), version=profile.version)
