#include "sync/tally.h"

#include "salesforce/composite.h"
#include "salesforce/soql.h"

#define SOQL_BUDGET 95000u
#define TIED_MAX    2000u /* rows of one answer; further ties go by the later steps */

static const struct {
    const char *name, *object, *condition, *field;
} counts[] = {
    {"contacts", "Contact", "", "ContactCount"},
    {"deals", "Opportunity", "IsClosed = false AND ", "OpenOpportunities"},
};
#define COUNTS (sizeof counts / sizeof counts[0])

/* ---- who is tied ---- */

static int32_t key_of(const crmi_lookup *l, crmi_record r, bool name, char *key, size_t *len,
                      crmsync_error **err)
{
    const crmsync_normalizer *n = l->task->job->ws->normalizer;
    int32_t rc = name ? crmsync_normalize_company(n, crmi_record_text(r, "Name"), key + 2,
                                                  CRMSYNC_KEY_MAX, len)
                      : crmsync_normalize_domain(n, crmi_record_text(r, "Website"), key + 2,
                                                 CRMSYNC_KEY_MAX, len);
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    if (rc)
        *len = 0; /* a text longer than any key has none */
    key[0] = name ? 'n' : 'd';
    key[1] = '/';
    return CRMSYNC_OK;
}

/* Marks an account, and the first one that it shares a key with. */
static int32_t mark(crmi_lookup *l, size_t i, bool name, crmi_map *seen, bool *tied,
                    crmsync_error **err)
{
    char text[CRMSYNC_KEY_MAX + 2];
    crmsync_str kept;
    size_t len = 0, first = 0;
    int32_t rc = key_of(l, l->records[i], name, text, &len, err);
    if (rc || !len)
        return rc;
    crmsync_str key = {text, len + 2};
    if (crmi_map_get_index(seen, key, &first)) {
        tied[first] = tied[i] = true;
        return CRMSYNC_OK;
    }
    return crmi_arena_str(&l->arena, key, &kept) && crmi_map_put_index(seen, kept, i)
               ? CRMSYNC_OK
               : crmi_fail_nomem(err);
}

static int32_t find_tied(crmi_lookup *l, crmsync_str **ids, size_t *n, crmsync_error **err)
{
    bool *tied = crmi_arena_array(&l->arena, l->record_count + 1, sizeof *tied);
    crmi_map seen;
    int32_t rc = CRMSYNC_OK;
    *ids = crmi_arena_array(&l->arena, l->record_count + 1, sizeof **ids);
    *n = 0;
    if (!tied || !*ids)
        return crmi_fail_nomem(err);
    crmi_map_init(&seen, crmi_workspace_alloc(l->task->job->ws));
    for (size_t i = 0; !rc && i < l->record_count; i++) {
        bool account = crmi_str_is(crmsync_rows_kind(l->records[i].rows), "Account");
        if (!account || crmi_record_flag(l->records[i], "IsDeleted"))
            continue;
        rc = mark(l, i, false, &seen, tied, err);
        if (!rc)
            rc = mark(l, i, true, &seen, tied, err);
    }
    crmi_map_clear(&seen);
    for (size_t i = 0; !rc && i < l->record_count && *n < TIED_MAX; i++) {
        if (tied[i])
            (*ids)[(*n)++] = crmi_record_text(l->records[i], "Id");
    }
    return rc;
}

/* ---- asking ---- */

/* Only objects that the configuration mentions are described, and only those are read. */
static bool visible(const crmi_lookup *l, size_t i)
{
    const crmi_object *object =
        crmi_schema_object(l->task->job->ws->schema, crmi_str(counts[i].object));
    return object && crmi_object_field(object, CRMI_STR("AccountId")) &&
           (!counts[i].condition[0] || crmi_object_field(object, CRMI_STR("IsClosed")));
}

