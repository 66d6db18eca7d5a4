#include "schema.h"

/* `@` stands for the quoted schema. One table holds all spaces: a commit that spans several is one
 * statement, and the key begins with the space, so that each lies together. */
static const char tables[] =
    "CREATE TABLE IF NOT EXISTS @.layout (one int PRIMARY KEY CHECK (one = 1),"
    " version int NOT NULL);"
    "CREATE TABLE IF NOT EXISTS @.state (workspace bytea NOT NULL, space int NOT NULL,"
    " key bytea NOT NULL, version bigint NOT NULL, value bytea NOT NULL,"
    " PRIMARY KEY (workspace, space, key));"
    "CREATE TABLE IF NOT EXISTS @.number (workspace bytea PRIMARY KEY, value bigint NOT NULL);"
    "CREATE TABLE IF NOT EXISTS @.record (workspace bytea NOT NULL, kind bytea NOT NULL,"
    " id bytea NOT NULL, rev bigint NOT NULL, deleted bool NOT NULL, document bytea NOT NULL,"
    " PRIMARY KEY (workspace, kind, id));"
    "CREATE UNIQUE INDEX IF NOT EXISTS record_feed ON @.record (workspace, kind, rev);"
    "CREATE TABLE IF NOT EXISTS @.record_field (workspace bytea NOT NULL, kind bytea NOT NULL,"
    " name bytea NOT NULL, PRIMARY KEY (workspace, kind, name));"
    "CREATE TABLE IF NOT EXISTS @.record_key (workspace bytea NOT NULL, kind bytea NOT NULL,"
    " key_kind bytea NOT NULL, key bytea NOT NULL, id bytea NOT NULL,"
    " PRIMARY KEY (workspace, kind, key_kind, key, id));"
    "CREATE INDEX IF NOT EXISTS record_key_id ON @.record_key (workspace, kind, id);"
    "CREATE OR REPLACE VIEW @.state_text AS SELECT convert_from(workspace, 'UTF8') AS workspace,"
    " space, convert_from(key, 'UTF8') AS key, version, convert_from(value, 'UTF8') AS value"
    " FROM @.state;"
    "CREATE OR REPLACE VIEW @.record_text AS SELECT convert_from(workspace, 'UTF8') AS workspace,"
    " convert_from(kind, 'UTF8') AS kind, convert_from(id, 'UTF8') AS id, rev, deleted,"
    " convert_from(document, 'UTF8')::json AS document FROM @.record;";

/* What is looked up by a list goes through LATERAL with a LIMIT or OFFSET: a nested loop over the
 * primary key whatever the planner thinks of the sizes. */
#define RECORD_OF(id)                                                                   \
    "JOIN LATERAL (SELECT x.id, x.rev, x.deleted, x.document FROM @.record x "           \
    "WHERE x.workspace = $1 AND x.kind = $2 AND x.id = " id " LIMIT 1) r ON true "

