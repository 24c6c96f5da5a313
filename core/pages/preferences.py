"""Theme and density: cookies that the server renders, so that no page flashes in the wrong one."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES = ("", "light", "dark")
DENSITIES = ("compact", "comfortable")
KEPT_SECONDS = 365 * 86_400


def read_theme(request: HttpRequest) -> str:
    """light, dark, or empty: as the system has it."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in THEMES else ""


def read_density(request: HttpRequest) -> str:
    """compact or comfortable."""
    density = request.COOKIES.get("density", "")
    return density if density in DENSITIES else DENSITIES[0]


@require_POST
def keep_preference(request: HttpRequest) -> HttpResponse:
    """Keep the theme or density that was chosen, and go back; a script only wants to hear that it is done."""
    to = request.POST.get("next", "")
    is_script = request.headers.get("HX-Request") == "true"
    response: HttpResponse = (
        HttpResponse(status=204)
        if is_script
        else HttpResponseRedirect(to if url_has_allowed_host_and_scheme(to, allowed_hosts=None) else "/")
    )
    for name, choices in (("theme", THEMES), ("density", DENSITIES)):
        choice = request.POST.get(name, "unchanged")
        if choice in choices:
            response.set_cookie(
                name, choice, max_age=KEPT_SECONDS, samesite="Lax", secure=request.is_secure(), httponly=True
            )
    return response
