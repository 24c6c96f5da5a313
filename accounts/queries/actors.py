"""Who acted: the names behind the ids of the record, and the ids behind what somebody types."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import CharField, Q, Value
from django.db.models.functions import Coalesce, NullIf

from accounts.models import ApiCredential, StaffUser

MOST_ACTORS = 100


def name_actors(ids: Iterable[UUID | str | None]) -> dict[str, str]:
    """Id -> name, of members of staff and credentials; an id that is neither has none. One statement."""
    wanted = {str(id_) for id_ in ids if id_}
    if not wanted:
        return {}
    shown = Coalesce(NullIf("name", Value("")), "email", output_field=CharField())
    people = StaffUser.objects.filter(pk__in=wanted).values_list("pk", shown)
    credentials = ApiCredential.objects.filter(pk__in=wanted).values_list("pk", "label")
    return {str(id_): name for id_, name in people.union(credentials, all=True)}


def find_actors(text: str) -> list[UUID]:
    """Whom ``text`` names, by name, e-mail, label or client id: at most ``MOST_ACTORS`` members of staff and credentials."""
    people = StaffUser.objects.filter(Q(name__icontains=text) | Q(email__icontains=text)).order_by("pk")
    credentials = ApiCredential.objects.filter(Q(label__icontains=text) | Q(client_id=text)).order_by("pk")
    return [
        *people.values_list("pk", flat=True)[:MOST_ACTORS],
        *credentials.values_list("pk", flat=True)[:MOST_ACTORS],
    ][:MOST_ACTORS]
