"""Four tenants with one real thing of every kind each, and the bodies that name these things.

``MADE`` says for each name in a path how such a thing comes about, ``BODIES`` for each operation that takes a body what a good
one holds. An operation with a new name in its path, or a new body, fails until it stands here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from uuid import UUID

from django.db.models import Model

from accounts.contracts import CheckResult, IdentityTerms
from accounts.domain.credential_terms import CredentialTerms
from accounts.domain.scopes import SCOPES
from accounts.models import ApiCredential, Identity, Organisation, Profile, WebhookSubscription
from accounts.operations.add_member import add_member
from accounts.operations.create_credential import create_credential
from accounts.operations.create_identity import create_identity
from accounts.operations.create_organisation import create_organisation
from accounts.operations.record_verification import record_verification
from accounts.operations.set_control import ControlWish, set_control
from accounts.operations.store_document import ShownDocument, store_document
from compliance.contracts import ReportRequest
from compliance.gateways.installed import installed_keys, installed_store
from compliance.models import ReportFile, ReportRun
from compliance.operations.request_report import request_report
from compliance.operations.write_report import write_report
from core.clock import now
from core.operations.record_audit import Actor
from core.operations.seal_outbox import seal_outbox
from core.queries.streams import list_messages
from settlement.models import Deposit
from tests.authz import funding, quoting
from tests.authz.books import journal_body, make_journal, make_transfer, transfer_body
from tests.authz.describing import identity_body, opening_body, verification_body
from tests.authz.hooking import WEBHOOK_BODIES, make_webhook
from tests.authz.killing import make_switch
from tests.authz.stating import make_statement
from tests.desk import a_person
from tests.keys import a_key
from tests.settlement.withdrawals.paying import Paying
from tests.world import Client, World
from trading.models import Instruction, Trade

TENANTS = ("own", "sister", "stranger", "firm")
# Ids that nobody was ever given, one for each name that may stand in a path or a body.
NOBODYS_ID = "01900000-0000-7000-8000-00000000dead"
NOBODYS_NAME = "nobody-ever"
NOBODYS_NUMBER = "4200000000000000000"


@dataclass
class Tenant:
    """One entity with what it holds: name of the thing in a path -> its id there."""

    name: str
    client: Client
    holds: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, kind: str) -> str:
        return self.holds[kind]


@dataclass
class House:
    """The world and its tenants: ``sister`` is of the organisation of ``own``, ``stranger`` of another, ``firm`` is the house."""

    world: World
    tenants: dict[str, Tenant] = field(default_factory=dict)
    paying: Paying = field(init=False)

    def __post_init__(self) -> None:
        self.paying = Paying(self.world, Path(gettempdir()))

    def __getitem__(self, name: str) -> Tenant:
        return self.tenants[name]


# --- how each kind of thing is made


def _profile(_house: House, tenant: Tenant) -> str:
    return str(tenant.client.profile_id)


def _order(house: House, tenant: Tenant) -> str:
    placed = house.world.place(tenant.client, f"{tenant.name}-open", "BUY", "0.1", "59000.00")
    house.world.place(tenant.client, f"{tenant.name}-low", "BUY", "0.1", "58000.00")
    house.world.match()
    return str(placed.order.id)


def _client_order_id(_house: House, tenant: Tenant) -> str:
    return f"{tenant.name}-open"


def _trade(house: House, tenant: Tenant) -> str:
    """One trade of two tenants is each one's own by its side, and the other side is not."""
    pairs = {"own": "stranger", "sister": "firm"}
    if tenant.name in pairs:
        for name, side in ((tenant.name, "SELL"), (pairs[tenant.name], "BUY")):
            house.world.place(house[name].client, f"{name}-filled", side, "0.2", "60000.00")
        house.world.match()
    profile_id = tenant.client.profile_id
    key = "sell_order__profile_id" if tenant.name in pairs else "buy_order__profile_id"
    return str(Trade.objects.get(**{key: profile_id}).pk)


def _side(_house: House, tenant: Tenant) -> str:
    return "SELL" if tenant.name in ("own", "sister") else "BUY"


