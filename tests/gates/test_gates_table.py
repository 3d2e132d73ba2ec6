"""Promise 6 as a table: every flag against every combination of gates, of wishes and of kills.

The table stands in docs/reference/flags-and-gates.txt and is compared with what the code decides.
"""

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from pagetojob.gates.decisions import ENDED, KILLED, GateFacts, Switch, environments_for, judge, missing_for_storage
from pagetojob.gates.evidence import EvidenceFacts
from pagetojob.gates.registry import FLAGS, MODULES, REQUIREMENTS, Access, Covers, Environment, Gate, Grade, Requirement
from pagetojob.gates.scopes import SCOPES

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
COVERABLE = {Covers.SCOPES: frozenset(SCOPES), Covers.MODULES: frozenset(MODULES)}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/reference/flags-and-gates.txt"
GATES = tuple(Gate)
COMBINATIONS = [frozenset(g for n, g in enumerate(GATES) if bits >> n & 1) for bits in range(2 ** len(GATES))]
SWITCHES = [Switch(wanted, killed) for wanted, killed in product((False, True), repeat=2)]


def evidence_facts(requirement: Requirement, **changes: object) -> EvidenceFacts:
    definition = REQUIREMENTS[requirement]
    facts: dict[str, object] = {
        "subject": requirement.value,
        "grade": min(definition.accepts),
        "confirmed": True,
        "revoked": False,
        "expires_at": NOW + timedelta(days=1),
        "of_tenant": definition.of_tenant,
        "covers": COVERABLE[definition.covers] if definition.covers else frozenset(),
    }
    return EvidenceFacts(**facts | changes)  # type: ignore[arg-type]


def gate_facts(
    *on_file: EvidenceFacts,
    switch: Switch | None = SWITCHES[2],
    demo: bool = False,
    there: bool = False,
    ended: bool = False,
) -> GateFacts:
    return GateFacts(
        tenant_id=1,
        epoch=7,
        is_ours=demo,
        has_ended=ended,
        has_simulator=there,
        switches={slug: switch for slug in FLAGS if switch},
        evidence=on_file,
    )


def is_open(flag: str, environment: Environment, *on_file: EvidenceFacts, **about: object) -> bool:
    return judge(flag, gate_facts(*on_file, **about), environment, now=NOW).open  # type: ignore[arg-type]


PROOFS = {gate: evidence_facts(gate) for gate in GATES}
FULL = tuple(PROOFS.values())
GATED = [slug for slug, flag in FLAGS.items() if flag.gates]


def table() -> dict[tuple[str, Switch], str]:
    """For each flag and position of its switches, one mark per combination of open gates: O is on, a point is off."""
    rows = {}
    for switch in SWITCHES:
        on_file = [gate_facts(*(PROOFS[gate] for gate in some), switch=switch) for some in COMBINATIONS]
        for slug in FLAGS:
            decided = (judge(slug, facts, Environment.PRODUCTION, now=NOW).open for facts in on_file)
            rows[slug, switch] = "".join("O" if opened else "." for opened in decided)
    return rows


def document(marks: dict[tuple[str, Switch], str]) -> str:
    lines = [
        "Which flags are on in production, for each combination of gates, wishes and kills",
        "",
        "Made by tests/gates/test_gates_table.py from what the code decides. O: on. A point: off.",
        f"{len(marks) * len(COMBINATIONS):,} decisions: {len(FLAGS)} flags, wanted or not, killed or not, and in each",
        f"line {len(COMBINATIONS)} combinations of the gates. Counted from 0, the place of a mark is a sum of the",
        "numbers of the gates that are open:",
        "",
        *(f"  {2**n:>3}  {gate.value}" for n, gate in enumerate(GATES)),
        "",
    ]
    for slug in FLAGS:
        lines.append(slug)
        for switch in SWITCHES:
            wish = "wanted    " if switch.wanted else "not wanted"
            line = marks[slug, switch]
            lines.append(f"  {wish} {'killed' if switch.killed else '      '} {line.count('O'):>3} {line}")
    return "\n".join(lines) + "\n"


def test_a_flag_is_on_only_when_wanted_not_killed_and_all_its_gates_open() -> None:
    for (slug, switch), line in table().items():
        for some, mark in zip(COMBINATIONS, line, strict=True):
            expected = switch.wanted and not switch.killed and FLAGS[slug].gates <= some
            assert (mark == "O") == expected, (slug, switch, sorted(some))


def test_documented_table_matches_the_code() -> None:
    assert DOCUMENT.read_text() == document(table()), "write it again: .venv/bin/python -m tests.gates.test_gates_table"


