"""Definitions of the gates and the flags. No I/O; the database does not define gates.

A flag without gates is a manual feature and depends only on its row. A flag with gates stays off until evidence
satisfies every gate. Some gates need evidence about PageToJob, the others evidence about the tenant; one kind does
not replace the other.
"""

from dataclasses import dataclass
from enum import StrEnum


class Environment(StrEnum):
    """Target environment of an API-backed feature. Public pages and claims consider only production.

    In this order a tenant's connections are considered, so that production is last.
    """

    SIMULATOR = "stand-in"
    INTEGRATION = "integration"
    PRODUCTION = "production"

    @property
    def label(self) -> str:
        """Return the name for screens. The stored value of the simulator is older than its name."""
        return "simulator" if self is Environment.SIMULATOR else self.value


class Gate(StrEnum):
    PARTNER_APPROVAL = "partner approval"
    CUSTOMER_AUTHORIZATION = "customer authorization"
    MODULE_ELIGIBLE = "module eligible"
    SCOPES_GRANTED = "scopes granted"
    SECURE_STORAGE = "secure credential storage"
    SANDBOX_VALIDATION = "sandbox validation passed"
    PRIVACY_REVIEW = "privacy review"


class Access(StrEnum):
    """Requirement proven by evidence that is not a gate of a flag. Applies only outside production."""

    DEVELOPER = "developer access"


#: Everything for which evidence can be recorded.
Requirement = Gate | Access


class Grade(StrEnum):
    """Source of a piece of evidence. Grades have no order: each gate lists those that it accepts."""

    STATED_BY_US = "stated by us"
    CONFIRMED_BY_CUSTOMER = "confirmed by customer"
    SIMULATOR = "captured in stand-in"
    SANDBOX = "captured in sandbox"
    THIRD_PARTY = "issued by third party"


class Category(StrEnum):
    MAPPING = "mapping"
    HANDOFF = "handoff"
    GOVERNANCE = "governance"
    PROOF = "proof"