def _run(_house: House, tenant: Tenant) -> str:
    """A finished run. Its rows are read on a connection of its own, which sees none of this house: it has none."""
    asked = ReportRequest(
        code="PROFILE_BALANCES",
        parameters={"business_date": "2026-03-02"},
        entity_id=tenant.client.entity_id,
        known_at=0,
    )
    run_id = request_report(asked=asked, actor=_program(tenant), at=now()).run_id
    assert write_report(run_id=run_id, store=installed_store(), keys=installed_keys(), clock=now)
    run = ReportRun.objects.get(pk=run_id)
    assert run.state == ReportRun.State.READY, (run.state, run.failure_code)
    return str(run_id)


def _file_name(_house: House, tenant: Tenant) -> str:
    return ReportFile.objects.get(run_id=tenant["run_id"], format="CSV").name


def _approval(house: House, tenant: Tenant) -> str:
    """Something that the tenant's own program asked for and nobody has decided."""
    terms = CredentialTerms(label="wanted", scopes=("orders:read",))
    outcomes = [
        create_credential(entity_id=tenant.client.entity_id, terms=terms, actor=_program(tenant), at=now())
        for _ in range(2)
    ]
    return str(outcomes[-1].approval_id)


def _credential(_house: House, tenant: Tenant) -> str:
    """A further key of the tenant, that nobody signs in with."""
    return str(a_key(tenant.client.entity_id, ["orders:read"], label="Spare").credential_id)


def _identity(house: House, tenant: Tenant) -> str:
    """Somebody whom nobody has decided on, and who owns nothing."""
    details = {"full_name": f"Nell {tenant.name.title()}"}
    terms = IdentityTerms(f"{tenant.name}-person", "PERSON", "CH", details, risk_rating="LOW")
    someone = Actor("PERSON", a_person().pk)
    identity_id = create_identity(entity_id=tenant.client.entity_id, terms=terms, actor=someone, at=now())
    for check in ("ID_DOCUMENT", "ADDRESS"):
        result = CheckResult(
            check, "VENDOR", "CONSIDER", "Vendor", f"{tenant.name}-{check}", verified_at=house.world.at
        )
        record_verification(identity_id=identity_id, result=result, actor=someone, at=now())
    return str(identity_id)


def _document(_house: House, tenant: Tenant) -> str:
    identity_id = UUID(tenant["identity_id"])
    shown = [
        ShownDocument(kind, b"%PDF-1.7\n" + f"{tenant.name} {kind}".encode()) for kind in ("PASSPORT", "UTILITY_BILL")
    ]
    ids = [store_document(identity_id=identity_id, document=each, actor=_program(tenant), at=now()) for each in shown]
    return str(ids[-1])


def _control(_house: House, tenant: Tenant) -> str:
    """One that the client set itself, so that it may lift it."""
    wish = ControlWish("DORMANT", "END_USER_REQUEST")
    return str(
        set_control(
            identity_id=UUID(tenant["identity_id"]), wish=wish, set_by="CLIENT", actor=_program(tenant), at=now()
        )
    )


def _deposit(_house: House, tenant: Tenant) -> str:
    return str(Deposit.objects.filter(profile_id=tenant.client.profile_id).latest("id").pk)


def _member(_house: House, tenant: Tenant) -> str:
    return str(
        add_member(
            profile_id=tenant.client.profile_id,
            identity_id=UUID(tenant["identity_id"]),
            role="ADVISER",
            actor=_program(tenant),
            at=now(),
        )
    )


def _program(tenant: Tenant) -> Actor:
    return Actor("CREDENTIAL", tenant.client.credential.credential_id)


def _event(_house: House, tenant: Tenant) -> str:
    """The first event of the tenant's stream; the firm's programs hear the firm's own."""
    seal_outbox(at=now(), limit=10_000)
    stream = None if tenant.name == "firm" else tenant.client.entity_id
    (first,) = list_messages(entity_id=stream, after=0, limit=1).messages
    return first.id


