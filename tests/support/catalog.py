"""Read the schema from PostgreSQL's catalogs as sorted text, so that two databases can be compared line by line.

`tests/architecture/catalog.txt` is the recording of the migrated schema; `make catalog` writes it again.
Columns are listed by name: the order in which a table holds them is not part of the recording.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from pagetojob.local.database_url import with_database

RECORDING = Path(__file__).resolve().parents[1] / "architecture" / "catalog.txt"
#: The number of applied migrations changes with every new file and says nothing about the schema.
NOT_COUNTED = ("django_migrations",)

#: Each query returns one text column and sees only the schema `public`, or objects that have no schema.
#: Privileges that every new object has by default are left out, and those that it lacks are listed as `without`.
QUERIES: tuple[LiteralString, ...] = (
    # Tables, views and sequences.
    """
    SELECT format('%s %s: owner %s', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
            WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
            WHEN 'f' THEN 'foreign table' ELSE c.relkind::text END, c.relname, pg_get_userbyid(c.relowner))
        || CASE c.relpersistence WHEN 'u' THEN ', unlogged' WHEN 't' THEN ', temporary' ELSE '' END
        || CASE WHEN c.relrowsecurity THEN ', row security' ELSE '' END
        || CASE WHEN c.relforcerowsecurity THEN ', forced' ELSE '' END
        || CASE WHEN c.relreplident <> 'd' AND c.relkind = 'r' THEN ', replica identity ' || c.relreplident::text
            ELSE '' END
        || coalesce(', tablespace ' || t.spcname, '')
        || coalesce(', access method ' || nullif(a.amname, 'heap'), '')
        || coalesce(', options ' || array_to_string(c.reloptions, ' '), '')
        || coalesce(', toast options ' || array_to_string(toast.reloptions, ' '), '')
        || coalesce(', definition ' || CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, '')
    FROM pg_class AS c LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace LEFT JOIN pg_am AS a ON a.oid = c.relam
        LEFT JOIN pg_class AS toast ON toast.oid = c.reltoastrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('i', 'I', 't', 'c')
    """,
    """
    SELECT format('sequence %s: %s from %s by %s, %s to %s, cache %s%s, last value %s%s', sequencename, data_type,
        start_value, increment_by, min_value, max_value, cache_size, CASE WHEN cycle THEN ', cycle' ELSE '' END,
        CASE WHEN last_value IS NULL THEN 'none' ELSE 'set' END,
        coalesce(', belongs to ' || d.refobjid::regclass || '.' || a.attname, ''))
    FROM pg_sequences JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass
            AND d.objid = format('%I.%I', schemaname, sequencename)::regclass AND d.deptype IN ('a', 'i')
        LEFT JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE schemaname = 'public' AND sequencename <> 'django_migrations_id_seq'
    """,
    # Columns.
    """
    SELECT format('table %s: column %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod))
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || CASE a.attidentity WHEN 'd' THEN ' identity by default' WHEN 'a' THEN ' identity always' ELSE '' END
        || CASE a.attgenerated WHEN 's' THEN ' generated stored' WHEN 'v' THEN ' generated virtual'
            ELSE CASE WHEN d.oid IS NULL THEN '' ELSE ' default' END END
        || coalesce(' ' || pg_get_expr(d.adbin, d.adrelid), '')
        || CASE WHEN a.attcollation <> t.typcollation THEN ' collation ' || a.attcollation::regcollation::text
            ELSE '' END
        || CASE WHEN a.attstorage <> t.typstorage THEN ' storage ' || a.attstorage::text ELSE '' END
        || CASE WHEN a.attcompression <> '' THEN ' compression ' || a.attcompression::text ELSE '' END
        || coalesce(' options ' || array_to_string(a.attoptions, ' '), '')
        || coalesce(' statistics ' || a.attstattarget, '')
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        JOIN pg_type AS t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    """,
    # Constraints, indexes, triggers, policies, rules and extended statistics.
    """
    SELECT format('%s %s: constraint %s %s', CASE WHEN k.conrelid = 0 THEN 'domain' ELSE 'table' END,
            CASE WHEN k.conrelid = 0 THEN k.contypid::regtype::text ELSE k.conrelid::regclass::text END,
            k.conname, pg_get_constraintdef(k.oid))
        || CASE WHEN k.condeferrable AND k.contype NOT IN ('p', 'u', 'f') THEN ' deferrable' ELSE '' END
        || CASE WHEN k.conenforced THEN '' ELSE ' not enforced' END
        || CASE WHEN k.convalidated THEN '' ELSE ' not validated' END
        || CASE WHEN k.connoinherit AND k.contype = 'n' THEN ' no inherit' ELSE '' END
    FROM pg_constraint AS k LEFT JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
    WHERE k.connamespace = 'public'::regnamespace
        -- The line of the column contains "not null" already.
        AND NOT (k.contype = 'n' AND k.convalidated AND NOT k.connoinherit
            AND k.conname = k.conrelid::regclass::text || '_' || a.attname || '_not_null')
    """,
    """
    SELECT format('table %s: index %s', i.indrelid::regclass, pg_get_indexdef(i.indexrelid))
        || CASE WHEN i.indisprimary THEN ', primary key' ELSE '' END
        || CASE WHEN i.indisreplident THEN ', replica identity' ELSE '' END
        || CASE WHEN i.indisclustered THEN ', clustered' ELSE '' END
        || CASE WHEN i.indimmediate THEN '' ELSE ', deferrable' END
        || CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN '' ELSE ', not valid' END
        || coalesce(', tablespace ' || t.spcname, '')
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace
    WHERE c.relnamespace = 'public'::regnamespace
    """,
    """
    SELECT format('table %s: trigger %s', tgrelid::regclass, pg_get_triggerdef(oid))
        || CASE tgenabled WHEN 'O' THEN '' ELSE ', enabled state ' || tgenabled::text END
    FROM pg_trigger WHERE NOT tgisinternal
    """,
    """
    SELECT format('table %s: policy %s %s for %s to %s%s%s', tablename, policyname, lower(permissive), lower(cmd),
        array_to_string(roles, ', '), coalesce(' using ' || qual, ''), coalesce(' with check ' || with_check, ''))
    FROM pg_policies WHERE schemaname = 'public'
    """,
    "SELECT format('rule %s', definition) FROM pg_rules WHERE schemaname = 'public'",
    """
    SELECT format('statistics %s', pg_get_statisticsobjdef(oid)) FROM pg_statistic_ext
    WHERE stxnamespace = 'public'::regnamespace
    """,
    # Functions and procedures with their body; types.
    """
    SELECT format('function %s: owner %s, %s', oid::regprocedure, pg_get_userbyid(proowner),
        CASE WHEN prokind = 'a' THEN 'aggregate' ELSE pg_get_functiondef(oid) END)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """,
    """
    SELECT format('type %s: owner %s, kind %s%s', t.oid::regtype, pg_get_userbyid(t.typowner), t.typtype,
        coalesce(', values ' || (SELECT string_agg(enumlabel, ', ' ORDER BY enumsortorder) FROM pg_enum
            WHERE enumtypid = t.oid), ''))
    FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
    WHERE t.typnamespace = 'public'::regnamespace AND t.typelem = 0 AND (t.typrelid = 0 OR c.relkind = 'c')
    """,
    # Privileges of tables, columns, sequences, functions, schemas and types, and the default privileges.
    """
    WITH objects AS (
        SELECT CASE relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || relname AS object, relacl AS acl,
            acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner) AS by_default
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('i', 'I', 't', 'c')
        UNION ALL
        SELECT 'function ' || oid::regprocedure, proacl, acldefault('f', proowner)
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL
        SELECT 'schema ' || nspname || ' of ' || pg_get_userbyid(nspowner), nspacl, acldefault('n', nspowner)
        FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
        UNION ALL
        SELECT 'type ' || oid::regtype, typacl, acldefault('T', typowner)
        FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typelem = 0 AND typacl IS NOT NULL
    ), lists AS (
        SELECT object, word, grantee, grantor, is_grantable, privilege_type AS privilege
        FROM objects CROSS JOIN LATERAL (
            SELECT 'grant' AS word, more.* FROM (SELECT * FROM aclexplode(coalesce(acl, by_default)) EXCEPT
                SELECT * FROM aclexplode(by_default)) AS more
            UNION ALL
            SELECT 'without', fewer.* FROM (SELECT * FROM aclexplode(by_default) EXCEPT
                SELECT * FROM aclexplode(coalesce(acl, by_default))) AS fewer
        )
        UNION ALL
        SELECT 'table ' || a.attrelid::regclass, 'grant', x.grantee, x.grantor, x.is_grantable,
            format('%s (%s)', x.privilege_type, string_agg(a.attname, ', ' ORDER BY a.attname))
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid CROSS JOIN LATERAL aclexplode(a.attacl) AS x
        WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
        GROUP BY a.attrelid, x.grantee, x.grantor, x.is_grantable, x.privilege_type
    )
    SELECT format('%s: %s %s to %s%s by %s', object, word, string_agg(privilege, ', ' ORDER BY privilege),
        CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee) END,
        CASE WHEN is_grantable THEN ' with grant option' ELSE '' END, pg_get_userbyid(grantor))
    FROM lists GROUP BY object, word, grantee, grantor, is_grantable
    """,
    """
    SELECT format('default privileges of %s in %s on %s: grant %s to %s', pg_get_userbyid(d.defaclrole),
        CASE d.defaclnamespace WHEN 0 THEN 'every schema' ELSE d.defaclnamespace::regnamespace::text END,
        d.defaclobjtype, x.privilege_type, CASE x.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(x.grantee) END)
    FROM pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS x
    """,
    # What belongs to the whole database.
    """
    SELECT format('extension %s in %s', extname, extnamespace::regnamespace) FROM pg_extension
    """,
    """
    SELECT format('event trigger %s on %s: %s, enabled state %s', evtname, evtevent, evtfoid::regprocedure, evtenabled)
    FROM pg_event_trigger
    """,
    """
    SELECT format('publication %s: all tables %s, insert %s, update %s, delete %s, truncate %s', pubname, puballtables,
        pubinsert, pubupdate, pubdelete, pubtruncate)
    FROM pg_publication
    """,
    "SELECT format('publication %s: table %s', pubname, tablename) FROM pg_publication_tables",
    """
    SELECT format('collation %s in %s', collname, collnamespace::regnamespace) FROM pg_collation
    WHERE collnamespace = 'public'::regnamespace
    """,
    """
    SELECT format('setting of %s in this database: %s', coalesce(r.rolname, 'every role'),
        array_to_string(setconfig, ' '))
    FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase AND d.datname = current_database()
        LEFT JOIN pg_roles AS r ON r.oid = s.setrole
    """,
    """
    SELECT format('comment on %s %s: %s', o.type, o.identity, d.description)
    FROM pg_description AS d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS o
    WHERE o.identity LIKE 'public.%' OR o.identity LIKE '% on public.%'
    """,
)


def read_catalog(connection: psycopg.Connection) -> list[str]:
    """Return the schema that a superuser's `connection` sees, one object or property after the other."""
    connection.execute("SET LOCAL search_path = public")
    entries = [str(row[0]) for query in QUERIES for row in connection.execute(query)]
    entries += _row_counts(connection)
    return [line for entry in sorted(entries) for line in _lines(entry)]


