"""What an entity is called in lists and searches, said in SQL: as ``Entity.shown_name`` says it."""

from django.db.models import Case, CharField, F, Q, When
from django.db.models.expressions import Combinable


def shown_name(path: str = "") -> Combinable:
    """The name of the entity at ``path`` (``"entity__"``): its legal name, or for a natural person its reference."""
    return Case(
        When(**{f"{path}legal_name": ""}, then=F(f"{path}reference")),
        default=F(f"{path}legal_name"),
        output_field=CharField(),
    )


def is_named(text: str, path: str = "") -> Q:
    """Whether the shown name of the entity at ``path`` has ``text`` in it, whatever its case."""
    return Q(**{f"{path}legal_name__icontains": text}) | Q(
        **{f"{path}legal_name": "", f"{path}reference__icontains": text}
    )