def test_closed_flag_reports_missing_requirements_and_owners() -> None:
    for some, switch in product(COMBINATIONS, SWITCHES):
        on_file = gate_facts(*(PROOFS[gate] for gate in some), switch=switch)
        for slug in FLAGS:
            decision = judge(slug, on_file, Environment.PRODUCTION, now=NOW)
            assert decision.open != bool(decision.missing)
            assert all(reason.holder and reason.sentence for reason in decision.missing)
            named = {reason.what for reason in decision.missing} & set(Gate)
            assert named == FLAGS[slug].gates - some


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize(
    "flaw",
    [
        {"confirmed": False},
        {"revoked": True},
        {"expires_at": NOW},
        {"expires_at": NOW - timedelta(seconds=1)},
        {"grade": Grade.SIMULATOR},
    ],
    ids=["nobody confirmed it", "revoked", "lapses now", "lapsed", "stand-in"],
)
def test_invalid_evidence_is_ignored(gate: Gate, flaw: dict[str, object]) -> None:
    rest = tuple(proof for other, proof in PROOFS.items() if other is not gate)
    for slug in GATED:
        assert is_open(slug, Environment.PRODUCTION, *rest, evidence_facts(gate))
        assert not is_open(slug, Environment.PRODUCTION, *rest, evidence_facts(gate, **flaw))


@pytest.mark.parametrize("gate", GATES)
def test_global_and_tenant_evidence_do_not_replace_each_other(gate: Gate) -> None:
    rest = tuple(proof for other, proof in PROOFS.items() if other is not gate)
    wrong = evidence_facts(gate, of_tenant=not REQUIREMENTS[gate].of_tenant)
    assert not any(is_open(slug, Environment.PRODUCTION, *rest, wrong) for slug in GATED)


@pytest.mark.parametrize("gate", GATES)
def test_gate_opens_only_with_an_accepted_grade(gate: Gate) -> None:
    rest = tuple(proof for other, proof in PROOFS.items() if other is not gate)
    opens = {
        g for g in Grade if is_open("api-booking-sync", Environment.PRODUCTION, *rest, evidence_facts(gate, grade=g))
    }
    assert opens == REQUIREMENTS[gate].accepts
    assert Grade.SIMULATOR not in opens


@pytest.mark.parametrize("slug", [slug for slug in GATED if FLAGS[slug].least_scopes])
def test_flag_needs_evidence_for_all_its_scopes(slug: str) -> None:
    rest = tuple(proof for gate, proof in PROOFS.items() if gate is not Gate.SCOPES_GRANTED)
    least = FLAGS[slug].least_scopes
    parts = [evidence_facts(Gate.SCOPES_GRANTED, covers=frozenset({scope})) for scope in least]
    assert is_open(slug, Environment.PRODUCTION, *rest, *parts), "several pieces may name them together"
    for left_out in range(len(parts)):
        some = (*parts[:left_out], *parts[left_out + 1 :])
        decision = judge(slug, gate_facts(*rest, *some), Environment.PRODUCTION, now=NOW)
        assert [reason.what for reason in decision.missing] == [Gate.SCOPES_GRANTED]
        assert not some or f"Not covered yet: {least[left_out]}." in decision.missing[0].sentence


def test_module_evidence_opens_only_matching_flags() -> None:
    rest = tuple(proof for gate, proof in PROOFS.items() if gate is not Gate.MODULE_ELIGIBLE)
    accounting = evidence_facts(Gate.MODULE_ELIGIBLE, covers=frozenset({"Accounting"}))
    opened = {slug for slug in GATED if is_open(slug, Environment.PRODUCTION, *rest, accounting)}
    assert opened == {"closed-loop-revenue", "api-booking-sync", "api-taxonomy-import"}


def test_a_decision_lasts_until_the_first_gate_loses_its_last_proof() -> None:
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    rest = tuple(proof for gate, proof in PROOFS.items() if gate is not Gate.PRIVACY_REVIEW)
    two = (evidence_facts(Gate.PRIVACY_REVIEW, expires_at=soon), evidence_facts(Gate.PRIVACY_REVIEW, expires_at=later))
    assert judge("api-booking-sync", gate_facts(*rest, *two), Environment.PRODUCTION, now=NOW).valid_until == later
    write, read = "tn.crm.bookings:w", frozenset(FLAGS["api-booking-sync"].least_scopes) - {"tn.crm.bookings:w"}
    rest = tuple(proof for gate, proof in PROOFS.items() if gate is not Gate.SCOPES_GRANTED)
    two = (
        evidence_facts(Gate.SCOPES_GRANTED, covers=read),
        evidence_facts(Gate.SCOPES_GRANTED, covers=frozenset({write}), expires_at=soon),
    )
    on_file = gate_facts(*rest, *two)
    assert judge("api-booking-sync", on_file, Environment.PRODUCTION, now=NOW).valid_until == soon
    assert not judge("api-booking-sync", on_file, Environment.PRODUCTION, now=soon).open
    assert judge("drift-monitor", on_file, Environment.PRODUCTION, now=NOW).valid_until is None


