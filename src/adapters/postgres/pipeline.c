#include "pipeline.h"

#include <stdio.h>
#include <string.h>

#include "schema.h"

/* Dimensions, flags, type; size and lower bound of the one dimension. */
enum { LIST_HEAD = 20, EMPTY_LIST = 12 };

static void put_be(char *at, uint64_t v, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (char)(unsigned char)(v >> (8 * (width - 1 - i)));
}

void crmi_pg_list_init(crmi_pg_list *l, const crmsync_alloc *alloc, uint32_t of)
{
    *l = (crmi_pg_list){.of = of};
    crmi_bytes_init(&l->bytes, alloc);
    crmi_bytes_be(&l->bytes, 0, 8);
    crmi_bytes_be(&l->bytes, of, 4);
    crmi_bytes_be(&l->bytes, 0, 4);
    crmi_bytes_be(&l->bytes, 1, 4);
}

void crmi_pg_list_bytes(crmi_pg_list *l, crmsync_str s)
{
    crmi_bytes_part(&l->bytes, s);
    l->count++;
}

void crmi_pg_list_number(crmi_pg_list *l, uint64_t v)
{
    unsigned width = l->of == CRMI_PG_INT8 ? 8 : 4;

    crmi_bytes_be(&l->bytes, width, 4);
    crmi_bytes_be(&l->bytes, v, width);
    l->count++;
}

void crmi_pg_list_clear(crmi_pg_list *l)
{
    crmi_bytes_clear(&l->bytes);
}

void crmi_pg_pipeline_init(crmi_pg_pipeline *p, crmsync_postgres *s)
{
    memset(p, 0, sizeof *p);
    p->s = s;
}

static void drop_results(crmi_pg_pipeline *p)
{
    for (size_t i = 0; i < CRMI_PG_QUERIES; i++) {
        PQclear(p->results[i]);
        p->results[i] = NULL;
    }
}

void crmi_pg_pipeline_clear(crmi_pg_pipeline *p)
{
    drop_results(p);
    p->count = 0;
}

void crmi_pg_add(crmi_pg_pipeline *p, crmi_pg_statement which)
{
    p->queries[p->count++] = (crmi_pg_query){.which = which};
}

void crmi_pg_bytes(crmi_pg_pipeline *p, crmsync_str s)
{
    crmi_pg_query *q = &p->queries[p->count - 1];

    if (s.len > INT32_MAX / 2) {
        p->oom = true;
        s.len = 0;
    }
    q->values[q->count] = s.len > 0 ? s.ptr : "";
    q->lengths[q->count++] = (int)s.len;
}

void crmi_pg_number(crmi_pg_pipeline *p, uint64_t v, unsigned width)
{
    crmi_pg_query *q = &p->queries[p->count - 1];
    char *at = (char *)q->numbers[q->count];

    put_be(at, v, width);
    crmi_pg_bytes(p, (crmsync_str){at, width});
}

void crmi_pg_list_of(crmi_pg_pipeline *p, crmi_pg_list *l)
{
    p->oom = p->oom || l->bytes.oom;
    if (!l->bytes.oom && l->count > 0) {
        put_be(l->bytes.ptr, 1, 4);
        put_be(l->bytes.ptr + EMPTY_LIST, l->count, 4);
    }
    crmi_pg_bytes(p, (crmsync_str){l->bytes.ptr, l->bytes.oom   ? 0
                                                 : l->count > 0 ? l->bytes.len
                                                                : EMPTY_LIST});
}

void crmi_pg_begin(crmi_pg_pipeline *p)
{
    crmi_pg_add(p, CRMI_PG_BEGIN);
    crmi_pg_add(p, CRMI_PG_SETTINGS);
    crmi_pg_bytes(p, crmi_host_str(p->s->lock_timeout));
    crmi_pg_number(p, p->s->synchronous, 4);
}

/* Two stores on one borrowed connection have statements of their own. */
static void statement_name(const crmsync_postgres *s, crmi_pg_statement which, char out[64])
{
    snprintf(out, 64, "crmsync_%p_%d", (const void *)s, (int)which);
}

static bool prepare(crmsync_postgres *s, crmi_pg_statement which, const char *name, bool *oom)
{
    crmi_bytes sql;
    bool sent;

    crmi_bytes_init(&sql, &s->alloc);
    crmi_pg_sql(s, which, &sql);
    *oom = sql.oom;
    sent = !sql.oom && PQsendPrepare(s->db, name, sql.ptr, 0, NULL);
    crmi_bytes_clear(&sql);
    return sent;
}

