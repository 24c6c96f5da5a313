"""Build the demo world through the operations that people and programs use, and bring it up to date when it is there."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.contracts import EntityTerms, IdentityTerms
from accounts.domain.secrets import is_secret_of
from accounts.models import ApiCredential, Entity, Organisation, Profile, ProfileMember, StaffUser
from accounts.operations.add_member import add_member
from accounts.operations.create_entity import create_entity
from accounts.operations.create_identity import create_identity
from accounts.operations.create_organisation import create_organisation
from accounts.operations.create_profile import create_profile
from accounts.operations.decide_identity import Decision, decide_identity
from config.demo import cast
from config.demo.books import leave_books
from config.demo.closed_day import first_deposits_at
from config.demo.credentials import MAKER_PACES, give_key
from config.demo.custodian import deposit_reference
from config.demo.onboarding import bring_newcomers, leave_requests
from config.demo.quoting import bring_quotes
from config.demo.sheet import ClientSheet, DemoSheet
from config.demo.staff import bring_staff
from config.demo.withdrawals import bring_withdrawals
from core.operations.record_audit import SYSTEM, Actor
from settlement.calendar import business_date_of
from settlement.models import Deposit, LedgerAccount
from settlement.operations.credit_deposit import credit_deposit
from settlement.operations.open_asset import AssetTerms, open_asset
from settlement.operations.open_firm_account import open_firm_account
from trading.models import Instruction, Market
from trading.operations.match_market import match_market
from trading.operations.open_market import open_fee_schedule, open_market
from trading.operations.record_market_prices import record_market_prices

MAKER_RATE, TAKER_RATE = Decimal("0.001"), Decimal("0.002")
FEE_SCALE = 2

# Profiles are numbered from here, in the order of the cast.
FIRST_ACCOUNT_NUMBER = 100_201


@dataclass(slots=True)
class DemoWorld:
    """What the build came to: the sheet to keep, and what was new."""

    sheet: DemoSheet
    created: dict[str, int] = field(default_factory=dict)

    def count(self, what: str, number: int = 1) -> None:
        if number:
            self.created[what] = self.created.get(what, 0) + number


def build_world(*, known: DemoSheet, at: datetime) -> DemoWorld:
    """Create what is missing. ``known`` are the secrets of an earlier run: where they still open the door, they stay."""
    world = DemoWorld(DemoSheet())
    omnibus = _assets(world, at)
    _markets(world, at)
    for sheet, what in bring_staff(known=known, at=at):
        world.sheet.staff.append(sheet)
        world.count(what, int(bool(what)))
    profiles = _clients(world, at)
    _holders(profiles, at)
    _credentials(world, known, profiles, at)
    _deposits(world, omnibus, profiles, at)
    world.count("quoted markets", bring_quotes(omnibus=omnibus, at=at))
    for what, number in bring_withdrawals(omnibus=omnibus, profiles=profiles, at=at).items():
        world.count(what, number)
    organisation_id = Organisation.objects.values_list("pk", flat=True).get(kind="CLIENT", name=cast.ORGANISATION)
    world.count("newcomers", bring_newcomers(organisation_id=organisation_id, at=at))
    world.count("requests", leave_requests(at=at))
    world.count("books", leave_books(at=at))
    return world


def _assets(world: DemoWorld, at: datetime) -> dict[str, UUID]:
    """Assets and their omnibus accounts, by code."""
    found = dict(
        LedgerAccount.objects.filter(kind=LedgerAccount.Kind.OMNIBUS, label=cast.OMNIBUS_LABEL).values_list(
            "asset__code", "id"
        )
    )
    for each in cast.ASSETS:
        if each.code in found:
            continue
        terms = AssetTerms(each.code, each.name, each.kind, each.scale, each.payment_scale, each.calendar)
        found[each.code] = open_firm_account(
            kind="OMNIBUS",
            asset_id=open_asset(terms=terms, at=at),
            asset_code=each.code,
            label=cast.OMNIBUS_LABEL,
            name=f"{each.code} at {each.custodian}",
            at=at,
        )
        world.count("assets")
    return found


def _markets(world: DemoWorld, at: datetime) -> None:
    listed = set(Market.objects.values_list("symbol", flat=True))
    for each in cast.MARKETS:
        if each.symbol in listed:
            continue
        schedule = open_fee_schedule(
            name="Demo", fee_scale=FEE_SCALE, maker_rate=MAKER_RATE, taker_rate=TAKER_RATE, at=at
        )
        open_market(terms=each.terms, fee_schedule_id=schedule, at=at, first_price=each.first_price)
        world.count("markets")
    # The first price is applied here: nothing else is running yet that would.
    for market_id in Instruction.objects.filter(kind="SET_REFERENCE", status="PENDING").values_list(
        "market_id", flat=True
    ):
        match_market(market_id=market_id, at=at)
    record_market_prices(at=at)


def _clients(world: DemoWorld, at: datetime) -> dict[str, UUID]:
    """Profiles by the client's reference."""
    organisation = Organisation.objects.filter(kind=Organisation.Kind.CLIENT, name=cast.ORGANISATION).first()
    organisation_id = (
        organisation.pk
        if organisation is not None
        else create_organisation(name=cast.ORGANISATION, kind=Organisation.Kind.CLIENT, at=at)
    )
    entities = dict(Entity.objects.filter(organisation_id=organisation_id).values_list("reference", "id"))
    profiles = dict(
        Profile.objects.filter(entity__organisation_id=organisation_id, kind=Profile.Kind.DEFAULT).values_list(
            "entity__reference", "id"
        )
    )
    for number, client in enumerate(cast.CLIENTS, start=FIRST_ACCOUNT_NUMBER):
        if client.reference in profiles:
            continue
        entity_id = entities.get(client.reference) or create_entity(
            organisation_id=organisation_id,
            terms=EntityTerms(
                legal_name=client.legal_name, kind=client.kind, reference=client.reference, country=client.country
            ),
            at=at,
        )
        profiles[client.reference] = create_profile(entity_id=entity_id, name="Main", reference=f"AC-{number}", at=at)
        world.count("clients")
    return profiles