static int32_t add_count(crmi_lookup *l, crmi_composite *c, size_t i, const crmsync_str *ids,
                         size_t n, crmsync_error **err)
{
    crmi_buf soql;
    crmi_buf_init(&soql, crmi_workspace_alloc(l->task->job->ws));
    size_t fit = crmi_soql_in_fit(CRMI_STR("AccountId"), ids, n, SOQL_BUDGET, 0);
    crmi_buf_fmt(&soql, "SELECT AccountId, COUNT(Id) n FROM %s WHERE %s", counts[i].object,
                 counts[i].condition);
    crmi_soql_in(&soql, CRMI_STR("AccountId"), ids, fit);
    crmi_buf_lit(&soql, " GROUP BY AccountId");
    int32_t rc = crmi_buf_ok(&soql) ? crmi_composite_add_query(
                                          c, crmi_str(counts[i].name),
                                          crmi_workspace_api_version(l->task->job->ws),
                                          crmi_buf_str(&soql), false, err)
                                    : crmi_fail_nomem(err);
    crmi_buf_clear(&soql);
    return rc;
}

int32_t crmi_tally_send(crmi_lookup *l, bool *sent, crmsync_error **err)
{
    crmi_composite c;
    crmsync_str *ids;
    size_t n, parts = 0;
    *sent = false;
    int32_t rc = find_tied(l, &ids, &n, err);
    for (size_t i = 0; i < COUNTS; i++)
        parts += visible(l, i);
    if (rc || !n || !parts)
        return rc;
    crmi_request *r = crmi_task_request(l->task);
    crmi_composite_begin(&c, r, crmi_workspace_api_version(l->task->job->ws), false);
    for (size_t i = 0; !rc && i < COUNTS; i++) {
        if (visible(l, i))
            rc = add_count(l, &c, i, ids, n, err);
    }
    if (!rc)
        rc = crmi_task_ask(l->task, &c, err);
    l->part_count[0] = parts;
    *sent = !rc;
    return rc;
}

/* ---- taking the answer ---- */

static bool put_count(crmi_lookup *l, crmi_record account, const char *field, crmsync_str number)
{
    crmsync_cell cell = {.text = number, .type = CRMSYNC_CELL_DECIMAL};
    for (size_t i = 0; account.rows && i < l->page_count; i++) {
        if (l->pages[i] == account.rows)
            return crmi_rows_put(l->pages[i], account.row, crmi_str(field), &cell);
    }
    return true;
}

static int32_t take_count(crmi_lookup *l, size_t i, const crmi_composite_part *part,
                          crmsync_error **err)
{
    static const crmi_query_column columns[] = {{CRMSYNC_STR_LIT("AccountId"), CRMI_TYPE_REFERENCE},
                                                {CRMSYNC_STR_LIT("n"), CRMI_TYPE_INT}};
    const crmsync_alloc *alloc = crmi_workspace_alloc(l->task->job->ws);
    crmi_query_page page;
    if (!part || part->status != 200) {
        crmi_engine_log(l->task->job->ws->engine, CRMSYNC_LOG_WARN,
                        "counting the %s of tied accounts failed with status %d", counts[i].name,
                        part ? part->status : 0);
        return CRMSYNC_OK;
    }
    crmi_query_page_init(&page, alloc);
    int32_t rc = crmi_query_page_take(alloc, part->body, crmi_str(counts[i].object), columns, 2,
                                      &page, err);
    for (size_t k = 0; !rc && k < crmsync_rows_count(page.rows); k++) {
        crmi_record row = {page.rows, k};
        if (!put_count(l, crmi_lookup_get(l, crmi_record_text(row, "AccountId")), counts[i].field,
                       crmi_record_text(row, "n")))
            rc = crmi_fail_nomem(err);
    }
    crmi_query_page_clear(&page);
    return rc;
}

int32_t crmi_tally_take(crmi_lookup *l, crmsync_error **err)
{
    crmi_composite_answer answer;
    int32_t rc = crmi_task_answer(l->task, 0, err);
    if (!rc) {
        rc = crmi_composite_read(crmi_workspace_alloc(l->task->job->ws), &l->task->call[0].response,
                                 l->part_count[0], &answer, err);
        for (size_t i = 0; !rc && i < COUNTS; i++) {
            if (visible(l, i))
                rc = take_count(l, i, crmi_composite_find(&answer, crmi_str(counts[i].name)), err);
        }
        crmi_composite_answer_clear(&answer);
    }
    crmi_task_reset_calls(l->task);
    return rc;
}