class Risk(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Covers(StrEnum):
    """Items that evidence for a gate must name. A flag needs evidence that names all items it requires."""

    SCOPES = "scopes"
    MODULES = "modules"


@dataclass(frozen=True)
class GateDefinition:
    """Definition of a gate: who provides the evidence, the text shown while it is missing, and the accepted grades.

    `of_tenant`: each tenant needs its own evidence; otherwise it is proven once for PageToJob. No gate accepts
    simulator-grade evidence, and the database rejects it.
    """

    holder: str
    missing: str
    accepts: frozenset[Grade]
    of_tenant: bool = False
    covers: Covers | None = None


@dataclass(frozen=True)
class FlagDefinition:
    """Definition of a feature flag, and what must be proven before the feature may be on.

    The feature needs all `least_scopes`. It uses `optional_scopes` where they are granted, and no other scope at all.
    """

    title: str
    category: Category
    risk: Risk
    manual_mode: str
    kill_switch: str
    default_on: bool = False
    customer_visible: bool = True
    gates: frozenset[Gate] = frozenset()
    least_scopes: tuple[str, ...] = ()
    optional_scopes: tuple[str, ...] = ()
    least_module: str = ""

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset((*self.least_scopes, *self.optional_scopes))


GATES: dict[Gate, GateDefinition] = {
    Gate.PARTNER_APPROVAL: GateDefinition(
        "PageToJob",
        "ServiceTitan has not approved a PageToJob app; no approval is on file.",
        frozenset({Grade.THIRD_PARTY}),
    ),
    Gate.CUSTOMER_AUTHORIZATION: GateDefinition(
        "ServiceTitan admin",
        "The customer's ServiceTitan admin has not authorized access.",
        frozenset({Grade.CONFIRMED_BY_CUSTOMER, Grade.THIRD_PARTY}),
        of_tenant=True,
    ),
    Gate.MODULE_ELIGIBLE: GateDefinition(
        "Customer",
        "It is not confirmed that the customer's ServiceTitan plan has the module needed.",
        frozenset({Grade.CONFIRMED_BY_CUSTOMER, Grade.THIRD_PARTY}),
        of_tenant=True,
        covers=Covers.MODULES,
    ),
    Gate.SCOPES_GRANTED: GateDefinition(
        "ServiceTitan admin",
        "The scopes this feature needs have not been granted.",
        # A run in our own sandbox account proves nothing about the account of a customer.
        frozenset({Grade.THIRD_PARTY}),
        of_tenant=True,
        covers=Covers.SCOPES,
    ),
    Gate.SECURE_STORAGE: GateDefinition(
        "PageToJob",
        "Secure credential storage has not been reviewed and recorded.",
        frozenset({Grade.STATED_BY_US, Grade.THIRD_PARTY}),
    ),
    Gate.SANDBOX_VALIDATION: GateDefinition(
        "PageToJob",
        "The sandbox validation protocol has not been run and passed.",
        frozenset({Grade.SANDBOX}),
    ),
    Gate.PRIVACY_REVIEW: GateDefinition(
        "Shared",
        "The privacy review of this feature has not been signed off by both sides.",
        frozenset({Grade.CONFIRMED_BY_CUSTOMER, Grade.THIRD_PARTY}),
        of_tenant=True,
    ),
}

DEVELOPER_ACCESS = GateDefinition(
    "PageToJob",
    "ServiceTitan has given PageToJob no developer access; none is on file.",
    frozenset({Grade.SANDBOX, Grade.THIRD_PARTY}),
)
REQUIREMENTS: dict[Requirement, GateDefinition] = dict([*GATES.items(), (Access.DEVELOPER, DEVELOPER_ACCESS)])

EVERY_GATE = frozenset(Gate)

FLAGS: dict[str, FlagDefinition] = {
    "manual-titan-map": FlagDefinition(
        title="Manual Titan Map",
        category=Category.MAPPING,
        risk=Risk.LOW,
        default_on=True,
        manual_mode="People map pages, offers, zones and campaigns and review each one.",
        kill_switch="Mapped wording is withdrawn and pages show general copy; their form fields stay unchanged.",
    ),
    "booking-request-fallback": FlagDefinition(
        title="Booking request and notification fallback",
        category=Category.HANDOFF,
        risk=Risk.LOW,
        default_on=True,
        manual_mode="Our form stores the request with its source and notifies the business by email.",
        kill_switch="Pages ask visitors to call; captured requests stay stored and are still processed.",
    ),
    "manual-taxonomy-import": FlagDefinition(
        title="Manual taxonomy import",
        category=Category.MAPPING,
        risk=Risk.MEDIUM,
        customer_visible=False,
        manual_mode="An operator turns the customer's own redacted exports into candidates for review.",
        kill_switch="No file is accepted and no candidate approved; confirmed items stay, and an import can be undone.",
    ),
    "drift-monitor": FlagDefinition(
        title="Drift monitor",
        category=Category.GOVERNANCE,
        risk=Risk.MEDIUM,
        default_on=True,
        manual_mode="People compare live pages with the reviewed Titan Map and resolve the findings.",
        kill_switch="Comparison stops; open findings and the website stay unchanged.",
    ),
    "campaign-proof": FlagDefinition(
        title="Campaign proof",
        category=Category.PROOF,
        risk=Risk.MEDIUM,
        manual_mode="Proof packets are made from supplied exports, with match quality and exclusions shown.",
        kill_switch="No new packets are created; delivered packets can still be verified.",
    ),
    "connection-readiness": FlagDefinition(
        title="Connection readiness",
        category=Category.GOVERNANCE,
        risk=Risk.LOW,
        default_on=True,
        manual_mode="The requirements for a later connection are listed with their owners.",
        kill_switch="The list of connection requirements is hidden for this tenant, which can still disconnect.",
    ),
    "persisted-page-bindings": FlagDefinition(
        title="Stored page bindings",
        category=Category.MAPPING,
        risk=Risk.MEDIUM,
        customer_visible=False,
        manual_mode="Bindings are stored as reviewed versions that people publish.",
        kill_switch="Pages use the last reviewed version; nothing new is published.",
    ),
    "api-taxonomy-import": FlagDefinition(
        title="Taxonomy import by API",
        category=Category.MAPPING,
        risk=Risk.HIGH,
        manual_mode="The manual importer is used.",
        kill_switch="No call is made; the reviewed Titan Map stays in force.",
        gates=EVERY_GATE,
        least_scopes=("tn.jpm.jobtypes:r", "tn.stt.businessunits:r", "tn.mrk.campaigns:r", "tn.dis.zones:r"),
        optional_scopes=(
            "tn.crm.bookingprovidertags:r",
            "tn.mrk.categories:r",
            "tn.mem.membershiptypes:r",
            "tn.pb.categories:r",
            "tn.pb.services:r",
        ),
    ),
    "api-booking-sync": FlagDefinition(
        title="Booking handoff by API",
        category=Category.HANDOFF,
        risk=Risk.HIGH,
        manual_mode="The request is stored here, the business is notified by email, and a person enters the booking.",
        kill_switch="Nothing is sent; requests wait here and are completed manually.",
        gates=EVERY_GATE,
        least_scopes=("tn.crm.bookings:r", "tn.crm.bookings:w", "tn.crm.bookingprovidertags:r"),
    ),
    "scheduler-webhooks": FlagDefinition(
        title="Scheduling Pro webhooks",
        category=Category.HANDOFF,
        risk=Risk.HIGH,
        manual_mode="No event is received; requests come through our form.",
        kill_switch="The endpoint responds that it is not in service and stores nothing.",
        gates=EVERY_GATE,
        optional_scopes=("tn.crm.bookings:r", "tn.sp.schedulers:r"),
        least_module="Scheduling Pro",
    ),
    "closed-loop-revenue": FlagDefinition(
        title="Closed-loop revenue",
        category=Category.PROOF,
        risk=Risk.HIGH,
        manual_mode="Revenue comes from supplied exports and shows its source and match quality.",
        kill_switch="No figure is read by API; sealed statements stay unchanged.",
        gates=EVERY_GATE,
        least_scopes=("tn.jpm.jobs:r", "tn.acc.invoices:r", "tn.acc.payments:r"),
        optional_scopes=("tn.crm.bookings:r",),
        least_module="Accounting",
    ),
}

#: Modules that evidence for the gate "module eligible" can name.

MODULES = tuple(dict.fromkeys(flag.least_module for flag in FLAGS.values() if flag.least_module))
