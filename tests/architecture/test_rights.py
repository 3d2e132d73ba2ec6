"""Every right on every table, column, sequence and function, against one list. A wider one fails here first."""

import os
from collections.abc import Generator

import psycopg
import pytest

APP, WORKER, OPERATOR = "pagetojob_app", "pagetojob_worker", "pagetojob_operator"
AUDIT_LINE = "INSERT (action, actor_id, actor_label, changes, reason, request_id, subject, tenant_id)"
HEARD = "UPDATE (changed_at, job, number, read_at, status, told_by)"
LEAD_MARKS = (
    "UPDATE (city, email, excluded_as, message, name, phone, phone_e164, source, state, street, suspected, zip)"
)
PROOF = (
    "UPDATE (confirmed_at, confirmed_by_id, first_confirmed_at, first_confirmed_by_id, revoked_at, revoked_by_id,"
    " revoked_reason)"
)
ROUTE_SET = (
    "UPDATE (closed_at, heartbeat_seconds, id_header, ring, scheme, seconds_ahead, seconds_back, signature_header,"
    " timestamp_header)"
)
ROW_CHANGE = "INSERT (actor_id, after, before, operation, row, table)"
SETTLED = "UPDATE (due_at, reset_id, settled_at, tries, trouble, typed_email, user_id)"
TENANT_FACTS = (
    "UPDATE (created_at, gates_epoch, is_demo, name, page_until, public_id, second_factor_required, slug, state,"
    " state_since, time_zone, version)"
)
BOUNCED = "bounce_reason, bounced_at, complained_at"
RECIPIENT = "label, level, quiet_from, quiet_until, removed_at, takes_replies"
LEGAL = "UPDATE (published_at, text)"
STORED = "UPDATE (sha256, size)"
WRAPPED = "UPDATE (destroyed_at, kek_id, wrapped)"
RESEALED = "UPDATE (data_key_id, destroyed_at, expires_at, fingerprint, generation, kept_at, sealed)"
TOLD_OF_A_SECRET = (
    "SELECT (connection_id, data_key_id, destroyed_at, expires_at, fingerprint, generation, id, kept_at, kind,"
    " public_id, tenant_id)"
)

