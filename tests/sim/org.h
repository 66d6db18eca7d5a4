/* org.h: the org object, its rows and its settings; internal to the simulator. */
#ifndef ORGSIM_ORG_H
#define ORGSIM_ORG_H

#include "buf.h"
#include "orgsim.h"
#include "schema.h"
#include "text.h"

#include <yyjson.h>

typedef enum orgsim_kind {
    ORGSIM_NULL,
    ORGSIM_TEXT,
    ORGSIM_BOOL,
    ORGSIM_NUMBER,
    ORGSIM_DAY,    /* days since 1970 */
    ORGSIM_INSTANT /* milliseconds since 1970 */
} orgsim_kind;

typedef struct orgsim_value {
    orgsim_kind kind;
    union {
        const char *text;
        double number;
        int64_t when; /* day, instant or 0/1 */
    } as;
} orgsim_value;

typedef struct orgsim_cell {
    uint16_t slot;
    uint16_t kind;
    union {
        char *text;
        double number;
        int64_t when;
    } as;
} orgsim_cell;

typedef struct orgsim_row {
    orgsim_object *object;
    char id[19];
    bool deleted; /* in the recycle bin */
    bool gone;    /* purged, or its creation was rolled back */
    uint16_t cell_count, cell_cap;
    orgsim_cell *cells;
    int64_t created, modified, stamp, deleted_at;
    struct orgsim_row *creator, *modifier; /* users */
    uint64_t batch;                        /* rows that one delete took along */
} orgsim_row;

typedef struct orgsim_rows {
    orgsim_row **items;
    size_t count, cap;
} orgsim_rows;
void orgsim_rows_add(orgsim_rows *rows, orgsim_row *row);
void orgsim_rows_clear(orgsim_rows *rows);