/* `fresh` are prepared with this pipeline. */
static bool send_all(crmi_pg_pipeline *p, bool fresh[CRMI_PG_STATEMENTS])
{
    static const int binary[CRMI_PG_PARAMS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    crmsync_postgres *s = p->s;

    for (size_t i = 0; i < p->count; i++) {
        const crmi_pg_query *q = &p->queries[i];
        char name[64];
        statement_name(s, q->which, name);
        if (!s->prepared[q->which] && !fresh[q->which]) {
            if (!prepare(s, q->which, name, &p->oom))
                return false;
            fresh[q->which] = true;
        }
        if (!PQsendQueryPrepared(s->db, name, q->count, q->values, q->lengths, binary, 1))
            return false;
    }
    p->sent = true;
    return PQpipelineSync(s->db) == 1;
}

/* The result of one command that was sent, NULL = the connection is lost. */
static PGresult *take(crmsync_postgres *s)
{
    PGresult *result = PQgetResult(s->db);

    while (result) { /* each is followed by a NULL */
        PGresult *more = PQgetResult(s->db);
        if (!more)
            break;
        PQclear(result);
        result = more;
    }
    return result;
}

static bool went_well(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* Answers in the order of sending: for a fresh statement first that it was prepared. */
static int32_t take_all(crmi_pg_pipeline *p, bool fresh[CRMI_PG_STATEMENTS], const char *doing,
                        crmsync_error **err)
{
    crmsync_postgres *s = p->s;

    for (size_t i = 0; i < p->count; i++) {
        crmi_pg_statement which = p->queries[i].which;
        PGresult *result = take(s);
        if (fresh[which] && went_well(result)) {
            fresh[which] = false;
            s->prepared[which] = true;
            PQclear(result);
            result = take(s);
        }
        p->results[i] = result;
        if (!went_well(result)) {
            p->again = crmi_pg_state_is(result, "40");
            return crmi_pg_fail(s, result, doing, err);
        }
    }
    return CRMSYNC_OK;
}

/* Reads what is left of a pipeline up to its end. */
static void finish(crmsync_postgres *s)
{
    int silent = 0; /* twice in a row: nothing more will come */

    while (!crmi_pg_lost(s) && silent < 2) {
        PGresult *result = PQgetResult(s->db);
        bool end = result && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        silent = result ? 0 : silent + 1;
        PQclear(result);
        if (end)
            break;
    }
    if (!crmi_pg_lost(s) && !PQexitPipelineMode(s->db))
        PQreset(s->db);
}

void crmi_pg_rollback(crmsync_postgres *s)
{
    if (!crmi_pg_lost(s) && PQtransactionStatus(s->db) != PQTRANS_IDLE)
        PQclear(PQexec(s->db, "ROLLBACK"));
}

int32_t crmi_pg_run(crmi_pg_pipeline *p, const char *doing, crmsync_error **err)
{
    bool fresh[CRMI_PG_STATEMENTS] = {false};
    crmsync_postgres *s = p->s;
    int32_t code;

    p->sent = false;
    p->again = false;
    if (p->oom)
        return crmi_host_nomem(err);
    if (!PQenterPipelineMode(s->db))
        return crmi_pg_fail(s, NULL, doing, err);
    if (send_all(p, fresh)) {
        code = take_all(p, fresh, doing, err);
    } else {
        code = p->oom ? crmi_host_nomem(err) : crmi_pg_fail(s, NULL, doing, err);
        if (!crmi_pg_lost(s))
            PQpipelineSync(s->db);
    }
    finish(s);
    if (code != CRMSYNC_OK)
        crmi_pg_rollback(s);
    return code;
}

int32_t crmi_pg_read(crmi_pg_pipeline *p, const char *doing, crmsync_error **err)
{
    crmsync_error *first = NULL;
    int32_t code = crmi_pg_ready(p->s, err);

    if (code != CRMSYNC_OK)
        return code;
    code = crmi_pg_run(p, doing, &first);
    if (code != CRMSYNC_OK && crmi_pg_lost(p->s) && !p->s->borrowed) {
        crmsync_error_free(first);
        drop_results(p);
        code = crmi_pg_ready(p->s, err);
        return code == CRMSYNC_OK ? crmi_pg_run(p, doing, err) : code;
    }
    if (err && code != CRMSYNC_OK)
        *err = first;
    else
        crmsync_error_free(first);
    return code;
}

crmsync_str crmi_pg_text(const PGresult *r, int row, int column)
{
    return (crmsync_str){PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column)};
}

uint64_t crmi_pg_value(const PGresult *r, int row, int column)
{
    crmsync_str raw = crmi_pg_text(r, row, column);
    uint64_t v = 0;

    for (size_t i = 0; i < raw.len; i++)
        v = v << 8 | (unsigned char)raw.ptr[i];
    return v;
}