def read_template() -> list[str]:
    """Return the schema that the tests begin from, which no test has changed."""
    from tests.support.services import database_name  # the first import starts a server and migrates the template

    url = with_database(os.environ["PTJ_TEST_ADMIN_URL"], database_name("template"))
    with psycopg.connect(url) as connection:
        return read_catalog(connection)


def main() -> None:
    """Record the migrated schema."""
    RECORDING.write_text("\n".join(read_template()) + "\n", encoding="utf-8")


def _row_counts(connection: psycopg.Connection) -> Iterable[str]:
    """Count the rows that the migrations have left in each table."""
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    ).fetchall()
    for (table,) in tables:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        if row and row[0] and table not in NOT_COUNTED:
            yield f"table {table}: {row[0]} rows"


def _lines(entry: str) -> Iterable[str]:
    """Split an entry into lines, those after the first indented and without spaces at their end."""
    first, *more = _plain_lists(entry).splitlines()
    yield first.rstrip()
    yield from (f"    {line}".rstrip() for line in more)


def _plain_lists(entry: str) -> str:
    """Leave out the casts of constant lists: a restored schema has them in other places than a migrated one."""
    entry = re.sub(r"\(('(?:[^']|'')*')::character varying\)::text", r"\1", entry)
    entry = re.sub(r"('(?:[^']|'')*')::character varying(?=[],])", r"\1", entry)
    return re.sub(r"\((ARRAY\[(?:'(?:[^']|'')*'(?:, )?)+\])\)::text\[\]", r"\1", entry)


if __name__ == "__main__":
    main()