static const char *const statements[CRMI_PG_STATEMENTS] = {
    /* The check sees what was committed before the locks were granted. */
    [CRMI_PG_BEGIN] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    [CRMI_PG_SETTINGS] =
        "SELECT set_config('lock_timeout', $1::text, true), set_config('synchronous_commit',"
        " CASE WHEN $2::int4 = 1 THEN 'off'"
        " WHEN current_setting('synchronous_commit') = 'off' THEN 'on'"
        " ELSE current_setting('synchronous_commit') END, true)",
    [CRMI_PG_COMMIT] = "COMMIT",
    [CRMI_PG_LOCK] = "SELECT pg_advisory_xact_lock($1::int4, b) FROM unnest($2::int4[]) AS t(b)",
    [CRMI_PG_STATE_GET] =
        "SELECT w.space, w.key, h.version, h.value"
        " FROM unnest($2::int4[], $3::bytea[]) AS w(space, key)"
        " JOIN LATERAL (SELECT s.version, s.value FROM @.state s WHERE s.workspace = $1::bytea"
        " AND s.space = w.space AND s.key = w.key LIMIT 1) h ON true",
    [CRMI_PG_STATE_SCAN] =
        "SELECT space, key, version, value FROM @.state WHERE workspace = $1::bytea"
        " AND space = $2::int4 AND key >= $3::bytea AND key < $4::bytea"
        " ORDER BY key LIMIT $5::int8",
    [CRMI_PG_STATE_SCAN_REVERSE] =
        "SELECT space, key, version, value FROM @.state WHERE workspace = $1::bytea"
        " AND space = $2::int4 AND key >= $3::bytea AND key < $4::bytea"
        " ORDER BY key DESC LIMIT $5::int8",
    /* Nothing is written unless all expectations hold: the parts of one statement see one snapshot. */
    [CRMI_PG_STATE_WRITE] =
        "WITH held AS (SELECT count(*) AS wrong"
        " FROM unnest($2::int4[], $3::bytea[], $4::int8[]) AS e(space, key, version)"
        " LEFT JOIN LATERAL (SELECT s.version FROM @.state s WHERE s.workspace = $1::bytea"
        " AND s.space = e.space AND s.key = e.key LIMIT 1) h ON true"
        " WHERE coalesce(h.version, 0) <> e.version),"
        " dropped AS (DELETE FROM @.state s USING unnest($5::int4[], $6::bytea[]) AS d(space, key)"
        " WHERE s.workspace = $1::bytea AND s.space = d.space AND s.key = d.key"
        " AND (SELECT wrong FROM held) = 0),"
        " put AS (INSERT INTO @.state (workspace, space, key, version, value)"
        " SELECT $1::bytea, p.space, p.key, p.version, p.value"
        " FROM unnest($7::int4[], $8::bytea[], $9::int8[], $10::bytea[])"
        " AS p(space, key, version, value) WHERE (SELECT wrong FROM held) = 0"
        " ON CONFLICT (workspace, space, key)"
        " DO UPDATE SET version = excluded.version, value = excluded.value)"
        " SELECT wrong FROM held",
    [CRMI_PG_STATE_CLEAR] =
        "DELETE FROM @.state WHERE workspace = $1::bytea AND space = $2::int4"
        " AND key >= $3::bytea AND key < $4::bytea",
    /* Also the lock among writers of records: their numbers become visible in their order. */
    [CRMI_PG_NUMBERS] =
        "INSERT INTO @.number AS n (workspace, value) VALUES ($1::bytea, $2::int8)"
        " ON CONFLICT (workspace) DO UPDATE SET value = n.value + $2::int8 RETURNING value",
    [CRMI_PG_RECORD_BY_ID] =
        "SELECT r.id, r.rev, r.deleted, r.document"
        " FROM unnest($3::bytea[]) WITH ORDINALITY AS w(id, i) " RECORD_OF("w.id") "ORDER BY w.i",
    [CRMI_PG_RECORD_BY_KEY] =
        "SELECT r.id, r.rev, r.deleted, r.document FROM (SELECT DISTINCT k.id"
        " FROM unnest($4::bytea[]) AS w(key) JOIN LATERAL (SELECT y.id FROM @.record_key y"
        " WHERE y.workspace = $1::bytea AND y.kind = $2::bytea AND y.key_kind = $3::bytea"
        " AND y.key = w.key OFFSET 0) k ON true) AS d " RECORD_OF("d.id") "ORDER BY r.id",
    [CRMI_PG_RECORD_ALL] =
        "SELECT id, rev, deleted, document FROM @.record"
        " WHERE workspace = $1::bytea AND kind = $2::bytea AND NOT deleted ORDER BY id",
    [CRMI_PG_RECORD_CHANGED] =
        "SELECT id, rev, deleted FROM @.record WHERE workspace = $1::bytea AND kind = $2::bytea"
        " AND rev > $3::int8 ORDER BY rev LIMIT $4::int8",
    [CRMI_PG_RECORD_PUT] =
        "INSERT INTO @.record (workspace, kind, id, rev, deleted, document)"
        " SELECT $1::bytea, $2::bytea, p.id, p.rev, p.deleted <> 0, p.document"
        " FROM unnest($3::bytea[], $4::int8[], $5::int4[], $6::bytea[])"
        " AS p(id, rev, deleted, document) ON CONFLICT (workspace, kind, id)"
        " DO UPDATE SET rev = excluded.rev, deleted = excluded.deleted,"
        " document = excluded.document",
    [CRMI_PG_FIELD_ADD] =
        "INSERT INTO @.record_field (workspace, kind, name)"
        " SELECT $1::bytea, $2::bytea, p.name FROM unnest($3::bytea[]) AS p(name)"
        " ON CONFLICT DO NOTHING",
    [CRMI_PG_FIELD_ALL] =
        "SELECT name FROM @.record_field WHERE workspace = $1::bytea AND kind = $2::bytea"
        " ORDER BY name",
    [CRMI_PG_KEY_FIND] =
        "SELECT w.key, k.id FROM unnest($4::bytea[]) AS w(key)"
        " JOIN LATERAL (SELECT y.id FROM @.record_key y WHERE y.workspace = $1::bytea"
        " AND y.kind = $2::bytea AND y.key_kind = $3::bytea AND y.key = w.key OFFSET 0) k"
        " ON true",
    [CRMI_PG_KEY_DROP] =
        "DELETE FROM @.record_key k USING unnest($3::bytea[]) AS d(id)"
        " WHERE k.workspace = $1::bytea AND k.kind = $2::bytea AND k.id = d.id",
    [CRMI_PG_KEY_ADD] =
        "INSERT INTO @.record_key (workspace, kind, key_kind, key, id)"
        " SELECT $1::bytea, $2::bytea, p.key_kind, p.key, p.id"
        " FROM unnest($3::bytea[], $4::bytea[], $5::bytea[]) AS p(key_kind, key, id)"
        " ON CONFLICT DO NOTHING",
};