/* What Salesforce has to say against a request. */
typedef struct orgsim_problem {
    char code[64]; /* empty = none */
    char message[1200];
    char fields[400];  /* comma-separated */
    int status;        /* HTTP status when it is the whole answer */
    orgsim_row *match; /* the twin that a duplicate rule found */
    bool allow_save;   /* that rule only warns */
} orgsim_problem;
/* Fills it and returns -1. `fields` may be NULL. */
int orgsim_problem_set(orgsim_problem *problem, int status, const char *code, const char *fields,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

typedef struct orgsim_change {
    orgsim_row *row;
    bool created;
    orgsim_row before; /* with its own cells */
} orgsim_change;

/* One thing that a switch set: name "trigger", key "Account.Industry", value "upper". */
typedef struct orgsim_setting {
    char *name, *key, *value;
    int64_t left; /* times it still acts; -1 = always */
} orgsim_setting;

typedef struct orgsim_token {
    char *text;
    uint64_t family; /* 0 = none */
    orgsim_row *user;
    int64_t issued_ms;
    bool dead;
} orgsim_token;

typedef struct orgsim_grant {
    char *code;      /* authorization code; NULL once used */
    char *challenge; /* NULL = no PKCE */
    char *redirect_uri, *scope;
    int64_t issued_ms;
    uint64_t family;
    bool used, revoked;
} orgsim_grant;

typedef struct orgsim_refresh {
    char *text;
    uint64_t family;
    bool rotated;
} orgsim_refresh;

typedef struct orgsim_cursor {
    char id[20];
    struct orgsim_soql *query;
    orgsim_rows rows;
    size_t page; /* rows in each, unless a later call asks for others */
    int64_t made_ms;
} orgsim_cursor;

#define ORGSIM_HOURS 24 /* that calls count against the limit */

struct orgsim {
    char *org_id, *client_id, *client_secret, *username, *password, *jwt_public_pem, *instance_url;
    bool rotate;
    uint32_t query_page;
    int64_t daily_limit, calls_of[ORGSIM_HOURS], calls_hour; /* usage.c */
    int64_t now_ms;
    uint64_t random, next_number, next_batch;

    orgsim_object *objects;
    size_t object_count;
    orgsim_row **slots; /* hash of all rows by id and object */
    size_t slot_count, slot_used;
    orgsim_rows all_rows; /* owns them; also the gone ones */
    orgsim_change *journal;
    size_t journal_count, journal_cap;

    orgsim_row *api_user, *rule_user;
    orgsim_usage usage;
    orgsim_setting *settings;
    size_t setting_count, setting_cap;
    orgsim_token *tokens;
    size_t token_count, token_cap;
    orgsim_grant *grants;
    size_t grant_count, grant_cap;
    orgsim_refresh *refreshes;
    size_t refresh_count, refresh_cap;
    uint64_t next_family;
    orgsim_cursor *cursors;
    size_t cursor_count, cursor_cap;
    uint64_t next_cursor;
    struct orgsim_deletion {
        char id[19];
        orgsim_object *object;
        int64_t when;
    } *deletions; /* what getDeleted tells */
    size_t deletion_count, deletion_cap;
    struct orgsim_run {
        char id[19], report[19];
        char *where; /* filters of the request, NULL = none */
        int64_t made_ms;
    } *runs; /* asynchronous ones of reports */
    size_t run_count, run_cap;
    struct orgsim_job **jobs; /* bulk */
    size_t job_count, job_cap;
    uint64_t next_job;
    struct orgsim_key {
        char *key, *body;
    } *keys; /* Idempotency-Key of the UI API */
    size_t key_count, key_cap;
};

/* ---- org.c ---- */
orgsim_object *orgsim_object_named(const orgsim *org, const char *name);
orgsim_object *orgsim_object_named_n(const orgsim *org, const char *name, size_t len);
uint64_t orgsim_random(orgsim *org);
/* Writes `count` characters of [0-9A-Za-z] and a NUL. */
void orgsim_random_text(orgsim *org, char *out, size_t count);

/* ---- store.c ---- */
/* A row of that object, or of the object that the prefix names when `object` is NULL; rows that
 * are gone are not found. `id` has 15 or more characters. */
orgsim_row *orgsim_row_by_id(const orgsim *org, const orgsim_object *object, const char *id);
/* `id` NULL = the next one. NULL when the id is taken. */
orgsim_row *orgsim_row_new(orgsim *org, orgsim_object *object, const char *id);
void orgsim_row_gone(orgsim *org, orgsim_row *row);

orgsim_value orgsim_get(const orgsim_row *row, const orgsim_field *field);
/* Texts of a field by name; NULL when empty or unknown. */
const char *orgsim_get_text(const orgsim_row *row, const char *field);
bool orgsim_get_bool(const orgsim_row *row, const char *field);
void orgsim_put(orgsim_row *row, const orgsim_field *field, orgsim_value value);
void orgsim_put_text(orgsim_row *row, const char *field, const char *text);
void orgsim_put_bool(orgsim_row *row, const char *field, bool truth);
void orgsim_put_number(orgsim_row *row, const char *field, double number);
void orgsim_put_day(orgsim_row *row, const char *field, int64_t day);

/* ---- rest_bulk.c ---- */
void orgsim_jobs_forget(orgsim *org);

/* ---- journal.c: all or none ---- */
void orgsim_remember(orgsim *org, orgsim_row *row); /* call before changing it */
size_t orgsim_mark(const orgsim *org);
void orgsim_rollback(orgsim *org, size_t mark);
void orgsim_journal_clear(orgsim *org);

/* ---- index.c ---- */
struct orgsim_index *orgsim_index_new(void);
void orgsim_index_free(struct orgsim_index *index);
void orgsim_index_add(struct orgsim_index *index, const char *text, orgsim_row *row);
void orgsim_index_drop(struct orgsim_index *index, const char *text, orgsim_row *row);
/* All rows whose folded text is `folded`; NULL when none. */
const orgsim_rows *orgsim_index_find(const struct orgsim_index *index, const char *folded);
/* Indexes a field anew from the rows. */
void orgsim_field_reindex(orgsim_object *object, orgsim_field *field);
/* Live rows of `object` whose reference `field` is `id`, to be cleared. */
orgsim_rows orgsim_children(const orgsim *org, const char *object, const char *field,
                            const char *id);

/* ---- setup.c: what administrators see in Setup ---- */
void orgsim_add_setup(orgsim *org);
bool orgsim_api_enabled(const orgsim *org);
int orgsim_set_permission(orgsim *org, const char *name, const char *value);
int orgsim_set_api_user(orgsim *org, const char *name, const char *value);
int orgsim_add_login(orgsim *org, const char *name, const char *value);
int orgsim_set_session_level(orgsim *org, const char *name, const char *value);
int orgsim_add_duplicate_rule(orgsim *org, const char *name, const char *value);
int orgsim_set_object_right(orgsim *org, const char *name, const char *value);

/* ---- usage.c: what counts against the daily limit ---- */
int64_t orgsim_calls_today(orgsim *org);
void orgsim_count_call(orgsim *org);
void orgsim_set_calls_today(orgsim *org, int64_t calls);

/* ---- orgsim_switches.c ---- */
/* The first setting of that name and key (NULL = any key); NULL = none. */
orgsim_setting *orgsim_setting_find(const orgsim *org, const char *name, const char *key);
/* Whether the API user sees the row. */
bool orgsim_row_shared(const orgsim_row *row);

#endif
