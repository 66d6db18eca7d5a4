/* One connection: made, tried, made again; and what its failures mean. */
#include <stdio.h>
#include <string.h>

#include "schema.h"

bool crmi_pg_state_is(const PGresult *result, const char *sqlstate)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    return state && strncmp(state, sqlstate, strlen(sqlstate)) == 0;
}

bool crmi_pg_lost(const crmsync_postgres *s)
{
    return PQstatus(s->db) != CONNECTION_OK;
}

/* SQLSTATEs, or beginnings of them, that pass by themselves. */
static bool passes(const PGresult *result)
{
    static const char *const states[] = {"08", "40", "53", "55P03", "57", "58"};

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (crmi_pg_state_is(result, states[i]))
            return true;
    return false;
}

static crmsync_str first_line(const char *text)
{
    crmsync_str line = {text ? text : "", 0};

    while (line.ptr[line.len] && line.ptr[line.len] != '\n')
        line.len++;
    return line;
}

int32_t crmi_pg_fail(crmsync_postgres *s, const PGresult *result, const char *doing,
                     crmsync_error **err)
{
    bool lost = crmi_pg_lost(s) || crmi_pg_state_is(result, "57P0"); /* the server ends it */
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    crmsync_str said = first_line(primary ? primary : PQerrorMessage(s->db));
    int32_t code;

    if (crmi_pg_state_is(result, "55P03"))
        code = crmi_host_fail(err, CRMSYNC_E_STORE,
                              "postgres: %s: another connection is writing for longer than "
                              "lock_timeout_ms; try again, or raise it", doing);
    else if (lost)
        code = crmi_host_fail(err, CRMSYNC_E_STORE, "postgres: %s: no connection: %.*s; %s", doing,
                              CRMI_HOST_SPELL(said),
                              s->borrowed ? "reset it (PQreset) and try again"
                                          : "the next call connects anew");
    else
        code = crmi_host_fail(err, CRMSYNC_E_STORE, "postgres: %s: %.*s (%s)", doing,
                              CRMI_HOST_SPELL(said), state ? state : "libpq");
    if (err && (lost || passes(result)))
        crmsync_error_set_class(*err, CRMSYNC_CLASS_TRANSIENT);
    return code;
}

static void ignore_notice(void *ctx, const PGresult *result)
{
    (void)ctx;
    (void)result;
}

int32_t crmi_pg_connect(crmsync_postgres *s, crmsync_error **err)
{
    PQfinish(s->db);
    s->db = PQconnectdb(s->conninfo.ptr);
    if (!s->db)
        return crmi_host_nomem(err);
    s->backend = 0;
    if (crmi_pg_lost(s))
        return crmi_pg_fail(s, NULL, "connecting", err);
    PQsetNoticeReceiver(s->db, ignore_notice, NULL); /* a library does not print */
    return CRMSYNC_OK;
}

/* The end of a connection that broke between two calls lies unread in the socket, behind a last
 * message of the server: two reads. */
static bool broke_meanwhile(crmsync_postgres *s)
{
    for (int i = 0; i < 2; i++)
        if (crmi_pg_lost(s) || !PQconsumeInput(s->db))
            return true;
    return crmi_pg_lost(s);
}

int32_t crmi_pg_ready(crmsync_postgres *s, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;

    if (broke_meanwhile(s)) {
        if (s->borrowed)
            return crmi_pg_fail(s, NULL, "beginning", err);
        code = crmi_pg_connect(s, err);
        if (code != CRMSYNC_OK)
            return code;
    }
    if (PQtransactionStatus(s->db) != PQTRANS_IDLE ||
        PQpipelineStatus(s->db) != PQ_PIPELINE_OFF)
        return crmi_host_fail(err, CRMSYNC_E_STATE,
                              "postgres: the connection is in a transaction or in pipeline mode; "
                              "end that before the library is called");
    if (s->backend != PQbackendPID(s->db)) {
        memset(s->prepared, 0, sizeof s->prepared);
        s->backend = PQbackendPID(s->db);
    }
    return CRMSYNC_OK;
}