# In this order: what a later one needs stands before it.
MADE: dict[str, Callable[[House, Tenant], str]] = {
    "profile_id": _profile,
    "trade_id": _trade,
    "side": _side,
    "order_id": _order,
    "client_order_id": _client_order_id,
    "instruction_id": lambda _house, tenant: str(Instruction.objects.get(order_id=tenant["order_id"]).pk),
    "run_id": _run,
    "name": _file_name,
    "approval_id": _approval,
    "credential_id": _credential,
    "identity_id": _identity,
    "document_id": _document,
    "control_id": _control,
    "member_id": _member,
    "deposit_id": _deposit,
    "destination_id": funding.destination,
    "withdrawal_id": funding.withdrawal,
    "transfer_id": make_transfer,
    "journal_id": make_journal,
    "statement_id": make_statement,
    "quote_id": quoting.quote,
    "event_id": _event,
    "subscription_id": make_webhook,
    "switch_id": make_switch,
}
# What everybody may know, and is nobody's: it is the same for all tenants.
SHARED = {"symbol": "BTC-USD", "code": "BTC"}
# Names that say which part of a thing is meant, and not which thing.
PARTS = {"side"}

Body = Callable[[House, Tenant, int], dict[str, Any]]


def _token(_house: House, tenant: Tenant, _number: int) -> dict[str, Any]:
    key = tenant.client.credential
    return {"grant_type": "client_credentials", "client_id": key.client_id, "client_secret": key.client_secret}


def _order_body(_house: House, tenant: Tenant, number: int) -> dict[str, Any]:
    return {
        "profile_id": tenant["profile_id"],
        "market": "BTC-USD",
        "client_order_id": f"cell-{number}",
        "side": "BUY",
        "type": "LIMIT",
        "base_amount": "0.0100",
        "limit_price": "50000.00",
    }


def _token_back(_house: House, tenant: Tenant, _number: int) -> dict[str, Any]:
    key = tenant.client.credential
    return {"token": "x" * 43, "client_id": key.client_id, "client_secret": key.client_secret}


def _report_body(_house: House, tenant: Tenant, _number: int) -> dict[str, Any]:
    chosen = {"business_date": "2026-03-02", "entity": str(tenant.client.entity_id)}
    return {"report": "PROFILE_BALANCES", "parameters": chosen}


def _credential_body(_house: House, _tenant: Tenant, number: int) -> dict[str, Any]:
    return {"label": f"cell {number}", "scopes": ["orders:read"], "allowed_cidrs": ["203.0.113.0/24"]}


def _members(tenant: Tenant) -> list[dict[str, str]]:
    return [{"identity_id": tenant["identity_id"], "role": "HOLDER"}]


# A body that names no tenant's thing is the same whoever's thing is asked for.
BODIES: dict[str, Body] = {
    "create_token": _token,
    "revoke_token": _token_back,
    "place_order": _order_body,
    "place_orders": lambda house, tenant, number: {"items": [_order_body(house, tenant, number)]},
    "amend_order": lambda _house, _tenant, _number: {"base_amount": "0.0500"},
    "request_quote": quoting.quote_body,
    "execute_quote": quoting.taking,
    "request_report": _report_body,
    "create_credential": _credential_body,
    "change_credential": lambda _house, _tenant, number: {"label": f"cell {number}"},
    "create_identity": identity_body,
    "amend_identity": lambda _house, _tenant, number: {"details": {"full_name": f"Ann Cell {number}"}},
    "record_verification": verification_body,
    "store_document": lambda _house, _tenant, number: {"file": b"%PDF-1.7\n" + str(number).encode(), "kind": "ID_CARD"},
    "create_profile": lambda _house, tenant, number: {
        "name": "Further",
        "reference": f"cell-{number}",
        "members": _members(tenant),
    },
    "change_profile": lambda _house, tenant, number: {"name": f"Cell {number}", "members": _members(tenant)},
    "open_client": opening_body,
    "decide_identity": lambda _house, _tenant, _number: {"status": "APPROVED", "reason": "CHECKS_CLEAR"},
    "rate_identity_risk": lambda _house, _tenant, _number: {"rating": "HIGH", "reason": "A new business."},
    "record_firm_verification": lambda house, tenant, number: (
        verification_body(house, tenant, number) | {"method": "VENDOR"}
    ),
    "set_control": lambda _house, _tenant, _number: {"kind": "SELL_ONLY", "reason_code": "OTHER"},
    "cancel_all_orders": lambda _house, tenant, _number: {"profile_id": tenant["profile_id"]},
    "cancel_all_orders_after": lambda _house, tenant, _number: {
        "profile_id": tenant["profile_id"],
        "timeout_seconds": 60,
    },
    "engage_kill_switch": lambda _house, _tenant, _number: {"scope": "FIRM", "reason": "SYSTEM_FAULT"},
    "release_kill_switch": lambda _house, _tenant, _number: {"reason": "Over"},
    "put_market_parameters": lambda _house, _tenant, _number: {
        "entry_band": "0.1",
        "execution_band": "0.05",
        "tick_size": "1.00",
        "lot_size": "0.001",
        "reason": "Wider",
    },
    "put_market_phase": lambda _house, _tenant, _number: {"phase": "HALTED", "reason": "Odd prices"},
    "put_market_reference_price": lambda _house, _tenant, _number: {"price": "60000.00", "reason": "Opening"},
    "set_firm_control": lambda _house, _tenant, _number: {
        "kind": "FROZEN",
        "reason_code": "COMPLIANCE_SCREENING",
        "is_overridable": False,
    },
    "add_destination": funding.destination_body,
    "request_withdrawal": funding.withdrawal_body,
    "preview_withdrawal": funding.withdrawal_body,
    "change_limit": funding.limit_body,
    "change_fee_schedule": funding.schedule_body,
    "assign_fees": funding.assignment_body,
    "retry_withdrawal": funding.why,
    "fail_withdrawal": funding.why,
    "reject_withdrawal": funding.why,
    "inform_deposit": funding.sender,
    "attribute_deposit": funding.owner,
    "release_deposit": funding.why,
    "return_deposit": funding.why,
    "reverse_deposit": funding.why,
    "open_deposit_instruction": funding.place,
    "issue_secret": lambda _house, _tenant, _number: {"overlap_seconds": 60, "replaces_oldest": True},
    "create_internal_transfer": transfer_body,
    "create_internal_transfer_batch": lambda house, tenant, number: {"items": [transfer_body(house, tenant, number)]},
    "draft_journal": journal_body,
    "enter_valuation_price": lambda _house, _tenant, _number: {"asset": "BTC", "price": "60000.00", "reason": "Tests"},
    **WEBHOOK_BODIES,
    "reverse_journal": lambda _house, _tenant, _number: {"reason": "Tests"},
}