#: Table: what app, worker and operator may do. A tenant table shows the app one tenant's rows, and only in its scope.
RIGHTS = {
    "audit_auditcheck": ("", "SELECT, INSERT (first, found, last, whole)", "SELECT"),
    "audit_auditentry": (f"SELECT, {AUDIT_LINE}", f"SELECT, {AUDIT_LINE}", f"SELECT, {AUDIT_LINE}"),
    "audit_auditpurge": ("", "SELECT", "SELECT"),
    "audit_auditseal": ("SELECT", "SELECT, INSERT", "SELECT"),
    "audit_rowchange": (f"SELECT, {ROW_CHANGE}", "SELECT", ""),
    **{
        f"attribution_{name}": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT")
        for name in ("invoice", "job", "outcomebooking", "outcomecustomer", "payment")
    },
    "attribution_link": ("SELECT, INSERT, UPDATE (current)", "SELECT", "SELECT, INSERT, UPDATE (current)"),
    "attribution_linkrun": ("SELECT, INSERT, UPDATE (applied_at, card, changed, counts)", "SELECT", "SELECT"),
    "attribution_linksettings": ("SELECT", "SELECT", "SELECT, INSERT, UPDATE (estimate_id, window_days)"),
    "attribution_outcomefile": ("SELECT, INSERT", "SELECT", "SELECT"),
    "attribution_reviewdecision": ("SELECT", "SELECT", "SELECT, INSERT"),
    **{
        f"attribution_{name}": ("SELECT, INSERT", "SELECT", "SELECT")
        for name in ("estimate", "packet", "packetfile", "restatement", "statement")
    },
    "attribution_packetdigest": ("SELECT, INSERT", "", ""),
    "accounts_authenticator": (
        "SELECT, INSERT, UPDATE (last_step, last_used_at), DELETE",
        "SELECT, UPDATE (sealed_key)",
        "",
    ),
    "accounts_emailchange": ("SELECT, INSERT, UPDATE (canceled_at, confirmed_at, undone_at), DELETE", "", ""),
    "accounts_invitation": ("SELECT, INSERT, UPDATE (accepted_at, accepted_by_id, revoked_at), DELETE", "", ""),
    "accounts_owedmail": (f"SELECT, INSERT, {SETTLED}, DELETE", "", ""),
    "accounts_passkey": ("SELECT, INSERT, UPDATE (last_used_at, sign_count), DELETE", "", ""),
    "accounts_passwordreset": ("SELECT, INSERT, UPDATE (used_at), DELETE", "", ""),
    "accounts_privilegerequest": (
        "SELECT, INSERT, UPDATE (decided_at, decided_by_id, outcome), DELETE",
        "",
        "",
    ),
    "accounts_recoverycode": ("SELECT, INSERT, UPDATE (used_at), DELETE", "", ""),
    "accounts_session": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "accounts_signintry": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "auth_group": ("", "", ""),
    "auth_group_permissions": ("", "", ""),
    "auth_permission": ("", "", ""),
    "django_admin_log": ("SELECT, INSERT, DELETE", "", ""),
    "django_content_type": ("SELECT", "", ""),
    "django_migrations": ("SELECT", "", ""),
    "django_session": ("", "", ""),
    "claims_claim": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "claims_disclaimer": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "claims_sentenceapproval": (
        "SELECT, INSERT, UPDATE (approved_at, approved_by_id, expires_on, requested_by_id)",
        "",
        "SELECT",
    ),
    "drift_answer": ("SELECT, INSERT", "SELECT", "SELECT, INSERT"),
    "drift_demopage": ("SELECT, INSERT", "", "SELECT, UPDATE (html)"),
    "drift_finding": ("SELECT, UPDATE", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE"),
    "drift_findingevent": ("SELECT, INSERT", "SELECT, INSERT", "SELECT, INSERT"),
    "drift_findingpicture": ("SELECT", "SELECT, INSERT, UPDATE (attempts, file_id, why)", "SELECT, INSERT"),
    "drift_readingpage": ("", "SELECT, INSERT, UPDATE", "SELECT, INSERT"),
    "drift_reviewlink": (
        "SELECT, UPDATE (used_at)",
        "SELECT, UPDATE (revoked_at)",
        "SELECT, INSERT, UPDATE (revoked_at)",
    ),
    "drift_reviewmail": ("", "SELECT, INSERT, UPDATE", "SELECT, INSERT"),
    "drift_rulepause": ("", "SELECT", "SELECT, INSERT, UPDATE (lifted_at, lifted_by_id, reason)"),
    "drift_site": ("SELECT, INSERT", "SELECT, UPDATE (due_at)", "SELECT, INSERT, UPDATE"),
    "drift_sitereading": ("SELECT", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE"),
    "drift_snapshot": ("SELECT", "SELECT, INSERT, UPDATE (etag, last_modified)", "SELECT, INSERT"),
    "files_file": (
        f"SELECT, INSERT, {STORED}",
        "SELECT, INSERT, UPDATE (is_encrypted, sha256, size)",
        f"SELECT, INSERT, {STORED}",
    ),
    "files_filechunk": ("SELECT, INSERT, UPDATE (content)",) * 3,
    "gates_evidence": (f"SELECT, INSERT, {PROOF}", "SELECT", f"SELECT, INSERT, {PROOF}"),
    "gates_evidencefile": (
        "SELECT, INSERT",
        "SELECT (content, id, is_encrypted, public_id, tenant_id), UPDATE (content, is_encrypted)",
        "SELECT, INSERT",
    ),
    "gates_flag": ("SELECT, INSERT, UPDATE (killed, wanted)", "SELECT", "SELECT, UPDATE (killed, wanted)"),
    "importer_rememberedheading": ("SELECT, INSERT, UPDATE", "", "SELECT, INSERT, UPDATE"),
    "importer_importrow": ("SELECT, INSERT, UPDATE", "", "SELECT, INSERT, UPDATE"),
    "importer_upload": ("SELECT, INSERT, UPDATE", "", "SELECT, INSERT, UPDATE"),
    "leads_bookingrequest": (
        "SELECT, INSERT, UPDATE (binding_id)",
        "SELECT, UPDATE (binding_id)",
        "SELECT, UPDATE (binding_id)",
    ),
    "leads_lead": (
        f"SELECT, INSERT, {LEAD_MARKS}",
        "SELECT, UPDATE (excluded_as)",
        "SELECT, UPDATE (excluded_as, suspected)",
    ),
    "leads_leadanswer": ("SELECT, INSERT, UPDATE (undone_at, undone_by_id)", "SELECT", "SELECT"),
    "leads_leadnote": ("SELECT, INSERT", "", ""),
    "leads_leadphoto": ("SELECT, INSERT", "SELECT", "SELECT"),
    "onboarding_assignment": ("SELECT", "SELECT", "SELECT, INSERT"),
    "onboarding_contractornote": ("", "SELECT", "SELECT, INSERT, UPDATE (undone_at)"),
    "onboarding_domaincheck": (
        "SELECT",
        "SELECT, UPDATE (alarm_at, checked_at, due_at, failures, report, settled, verdict, verified_at)",
        "SELECT, INSERT, UPDATE (due_at), DELETE",
    ),
    "onboarding_embed": (
        "",
        "SELECT, UPDATE (checked_at, detected_at, due_at, note, other_url, state)",
        "SELECT, INSERT, UPDATE (due_at, site_key_id), DELETE",
    ),
    "onboarding_formcheck": (
        "",
        "SELECT, INSERT, UPDATE (alarm_at, checked_at, failing_since, failures, note)",
        "SELECT",
    ),
    "onboarding_quietpage": (
        "",
        "SELECT, INSERT, UPDATE (expected, since), DELETE",
        "SELECT, UPDATE (checked_at, checked_by_id)",
    ),
    "onboarding_customeranswer": ("SELECT, INSERT", "", "SELECT"),
    "onboarding_signoff": ("SELECT, INSERT", "", "SELECT"),
    "onboarding_weeklyemail": ("SELECT, INSERT, UPDATE (attempts, due_at, error, wanted, week)", "", ""),
    "onboarding_setupchange": ("SELECT, INSERT", "", "SELECT, INSERT"),
    "readiness_accessitem": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_asbuiltnote": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_connectiongate": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_draft": ("SELECT, INSERT, UPDATE (closed_at, closed_by_id, outcome)", "", ""),
    "readiness_entry": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_entrydetail": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_intakequestion": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_module": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_partneranswer": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_scopefamily": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_supportrunbook": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_validationcase": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_loadedwords": ("SELECT, INSERT, UPDATE", "", ""),
    "readiness_checkresult": ("SELECT, INSERT", "", ""),
    "readiness_checkrun": ("SELECT, INSERT", "", ""),
    "readiness_documentrequest": (
        "SELECT, INSERT, UPDATE (decided_at, decided_by_id, downloads, expires_at)",
        "",
        "",
    ),
    "readiness_reviewdocument": ("SELECT, INSERT, UPDATE (withdrawn_at)", "", ""),
    "readiness_lineresponse": ("SELECT, INSERT, UPDATE (resolution, resolved_at, resolved_by_id)", "", ""),
    "readiness_reviewinvitation": ("SELECT, INSERT, UPDATE (revoked_at)", "", ""),
    "readiness_claimscan": ("SELECT, INSERT", "SELECT", ""),
    "readiness_evidencenotice": ("SELECT, INSERT, UPDATE", "", ""),
    "readiness_packclock": ("SELECT, INSERT, UPDATE", "", "SELECT, INSERT, UPDATE"),
    "readiness_packfile": ("SELECT, INSERT", "", ""),
    "readiness_packtext": ("SELECT, INSERT, DELETE", "", "SELECT"),
    "readiness_packversion": ("SELECT, INSERT", "", ""),
    "readiness_checklistitem": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_databoundary": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_page": ("SELECT, INSERT, UPDATE", "", ""),
    "readiness_pagesection": ("SELECT, INSERT, UPDATE", "", ""),
    "readiness_partnermaterial": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_runbook": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "readiness_runbookstep": ("SELECT, INSERT, UPDATE, DELETE", "", ""),
    "retention_legalhold": (
        "",
        "SELECT (confirmed_at, id, lifted_at, requested_at, search_key, tenant_id)",
        (
            "SELECT, INSERT, UPDATE (confirmed_at, confirmed_by_id, lift_requested_at, lift_requested_by_id, lifted_at,"
            " lifted_by_id)"
        ),
    ),
    "retention_purgereceipt": ("SELECT", "SELECT", "SELECT"),
    "retention_exportpart": ("", "SELECT, INSERT, DELETE", ""),
    "retention_tenantexport": (
        "",
        "SELECT, UPDATE (ended_at, key, manifest, removed_at)",
        "SELECT, INSERT, UPDATE (downloaded_at)",
    ),
    "retention_offboardedtable": ("", "SELECT", "SELECT"),
    "retention_offboarding": (
        "SELECT (id, page_phone, tenant_id, withdrawn_at)",
        "SELECT, UPDATE (ended_at, receipt)",
        "SELECT, INSERT, UPDATE (confirmed_at, confirmed_by_id, withdrawn_at)",
    ),
    "retention_subjectmatch": ("", "SELECT, INSERT, DELETE", "SELECT, UPDATE (included)"),
    "retention_subjectrequest": (
        "",
        "SELECT, UPDATE (email, ended_at, name, phone, receipt, reference, searched_at, unread)",
        (
            "SELECT, INSERT, UPDATE (confirmed_at, confirmed_by_id, email, ended_at, erasure_requested_at,"
            " erasure_requested_by_id, name, phone, receipt, reference, searched_at)"
        ),
    ),
    "retention_retentionperiod": ("SELECT", "SELECT", "SELECT, INSERT, UPDATE (days), DELETE"),
    "runs_scheduledtask": ("", "SELECT, INSERT, UPDATE", "SELECT"),
    "runs_hostmark": ("", "SELECT, INSERT, UPDATE (at, mark)", ""),
    "onboarding_certificatereading": ("", "SELECT, INSERT, UPDATE, DELETE", ""),
    "runs_hostreport": ("", "SELECT, INSERT, UPDATE, DELETE", ""),
    "runs_run": ("SELECT, INSERT, UPDATE", "SELECT, UPDATE", "SELECT, INSERT, UPDATE"),
    "syncqueue_hookcount": ("SELECT, INSERT, UPDATE (hits)", "SELECT, DELETE", "SELECT"),
    "syncqueue_hookkey": (
        "SELECT, INSERT, UPDATE (retired_at, standing), DELETE",
        "SELECT, UPDATE (last_used_at)",
        "SELECT",
    ),
    "syncqueue_heardbooking": (f"SELECT, INSERT, {HEARD}", "SELECT", "SELECT"),
    "syncqueue_hookroute": (
        f"SELECT, INSERT, {ROUTE_SET}",
        "SELECT, UPDATE (alive_at, poll_said, polled_to), DELETE",
        "SELECT",
    ),
    "syncqueue_inboxevent": (
        "SELECT, INSERT",
        "SELECT, UPDATE (box, due_at, outcome, state, state_since, tries, version), DELETE",
        "SELECT, UPDATE (due_at, outcome, state, state_since, tries, version)",
    ),
    "syncqueue_inboxfinding": ("SELECT, INSERT, UPDATE (last_at, times)", "SELECT, DELETE", "SELECT"),
    "syncqueue_inboxgap": ("SELECT", "SELECT, INSERT, DELETE", "SELECT"),
    "syncqueue_quarantinedrequest": (
        "SELECT, INSERT",
        "SELECT, UPDATE (rerun_at, rerun_outcome), DELETE",
        "SELECT, UPDATE (rerun_at, rerun_outcome)",
    ),
    "syncqueue_idempotencykey": ("SELECT, INSERT", "SELECT, DELETE", ""),
    "syncqueue_intakecounter": ("SELECT, INSERT, UPDATE", "SELECT, DELETE", ""),
    "syncqueue_itemnote": ("", "SELECT", "SELECT, INSERT"),
    "syncqueue_itemtriage": ("", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE"),
    "syncqueue_lane": (
        "",
        "SELECT, INSERT, UPDATE",
        "SELECT, UPDATE (held_at, held_by_id, held_reason)",
    ),
    "syncqueue_ledgerday": ("SELECT", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE"),
    "syncqueue_queuevisit": ("", "", "SELECT, INSERT, UPDATE"),
    "syncqueue_savedview": ("", "", "SELECT, INSERT, DELETE"),
    "syncqueue_syncattempt": ("", "SELECT, INSERT", "SELECT"),
    "syncqueue_refusal": ("", "SELECT, INSERT, UPDATE", "SELECT, UPDATE"),
    "syncqueue_syncitem": ("SELECT, INSERT", "SELECT, INSERT, UPDATE", "SELECT, UPDATE"),
    "syncqueue_syntheticrequest": ("SELECT, INSERT, UPDATE (nonce, stored_at)", "SELECT", ""),
    "syncqueue_opencount": ("", "SELECT, INSERT, UPDATE (counted_at, n)", "SELECT"),
    "syncqueue_triagechange": ("", "SELECT, INSERT", "SELECT, INSERT"),
    "syncqueue_tallyday": ("", "SELECT, INSERT, UPDATE (n, seconds), DELETE", "SELECT"),
    "syncqueue_tallyhour": ("", "SELECT, INSERT, UPDATE (n, seconds), DELETE", "SELECT"),
    "syncqueue_tallytotal": ("", "SELECT, INSERT, UPDATE (counted_until, n, seconds)", "SELECT"),
    "tenants_businessprofile": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT, INSERT, UPDATE"),
    "tenants_legaltext": (f"SELECT, INSERT, {LEGAL}", "", f"SELECT, INSERT, {LEGAL}"),
    "tenants_membership": ("SELECT, INSERT, UPDATE, DELETE", "SELECT", "SELECT"),
    "transparency_logsubmission": ("SELECT, INSERT", "SELECT, INSERT", "SELECT, INSERT"),
    "transparency_cosignature": ("SELECT, INSERT", "SELECT", "SELECT"),
    **{
        f"transparency_{name}": ("SELECT", "SELECT, INSERT", "SELECT")
        for name in ("checkpointtimestamp", "logentry", "lognode", "logcheckpoint", "logkey")
    },
    "notices_deliveryreport": ("SELECT", "SELECT, INSERT", "SELECT"),
    "notices_leadattention": (
        "SELECT, INSERT, UPDATE (answered_at, check_at, opened_at, opened_by)",
        "SELECT, INSERT, UPDATE (answered_at, check_at, escalated_at, level, opened_at, opened_by)",
        "SELECT, INSERT, UPDATE (answered_at, check_at, opened_at, opened_by)",
    ),
    "notices_noticesettings": (
        "SELECT, INSERT, UPDATE",
        "SELECT, INSERT, UPDATE (digest_until)",
        "SELECT, INSERT, UPDATE",
    ),
    "notices_recipientchange": (
        "SELECT, INSERT, UPDATE (undone_at)",
        "",
        "SELECT, INSERT, UPDATE (undone_at)",
    ),
    "notices_recipientnotice": (
        "SELECT, INSERT",
        "SELECT, INSERT, UPDATE (attempts, carried, delivered_at, due_at, error, external_id, reported, state)",
        "SELECT, UPDATE (attempts, due_at, error, state)",
    ),
    "notices_webhooksecret": ("SELECT, INSERT, UPDATE (box, made_at)", "", ""),
    "backups_backupjob": ("", "SELECT, INSERT", ""),
    "backups_repositoryreport": (
        "",
        "SELECT, INSERT, UPDATE (backups, newest_at, oldest_at, reported_at, repository_bytes, same_disk)",
        "",
    ),
    "ops_alarmincident": (
        "",
        "SELECT, INSERT, UPDATE (acknowledged_at, acknowledged_by_id, ended_at, level, newest, notify_at)",
        "SELECT, UPDATE (acknowledged_at, acknowledged_by_id, notify_at)",
    ),
    "ops_alarmmessage": (
        "",
        "SELECT, INSERT, UPDATE (attempts, delivered_at, due_at, error, external_id, reported, state)",
        "SELECT",
    ),
    "ops_drill": ("", "SELECT, INSERT", "SELECT, INSERT"),
    "ops_oncallcontact": (
        "SELECT (id, phone, user_id)",
        "SELECT",
        "SELECT, INSERT, UPDATE (phone, quiet_from, quiet_until, time_zone)",
    ),
    "ops_oncallshift": ("", "SELECT", "SELECT, INSERT, UPDATE (removed_at)"),
    "tenants_noticerecipient": (
        f"SELECT, INSERT, UPDATE (active, {BOUNCED}, confirmed_at, {RECIPIENT}, test_due_at, wants_digest)",
        f"SELECT, UPDATE ({BOUNCED}, confirmed_at, test_delivered_at, test_due_at, test_error, test_sent_at)",
        f"SELECT, INSERT, UPDATE (active, {BOUNCED}, {RECIPIENT}, test_due_at, wants_digest)",
    ),
    "tenants_logo": ("SELECT", "", "SELECT, INSERT"),
    "tenants_previewlink": ("SELECT", "SELECT, DELETE", "SELECT, INSERT, UPDATE (revoked_at)"),
    "tenants_publichost": (
        "SELECT",
        "SELECT, UPDATE (verified_at)",
        "SELECT, INSERT, UPDATE (verified_at), DELETE",
    ),
    "tenants_sitekey": ("SELECT, INSERT, UPDATE (active, label)", "SELECT", "SELECT, INSERT, UPDATE (active)"),
    "tenants_siteorigin": ("SELECT, INSERT, DELETE", "", "SELECT, INSERT"),
    "tenants_statechange": ("SELECT, INSERT", "", "SELECT, INSERT"),
    "tenants_tenant": (
        f"SELECT, INSERT, {TENANT_FACTS}",
        "SELECT, UPDATE (gates_epoch)",
        "SELECT, INSERT, UPDATE (gates_epoch, name, page_until, state, state_since, time_zone, version)",
    ),
    "tenants_user": (
        "SELECT, INSERT, UPDATE",
        "SELECT (email, id, is_active, name, ops_role, public_id, staff_role)",
        "SELECT (id, is_active, name, ops_role, public_id, staff_role)",
    ),
    "mirror_callpace": ("SELECT, INSERT, UPDATE", "SELECT, UPDATE (next_at)", "SELECT"),
    "mirror_readcursor": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT"),
    "mirror_remoterow": ("SELECT, INSERT, UPDATE, DELETE", "SELECT", "SELECT"),
    "vault_acceptance": (
        "SELECT, INSERT, UPDATE (accepted_at, evidence, recorded_by_id)",
        "SELECT",
        "SELECT, INSERT",
    ),
    "facts_factreading": ("SELECT", "SELECT", "SELECT, INSERT"),
    "validation_caseresult": ("SELECT", "SELECT, INSERT", "SELECT"),
    "validation_validationrun": ("SELECT", "SELECT, INSERT, UPDATE (busy_until, finished_at, worker)", "SELECT"),
    "vault_appversion": (
        "SELECT",
        "SELECT",
        "SELECT, INSERT, UPDATE (published_at, published_by_id, published_evidence)",
    ),
    "vault_connection": ("SELECT, INSERT, UPDATE", "SELECT, UPDATE", "SELECT"),
    "vault_datakey": (
        f"SELECT, INSERT, {WRAPPED}",
        f"SELECT, INSERT, {WRAPPED}",
        "SELECT (connection_id, created_at, destroyed_at, generation, id, kek_id, public_id, purpose, tenant_id)",
    ),
    "vault_followup": ("SELECT, INSERT", "SELECT, UPDATE (done_at, file_id, outcome, tries)", "SELECT"),
    "vault_receipt": ("SELECT, INSERT, UPDATE (revocation, revoked_at, revoked_by_id)", "SELECT", "SELECT"),
    "vault_secret": (f"SELECT, INSERT, {RESEALED}", "SELECT, UPDATE (data_key_id, sealed)", TOLD_OF_A_SECRET),
    "titanmap_capacityrule": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT, INSERT, UPDATE"),
    "titanmap_pagebinding": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT, INSERT, UPDATE"),
    "titanmap_publication": ("SELECT, INSERT", "", "SELECT, INSERT"),
    "titanmap_pagedraft": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT, INSERT, UPDATE"),
    "titanmap_shopfacts": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT, INSERT, UPDATE"),
    "titanmap_taxonomyitem": ("SELECT, INSERT, UPDATE", "SELECT", "SELECT, INSERT, UPDATE"),
}

#: Of anybody but the owner, PUBLIC included, on tables, views and sequences; column rights of one kind in one line.
GRANTED = """
SELECT relname, grantee, coalesce(string_agg(
    CASE WHEN columns IS NULL THEN kind ELSE kind || ' (' || columns || ')' END, ', '
    ORDER BY array_position(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'], kind), kind, columns), '')
FROM (
    SELECT relname, acl.grantee::regrole::text AS grantee, privilege_type AS kind, NULL AS columns
    FROM pg_class, aclexplode(relacl) AS acl
    WHERE relnamespace = 'public'::regnamespace AND acl.grantee <> relowner
    UNION ALL
    SELECT relname, acl.grantee::regrole::text, privilege_type, string_agg(attname, ', ' ORDER BY attname)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, aclexplode(attacl) AS acl
    WHERE relnamespace = 'public'::regnamespace AND acl.grantee <> relowner
    GROUP BY 1, 2, 3
)
GROUP BY 1, 2
"""

Granted = dict[tuple[str, str], str]

EXPECTED: Granted = {
    (table, role): rights
    for table, row in RIGHTS.items()
    for role, rights in zip((APP, WORKER, OPERATOR), row, strict=True)
    if rights
}


def granted(session: psycopg.Connection) -> Granted:
    return {(name, role): rights for name, role, rights in session.execute(GRANTED)}


@pytest.fixture
def owner() -> Generator[psycopg.Connection]:
    """A session that is never committed."""
    session = psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"])
    try:
        yield session
    finally:
        session.rollback()
        session.close()


def test_every_table_stands_in_the_list(owner: psycopg.Connection) -> None:
    tables = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition"
    )
    assert {name for (name,) in tables} == set(RIGHTS)


def test_nobody_has_a_right_that_is_not_in_the_list(owner: psycopg.Connection) -> None:
    assert granted(owner) == EXPECTED


@pytest.mark.parametrize(
    "wider",
    [
        f"GRANT DELETE ON leads_lead TO {APP}",
        f"GRANT UPDATE (consent_text) ON leads_lead TO {APP}",
        f"GRANT INSERT (at) ON audit_auditentry TO {WORKER}",
        f"GRANT SELECT (email) ON tenants_user TO {OPERATOR}",
        "GRANT SELECT ON tenants_user TO PUBLIC",
        f"GRANT USAGE ON SEQUENCE leads_lead_id_seq TO {APP}",
        "GRANT SELECT ON leads_lead TO pagetojob_backup",
        f"CREATE VIEW people AS SELECT * FROM tenants_user; GRANT UPDATE ON people TO {WORKER}",
    ],
)
def test_a_wider_right_would_be_seen(owner: psycopg.Connection, wider: str) -> None:
    owner.execute(wider)
    assert granted(owner) != EXPECTED


def test_a_new_table_can_be_read_by_the_app_and_nothing_more(owner: psycopg.Connection) -> None:
    owner.execute("CREATE TABLE fresh (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)")
    assert granted(owner) == EXPECTED | {("fresh", APP): "SELECT"}


#: What a worker borrows the owner's rights for: each removes expired rows and decides itself which those are, or erases
#: the rows of a request that two people confirmed, or deletes a tenant whose offboarding two people confirmed.
PURGES = {
    "ptj_attempt_months",
    "ptj_drop_attempt_month",
    "ptj_end_pages",
    "ptj_erase_subject",
    "ptj_erasure_refused",
    "ptj_offboard_counts",
    "ptj_offboard_keys",
    "ptj_offboard_people",
    "ptj_offboard_rows",
    "ptj_purge_accounts",
    "ptj_purge_audit",
    "ptj_purge_findings",
    "ptj_purge_imports",
    "ptj_purge_items",
    "ptj_purge_leads",
    "ptj_purge_outcomes",
    "ptj_purge_readings",
}


#: Functions with which an operator reads counts, and a reason in one word, before the first person confirms.
READS = {"ptj_erasure_refused", "ptj_offboard_counts", "ptj_offboard_refused"}


def test_only_the_purge_lends_the_owner_s_rights(owner: psycopg.Connection) -> None:
    lending = "SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    functions: dict[str, list[str]] = dict(owner.execute(lending).fetchall())
    assert set(functions) == PURGES | READS
    # A path without the caller's schemas, so that no table of the caller is taken for one of ours.
    assert all("search_path=public, pg_temp" in settings for settings in functions.values())


def test_only_the_worker_calls_the_purge_and_only_the_owner_the_other_functions(owner: psycopg.Connection) -> None:
    may = "SELECT proname FROM pg_proc WHERE proname LIKE 'ptj%%' AND has_function_privilege(%s, oid, 'EXECUTE')"
    callable_by = {role: {name for (name,) in owner.execute(may, [role])} for role in (APP, WORKER, OPERATOR)}
    assert callable_by == {APP: set(), WORKER: PURGES, OPERATOR: READS}