def _holders(profiles: dict[str, UUID], at: datetime) -> None:
    """Somebody whom compliance has approved behind each profile; a natural person's details go to the vault."""
    held = set(ProfileMember.objects.filter(role="HOLDER", until__isnull=True).values_list("profile_id", flat=True))
    compliance = Actor("PERSON", StaffUser.objects.get(email=cast.COMPLIANCE).pk)
    for client in cast.CLIENTS:
        profile_id = profiles[client.reference]
        if profile_id in held:
            continue
        identity_id = create_identity(
            entity_id=Profile.objects.values_list("entity_id", flat=True).get(pk=profile_id),
            terms=IdentityTerms(reference="holder", kind=client.kind, country=client.country, details=client.details),
            actor=SYSTEM,
            at=at,
        )
        decide_identity(
            identity_id=identity_id,
            decision=Decision("APPROVED", "REVIEWED", "A client of the demo."),
            actor=compliance,
            at=at,
        )
        add_member(profile_id=profile_id, identity_id=identity_id, role="HOLDER", actor=SYSTEM, at=at)


def _credentials(world: DemoWorld, known: DemoSheet, profiles: dict[str, UUID], at: datetime) -> None:
    """For each client the key that an earlier run kept, while it still opens the door; else a new one."""
    stored = ApiCredential.objects.in_bulk([client.client_id for client in known.clients], field_name="client_id")
    for client in cast.CLIENTS:
        profile_id = profiles[client.reference]
        kept = known.client_of(str(profile_id))
        credential = stored.get(kept.client_id) if kept is not None else None
        if kept is not None and credential is not None and _opens(credential, kept.client_secret, at):
            world.sheet.clients.append(kept)
            continue
        entity_id = Profile.objects.values_list("entity_id", flat=True).get(pk=profile_id)
        paces = MAKER_PACES if client.role == cast.MAKER else None
        issued = give_key(entity_id=entity_id, scopes=cast.SCOPES, rate_limits=paces, at=at)
        world.count("credentials")
        world.sheet.clients.append(
            ClientSheet(
                issued.client_id,
                issued.client_secret,
                str(profile_id),
                client.shown_name,
                client.role,
                client.reference,
            )
        )


def _opens(credential: ApiCredential, secret: str, at: datetime) -> bool:
    return credential.is_usable(at=at) and is_secret_of(secret, credential.secret_hash or "")


def _deposits(world: DemoWorld, omnibus: dict[str, UUID], profiles: dict[str, UUID], at: datetime) -> None:
    booked = set(
        Deposit.objects.filter(outside_reference__startswith="DEMO-").values_list("outside_reference", flat=True)
    )
    at = first_deposits_at(at)
    for client in cast.CLIENTS:
        for code, amount in client.deposits.items():
            reference = deposit_reference(client, code)
            if reference in booked:
                continue
            credit_deposit(
                profile_id=profiles[client.reference],
                omnibus_id=omnibus[code],
                amount=amount,
                outside_reference=reference,
                value_date=business_date_of(at),
                actor=SYSTEM,
                at=at,
                note="Demo",
            )
            world.count("deposits")