def _version_of(model: type[Model], key: str) -> dict[str, str]:
    return {"HTTP_IF_MATCH": f'"{model._default_manager.values_list("version", flat=True).get(pk=key)}"'}


# What is sent beside the body: name of the header in Django's environment -> its value.
HEADERS: dict[str, Callable[[House, Tenant], dict[str, str]]] = {
    "change_credential": lambda _house, tenant: _version_of(ApiCredential, tenant["credential_id"]),
    "amend_identity": lambda _house, tenant: _version_of(Identity, tenant["identity_id"]),
    "change_webhook_subscription": lambda _house, tenant: _version_of(WebhookSubscription, tenant["subscription_id"]),
    "change_profile": lambda _house, tenant: _version_of(Profile, tenant["profile_id"]),
}


def build_house() -> House:
    """Four clients with money, and every kind of thing for each of them."""
    world = World()
    house = House(world)
    organisations = {
        "own": world.organisation_id,
        "sister": world.organisation_id,
        "stranger": create_organisation(name="Strangers", kind=Organisation.Kind.CLIENT, at=world.at),
        "firm": create_organisation(name="The house", kind=Organisation.Kind.FIRM, at=world.at),
    }
    for name in TENANTS:
        world.organisation_id = organisations[name]
        client = world.client(f"tenant-{name}", USD="100000.00", BTC="3")
        scopes = [scope for scope in SCOPES if name == "firm" or not scope.startswith("firm:")]
        client = replace(client, credential=a_key(client.entity_id, scopes, label="Every scope", at=world.at))
        house.tenants[name] = Tenant(name, client, {"entity_id": str(client.entity_id), **SHARED})
    world.set_reference("60000.00")
    for kind, make in MADE.items():
        for tenant in house.tenants.values():
            tenant.holds[kind] = make(house, tenant)
    # A switch waits for the matcher, and nothing is quoted in a market that is seconds behind.
    world.match()
    return house


def missing(kind: str, value: str) -> str:
    """In place of ``value`` the id of a thing that never was."""
    if kind in SHARED or kind in PARTS:
        return value
    if value.isdigit():
        return NOBODYS_NUMBER
    try:
        UUID(value)
    except ValueError:
        return NOBODYS_NAME
    return NOBODYS_ID