@pytest.mark.parametrize("slug", GATED)
def test_integration_asks_for_developer_access_and_secure_storage(slug: str) -> None:
    both = (evidence_facts(Access.DEVELOPER), PROOFS[Gate.SECURE_STORAGE])
    assert is_open(slug, Environment.INTEGRATION, *both, demo=True)
    assert not any(is_open(slug, Environment.INTEGRATION, facts, demo=True) for facts in both)
    assert not is_open(slug, Environment.INTEGRATION, *FULL, demo=True), "the gates are not developer access"
    assert not is_open(slug, Environment.PRODUCTION, *both, demo=True)


@pytest.mark.parametrize("slug", GATED)
def test_integration_never_serves_a_customer(slug: str) -> None:
    everything = gate_facts(*FULL, evidence_facts(Access.DEVELOPER), there=True)
    decision = judge(slug, everything, Environment.INTEGRATION, now=NOW)
    assert [reason.what for reason in decision.missing] == ["demo switch"]
    assert [reason.what for reason in missing_for_storage(everything, Environment.INTEGRATION, now=NOW)] == [
        "demo switch"
    ]
    assert environments_for(is_ours=False) == (Environment.PRODUCTION,)
    assert environments_for(is_ours=True) == tuple(Environment) and tuple(Environment)[-1] is Environment.PRODUCTION


@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("slug", FLAGS)
def test_a_closed_contractor_has_manual_features_only(slug: str, environment: Environment) -> None:
    on_file = (*FULL, evidence_facts(Access.DEVELOPER))
    assert is_open(slug, environment, *on_file, demo=True, there=True)
    ended = gate_facts(*on_file, demo=True, there=True, ended=True)
    missing = [reason.what for reason in judge(slug, ended, environment, now=NOW).missing]
    assert missing == (["contract"] if FLAGS[slug].gates else [])
    assert [reason.what for reason in missing_for_storage(ended, environment, now=NOW)] == ["contract"]


@pytest.mark.parametrize("environment", Environment)
@pytest.mark.parametrize("slug", GATED)
def test_the_end_of_the_contract_is_the_only_reason(slug: str, environment: Environment) -> None:
    for switch in (None, *SWITCHES):
        unproven = gate_facts(switch=switch, ended=True)
        assert judge(slug, unproven, environment, now=NOW).missing == (ENDED,)
        assert missing_for_storage(unproven, environment, now=NOW) == (ENDED,)


def test_no_gate_of_a_tenant_accepts_a_run_in_our_sandbox_account() -> None:
    for requirement, definition in REQUIREMENTS.items():
        assert Grade.SIMULATOR not in definition.accepts, requirement
        assert not (definition.of_tenant and Grade.SANDBOX in definition.accepts), requirement


@pytest.mark.parametrize("slug", GATED)
def test_simulator_serves_only_demo_tenants(slug: str) -> None:
    for demo, there, switch in product((False, True), (False, True), SWITCHES):
        on_file = gate_facts(switch=switch, demo=demo, there=there)
        expected = demo and there and switch.wanted and not switch.killed
        assert judge(slug, on_file, Environment.SIMULATOR, now=NOW).open == expected
        assert not judge(slug, on_file, Environment.INTEGRATION, now=NOW).open
        assert not judge(slug, on_file, Environment.PRODUCTION, now=NOW).open
    assert not is_open(slug, Environment.SIMULATOR, *FULL), "no evidence makes a tenant a demo"


@pytest.mark.parametrize("environment", Environment)
def test_kill_turns_flags_off_in_all_environments(environment: Environment) -> None:
    for slug in FLAGS:
        on_file = gate_facts(
            *FULL, evidence_facts(Access.DEVELOPER), switch=Switch(wanted=True, killed=True), demo=True, there=True
        )
        assert judge(slug, on_file, environment, now=NOW).missing == (KILLED,)


if __name__ == "__main__":
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(document(table()))
