"""Pages of the pack, their order, and the content of each section. Pure.

A section shows rows of one kind, a panel computed on request, or both; a section that is not in this table shows its
own entries. Staff edit section texts in the admin; this table decides what a section contains.
"""

from dataclasses import dataclass

#: Page slugs in the order of the landing page, in three groups.
GROUPS: dict[str, tuple[str, ...]] = {
    "Is it ready?": (
        "api-readiness",
        "claims",
        "feature-flags",
        "connection",
        "access-checklist",
        "sandbox-validation",
    ),
    "How it works": ("architecture", "sync-queue", "handoff", "importer", "titan-map", "drift", "outcomes", "security"),
    "Working together": (
        *("packages", "pilot-flow", "intake", "implementation-playbook", "partner-application", "support"),
        "changes",
    ),
}
PAGES: tuple[str, ...] = ("landing", *(slug for group in GROUPS.values() for slug in group))


@dataclass(frozen=True, slots=True)
class SectionLayout:
    """Content of a section. `rows` is the kind of its rows; `panel` is the name of a panel computed on request.

    `noun` names the items that its counter counts; if empty, the section has no counter.
    """

    rows: str = "entry"
    panel: str = ""
    noun: str = ""


#: (page, section) mapped to its layout.
SECTIONS: dict[tuple[str, str], SectionLayout] = {
    ("api-readiness", "summary"): SectionLayout(rows="", panel="summary"),
    ("api-readiness", "checklist"): SectionLayout("checklistitem"),
    ("api-readiness", "boundaries"): SectionLayout("databoundary"),
    ("api-readiness", "runbooks"): SectionLayout("runbook", noun="runbook"),
    ("api-readiness", "materials"): SectionLayout("partnermaterial"),
    ("api-readiness", "claims"): SectionLayout("claim"),
    ("api-readiness", "disclaimers"): SectionLayout("disclaimer"),
    ("access-checklist", "items"): SectionLayout("accessitem", noun="access item"),
    ("access-checklist", "modules"): SectionLayout("module", noun="module"),
    ("access-checklist", "boundaries"): SectionLayout(noun="boundary"),
    ("connection", "gates"): SectionLayout("connectiongate", noun="gate"),
    ("connection", "modules"): SectionLayout("connection module", noun="module gate"),
    ("connection", "scopes"): SectionLayout("scopefamily", noun="scope family"),
    ("connection", "diagram"): SectionLayout(rows="", panel="gates_diagram"),
    ("sandbox-validation", "cases"): SectionLayout("validationcase", noun="test case"),
    ("sandbox-validation", "results"): SectionLayout(rows="", panel="validation"),
    ("sandbox-validation", "claims"): SectionLayout("claim", noun="blocked claim"),
    ("feature-flags", "flags"): SectionLayout("flag", noun="flag"),
    ("feature-flags", "gates"): SectionLayout("gate"),
    ("security", "periods"): SectionLayout(rows="", panel="retention"),
    ("sync-queue", "status"): SectionLayout(rows="", panel="demo_queue"),
    ("sync-queue", "diagram"): SectionLayout(rows="", panel="queue_diagram"),
    ("sync-queue", "states"): SectionLayout(noun="state"),
    ("sync-queue", "runbooks"): SectionLayout(noun="runbook"),
    ("support", "runbooks"): SectionLayout("supportrunbook", noun="runbook"),
    ("intake", "questions"): SectionLayout("intakequestion", noun="question"),
    ("intake", "artifacts"): SectionLayout(noun="artifact request"),
    ("intake", "sign-offs"): SectionLayout(noun="sign-off gate"),
    ("pilot-flow", "steps"): SectionLayout(noun="step"),
    ("pilot-flow", "lanes"): SectionLayout(noun="buyer lane"),
    ("pilot-flow", "guardrails"): SectionLayout(noun="guardrail"),
    ("security", "boundaries"): SectionLayout(noun="claim boundary"),
    ("security", "policies"): SectionLayout(noun="policy"),
    ("security", "rules"): SectionLayout(noun="data rule"),
    ("security", "gates"): SectionLayout(noun="gate"),
    ("architecture", "flow"): SectionLayout(rows="", panel="data_flow"),
    ("architecture", "tables"): SectionLayout("table", noun="table"),
    ("architecture", "modules"): SectionLayout("code module", noun="module"),
    ("architecture", "contracts"): SectionLayout("contract", noun="contract"),
    ("architecture", "lead-flow"): SectionLayout(noun="lead-flow step"),
    ("architecture", "gaps"): SectionLayout(noun="built part"),
    ("architecture", "routes"): SectionLayout(noun="endpoint"),
    ("architecture", "missing"): SectionLayout(noun="missing part"),
    ("handoff", "simulator"): SectionLayout(rows="", panel="handoff"),
    ("importer", "bench"): SectionLayout(rows="", panel="importer"),
    ("titan-map", "families"): SectionLayout(noun="family"),
    ("titan-map", "demo"): SectionLayout(rows="", panel="demo_map"),
    ("drift", "demo"): SectionLayout(rows="", panel="demo_drift"),
    ("drift", "answers"): SectionLayout(noun="answer"),
    ("outcomes", "labels"): SectionLayout(noun="match label"),
    ("outcomes", "exclusions"): SectionLayout(noun="exclusion"),
    ("packages", "packages"): SectionLayout(noun="package"),
    ("packages", "scopes"): SectionLayout("package scope"),
    ("support", "owner"): SectionLayout("support owner"),
    ("implementation-playbook", "phases"): SectionLayout(noun="phase"),
    ("implementation-playbook", "checks"): SectionLayout(noun="launch check"),
    ("implementation-playbook", "retention"): SectionLayout(noun="retention boundary"),
    ("partner-application", "answers"): SectionLayout("partneranswer", noun="answer"),
    ("partner-application", "scopes"): SectionLayout("scope", noun="scope"),
    ("partner-application", "facts"): SectionLayout(rows="", panel="facts"),
    ("partner-application", "questionnaire"): SectionLayout(rows="", panel="questionnaire"),
    ("claims", "claims"): SectionLayout("claim", noun="claim"),
    ("claims", "gates"): SectionLayout("gate", noun="gate"),
    ("claims", "disclaimers"): SectionLayout("disclaimer", noun="disclaimer"),
    ("claims", "guard"): SectionLayout(rows="", panel="guard"),
    ("changes", "versions"): SectionLayout(rows="", panel="versions"),
}


def section_layout(page: str, section: str) -> SectionLayout:
    return SECTIONS.get((page, section), SectionLayout())