static void with_schema(const crmsync_postgres *s, const char *sql, crmi_bytes *out)
{
    for (; *sql; sql++) {
        if (*sql == '@')
            crmi_bytes_add(out, s->schema);
        else
            crmi_bytes_char(out, *sql);
    }
}

void crmi_pg_sql(const crmsync_postgres *s, crmi_pg_statement which, crmi_bytes *out)
{
    with_schema(s, statements[which], out);
}

/* Of the first field, as the server writes one; what is none is a layout that nobody knows. */
static long first_number(const PGresult *result)
{
    crmsync_str text = {"", 0};
    long v = 0;

    if (PQntuples(result) == 1)
        text = (crmsync_str){PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0)};
    for (size_t i = 0; i < text.len; i++)
        v = text.ptr[i] >= '0' && text.ptr[i] <= '9' && v < 100000000 ? v * 10 + text.ptr[i] - '0'
                                                                      : 999999999;
    return v;
}

/* Runs SQL text; `number` (may be NULL) is that of its first field. */
static int32_t ask(crmsync_postgres *s, const char *sql, const char *doing, long *number,
                   crmsync_error **err)
{
    crmi_bytes text;
    PGresult *result;
    int32_t code = CRMSYNC_OK;
    ExecStatusType status;

    crmi_bytes_init(&text, &s->alloc);
    with_schema(s, sql, &text);
    if (text.oom) {
        crmi_bytes_clear(&text);
        return crmi_host_nomem(err);
    }
    result = PQexec(s->db, text.ptr);
    status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        code = crmi_pg_fail(s, result, doing, err);
    else if (number)
        *number = first_number(result);
    PQclear(result);
    crmi_bytes_clear(&text);
    return code;
}

static int32_t find_schema(crmsync_postgres *s, long *found, crmsync_error **err)
{
    /* The schema's name is quoted: as text it is what quote_ident() makes of the name, or in quotes
       that it did not need. */
    return ask(s, "SELECT count(*) FROM pg_catalog.pg_namespace"
                  " WHERE '\"' || replace(nspname, '\"', '\"\"') || '\"' = $schema$@$schema$",
               "looking for the schema", found, err);
}

static int32_t read_version(crmsync_postgres *s, long *version, crmsync_error **err)
{
    long found = 0;
    int32_t code = ask(s, "SELECT count(*) FROM pg_catalog.pg_class WHERE relname = 'layout'"
                          " AND oid = to_regclass($schema$@.layout$schema$)",
                       "looking for the tables", &found, err);

    *version = 0;
    if (code != CRMSYNC_OK || found == 0)
        return code;
    return ask(s, "SELECT coalesce(max(version), 0) FROM @.layout", "reading the layout", version,
               err);
}

static int32_t make_tables(crmsync_postgres *s, crmsync_error **err)
{
    long found = 0;
    int32_t code = find_schema(s, &found, err);

    if (code == CRMSYNC_OK && found == 0)
        code = ask(s, "CREATE SCHEMA @", "making the schema", NULL, err);
    if (code == CRMSYNC_OK)
        code = ask(s, tables, "making the tables", NULL, err);
    if (code == CRMSYNC_OK)
        code = ask(s, "INSERT INTO @.layout VALUES (1, 1)", "marking the schema", NULL, err);
    return code;
}

static int32_t newer(long version, crmsync_error **err)
{
    return crmi_host_fail(err, CRMSYNC_E_UNSUPPORTED,
                          "postgres: the schema has layout %ld, this adapter knows up to %d; use a "
                          "newer one", version, CRMI_PG_SCHEMA_VERSION);
}

/* Two processes may open a new database at once: the version is read again under the lock. */
int32_t crmi_pg_prepare_schema(crmsync_postgres *s, crmsync_error **err)
{
    long version = 0;
    int32_t code = read_version(s, &version, err);

    if (code != CRMSYNC_OK || version == CRMI_PG_SCHEMA_VERSION)
        return code;
    if (version > CRMI_PG_SCHEMA_VERSION)
        return newer(version, err);
    code = ask(s, "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL client_min_messages = warning;"
                  "SELECT pg_advisory_xact_lock(hashtext($schema$crmsync @$schema$))",
               "waiting for others that open", NULL, err);
    if (code == CRMSYNC_OK)
        code = read_version(s, &version, err);
    if (code == CRMSYNC_OK && version > CRMI_PG_SCHEMA_VERSION)
        code = newer(version, err);
    if (code == CRMSYNC_OK && version == 0)
        code = make_tables(s, err);
    if (code == CRMSYNC_OK)
        return ask(s, "COMMIT", "making the tables", NULL, err);
    PQclear(PQexec(s->db, "ROLLBACK"));
    return code;
}
