"""Status: what the house found when it last looked at its own books, record and keys."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from accounts.gateways.key_ring import installed_ring
from accounts.gateways.key_store import installed_keys
from compliance.models import CheckRun
from compliance.queries.check_runs import list_check_runs, newest_check_runs
from core.domain.refusals import Refusal
from core.pages.access import staff_page
from core.pages.answers import answer
from core.pages.columns import Column
from core.pages.keyset import read_keyset_page

TITLES = {
    CheckRun.Kind.BOOKS: ("Books", "every invariant; each ten minutes"),
    CheckRun.Kind.BOOKS_FULL: ("Books, in full", "each sealed record against its seal as well; nightly"),
    CheckRun.Kind.RECORD: ("Record", "seals, records and checkpoints since the last checkpoint; nightly"),
    CheckRun.Kind.RECORD_FULL: ("Record, in full", "from the first seal on; weekly"),
}
COLUMNS = (
    Column("began_at", "Began (UTC)", "time"),
    Column("kind", "Check", "word"),
    Column("looked_at", "Looked at", "count"),
    Column("breaches", "Breaches", "count"),
    Column("result", "Result", "chip", noun="check"),
)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One kind of check with its newest run, if there is one."""

    title: str
    says: str
    run: CheckRun | None

    @property
    def looked_at(self) -> str:
        """How much it read."""
        return f"{self.run.looked_at:,}" if self.run else ""

    @property
    def breaches(self) -> str:
        """How much of it was wrong."""
        return f"{self.run.breaches:,}" if self.run else ""

    @property
    def seconds(self) -> str:
        """How long it took."""
        return f"{(self.run.ended_at - self.run.began_at).total_seconds():.1f}" if self.run else ""


@dataclass(frozen=True, slots=True)
class VaultState:
    """Whether the database of keys answers, and how many data keys hang on which key-encryption key."""

    current: str
    keys: dict[str, int] | None


@require_GET
@staff_page(permission="audit.read")
def show_status(request: HttpRequest) -> HttpResponse:
    """The newest run of each check with its findings, the vault's keys, and every run, newest first."""
    newest = newest_check_runs()
    page = read_keyset_page(list_check_runs(), after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    context = {
        "checks": [CheckRow(title, says, newest.get(kind)) for kind, (title, says) in TITLES.items()],
        "vault": _vault(),
        "columns": COLUMNS,
        "page": page,
        "empty": "Nothing was checked yet.",
    }
    return answer(request, "ops/compliance/status.html", context, parts=("list",))


def _vault() -> VaultState:
    try:
        keys = installed_keys().count_by_key_id()
    except Refusal:
        return VaultState("", None)
    return VaultState(installed_ring().current_id, keys)
