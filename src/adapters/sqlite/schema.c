#include "schema.h"

#include <stdio.h>

/* The spaces: names for whoever reads the file, the numbers are what counts. */
static const struct {
    const char *name;
    bool documents; /* their values are documents, not ids and numbers */
} spaces[] = {
    {NULL, false},       {"meta", false},    {"link", true},    {"reverse", false},
    {"index", false},    {"claim", false},   {"queue", false},  {"pending", false},
    {"shipment", true},  {"waiting", false}, {"lease", false},  {"cursor", false},
    {"schema", true},    {"run", false},     {"dead", true},    {"secret", false},
    {"audience", true},  {"log", true},      {"undo", true},
};
enum { NAMED_SPACES = sizeof spaces / sizeof spaces[0] };

/* Workspace and key are blobs: they compare by memcmp whatever bytes they hold. */
static const char *const space_sql[CRMI_SPACE_STATEMENTS] = {
    [CRMI_SPACE_GET] = "SELECT version, value FROM %s WHERE workspace = ?1 AND key = ?2",
    [CRMI_SPACE_VERSION] = "SELECT version FROM %s WHERE workspace = ?1 AND key = ?2",
    [CRMI_SPACE_PUT] = "INSERT INTO %s (workspace, key, version, value) VALUES (?1, ?2, ?3, ?4) "
                       "ON CONFLICT (workspace, key) DO UPDATE SET version = ?3, value = ?4",
    [CRMI_SPACE_DELETE] = "DELETE FROM %s WHERE workspace = ?1 AND key = ?2",
    [CRMI_SPACE_SCAN] = "SELECT key, version, value FROM %s WHERE workspace = ?1 AND key >= ?2 "
                        "AND key < ?3 ORDER BY key LIMIT ?4",
    [CRMI_SPACE_SCAN_REVERSE] = "SELECT key, version, value FROM %s WHERE workspace = ?1 "
                                "AND key >= ?2 AND key < ?3 ORDER BY key DESC LIMIT ?4",
    [CRMI_SPACE_CLEAR] = "DELETE FROM %s WHERE workspace = ?1 AND key >= ?2 "
                         "AND key < ?3",
};

const char crmi_sqlite_record_tables[] =
    "CREATE TABLE IF NOT EXISTS crmsync_sequence (one INTEGER PRIMARY KEY CHECK (one = 1),"
    " value INTEGER NOT NULL);"
    "INSERT OR IGNORE INTO crmsync_sequence VALUES (1, 0);"
    "CREATE TABLE IF NOT EXISTS crmsync_record (workspace BLOB NOT NULL, kind TEXT NOT NULL,"
    " id TEXT NOT NULL, rev INTEGER NOT NULL, deleted INTEGER NOT NULL, document TEXT NOT NULL,"
    " PRIMARY KEY (workspace, kind, id));"
    "CREATE UNIQUE INDEX IF NOT EXISTS crmsync_record_feed ON crmsync_record (workspace, kind, rev,"
    " deleted);"
    "CREATE TABLE IF NOT EXISTS crmsync_record_field (workspace BLOB NOT NULL, kind TEXT NOT NULL,"
    " name TEXT NOT NULL, PRIMARY KEY (workspace, kind, name)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS crmsync_record_key (workspace BLOB NOT NULL, kind TEXT NOT NULL,"
    " key_kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,"
    " PRIMARY KEY (workspace, kind, key_kind, key, id)) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS crmsync_record_key_id ON crmsync_record_key (workspace, kind, id);";

static const char *const statements[CRMI_STATEMENTS] = {
    [CRMI_BEGIN] = "BEGIN",
    [CRMI_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
    [CRMI_COMMIT] = "COMMIT",
    [CRMI_ROLLBACK] = "ROLLBACK",
    [CRMI_SEQUENCE_NEXT] = "UPDATE crmsync_sequence SET value = value + 1 RETURNING value",
    [CRMI_RECORD_GET] = "SELECT rev, deleted, document FROM crmsync_record "
                        "WHERE workspace = ?1 AND kind = ?2 AND id = ?3",
    [CRMI_RECORD_PUT] = "INSERT INTO crmsync_record (workspace, kind, id, rev, deleted, document) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (workspace, kind, id) "
                        "DO UPDATE SET rev = ?4, deleted = ?5, document = ?6",
    [CRMI_RECORD_ALL] = "SELECT id, rev, document FROM crmsync_record "
                        "WHERE workspace = ?1 AND kind = ?2 AND deleted = 0 ORDER BY id",
    [CRMI_RECORD_CHANGED] = "SELECT id, rev, deleted FROM crmsync_record "
                            "WHERE workspace = ?1 AND kind = ?2 AND rev > ?3 "
                            "ORDER BY rev LIMIT ?4",
    [CRMI_FIELD_ADD] = "INSERT OR IGNORE INTO crmsync_record_field (workspace, kind, name) "
                       "VALUES (?1, ?2, ?3)",
    [CRMI_FIELD_ALL] = "SELECT name FROM crmsync_record_field WHERE workspace = ?1 AND kind = ?2 "
                       "ORDER BY name",
    [CRMI_KEY_ADD] = "INSERT OR IGNORE INTO crmsync_record_key "
                     "(workspace, kind, key_kind, key, id) VALUES (?1, ?2, ?3, ?4, ?5)",
    [CRMI_KEY_DROP] = "DELETE FROM crmsync_record_key WHERE workspace = ?1 AND kind = ?2 "
                      "AND id = ?3",
    [CRMI_KEY_FIND] = "SELECT id FROM crmsync_record_key WHERE workspace = ?1 AND kind = ?2 "
                      "AND key_kind = ?3 AND key = ?4 ORDER BY id",
};

const char *crmi_sqlite_sql(crmi_statement which)
{
    return statements[which];
}

static void table_name(uint32_t space, char *out, size_t size)
{
    if (space < NAMED_SPACES && spaces[space].name)
        snprintf(out, size, "crmsync_%s", spaces[space].name);
    else
        snprintf(out, size, "crmsync_space_%u", (unsigned)space);
}

/*
 * A table without rowid keeps its rows in the tree of the keys: right for short ones. Documents would
 * make that tree large, and what is longer than 1,002 bytes lies on pages of its own; they are in
 * a table by rowid, beside an index of the keys. Files made before have all tables of the first kind,
 * and keep them: the statements are the same.
 */
void crmi_sqlite_space_table(uint32_t space, char *sql, size_t size)
{
    char name[40];

    table_name(space, name, sizeof name);
    snprintf(sql, size,
             "CREATE TABLE IF NOT EXISTS %s (workspace BLOB NOT NULL, key BLOB NOT NULL,"
             " version INTEGER NOT NULL, value BLOB NOT NULL,"
             " PRIMARY KEY (workspace, key))%s", name,
             space < NAMED_SPACES && spaces[space].documents ? "" : " WITHOUT ROWID");
}

/* The SQL of a statement holds its table's name once. */
void crmi_sqlite_space_sql(uint32_t space, crmi_space_statement which, char *sql, size_t size)
{
    char name[40];
    const char *rest = space_sql[which];
    size_t n = 0;

    table_name(space, name, sizeof name);
    for (; *rest && n + 1 < size; rest++) {
        if (rest[0] == '%' && rest[1] == 's') {
            for (const char *p = name; *p && n + 1 < size; p++)
                sql[n++] = *p;
            rest++;
            continue;
        }
        sql[n++] = *rest;
    }
    sql[n] = '\0';
}
