/*
 * The lookup phase: rows of keys that the host hands over, asked of the org in batches, and what is
 * known of each. What could not be asked is unknown, never absent.
 */
#include "sync/lookup.h"

#include "state/reverse.h"
#include "sync/match_account.h"
#include "sync/report.h"

#define BATCH 1000u
#define OBJECTS 3

typedef struct answer {
    crmsync_str id;
    uint32_t rule; /* CRMSYNC_REASON_MATCH_*; 0 = not found */
    uint32_t count;
    bool askable; /* a key of the row can find this object */
} answer;

/* What a row is found by. */
typedef struct asked {
    crmsync_str crm_id, email;
    crmsync_str account[CRMI_ACCOUNT_KEYS];
    answer answers[OBJECTS];
} asked;

typedef struct find_task {
    crmi_task task;
    crmi_lookup lookup;
    crmi_arena arena; /* of the batch */
    asked *rows;
    size_t at, n; /* of the keys */
    bool cut;     /* a call of the batch failed: what was not found is not known */
    bool whole;   /* there is an index of all accounts */
} find_task;

static const struct {
    uint32_t object;
    const char *name, *id, *rule, *count, *local;
} objects[OBJECTS] = {
    {CRMI_OBJECT_LEAD, "lead", "lead_id", "lead_rule", "lead_count", "lead_local"},
    {CRMI_OBJECT_CONTACT, "contact", "contact_id", "contact_rule", "contact_count",
     "contact_local"},
    {CRMI_OBJECT_ACCOUNT, "account", "account_id", "account_rule", "account_count",
     "account_local"},
};
enum { LEAD, CONTACT, ACCOUNT };

static int32_t find_batch(crmi_task *task, crmsync_error **err);
static int32_t find_ask(crmi_task *task, crmsync_error **err);
static int32_t find_answer(crmi_task *task, crmsync_error **err);

static void find_clear(crmi_task *task)
{
    find_task *t = (find_task *)task;
    crmi_lookup_clear(&t->lookup);
    crmi_arena_clear(&t->arena);
}

/* ---- wishes ---- */

static int32_t read_keys(find_task *t, crmi_record row, asked *a, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    char text[CRMSYNC_KEY_MAX];
    size_t len = 0;
    crmsync_str email = crmi_str_trim(crmi_record_text(row, "email"));
    int32_t rc = crmi_account_keys_of(ws, row, &t->arena, a->account, err);
    if (rc)
        return rc;
    if (!crmi_keep_id(&t->arena, crmi_str_trim(crmi_record_text(row, "crm_id")), &a->crm_id))
        return crmi_fail_nomem(err);
    rc = email.len ? crmsync_normalize_email(ws->normalizer, email, text, sizeof text, &len) : 0;
    if (rc == CRMSYNC_E_NOMEM ||
        (!rc && len && !crmi_arena_str(&t->arena, (crmsync_str){text, len}, &a->email)))
        return crmi_fail_nomem(err);
    for (size_t o = 0; o < OBJECTS; o++) {
        const char *prefix = crmi_crm_object_at(objects[o].object)->prefix;
        a->answers[o].askable = a->crm_id.len && crmi_str_starts(a->crm_id, prefix);
    }
    a->answers[LEAD].askable |= a->email.len > 0;
    a->answers[CONTACT].askable |= a->email.len > 0;
    for (size_t k = 0; k < CRMI_ACCOUNT_KEYS; k++)
        a->answers[ACCOUNT].askable |= a->account[k].len > 0;
    return CRMSYNC_OK;
}

/* Accounts that the index here knows are asked for by id: it may be older than they are. */
static int32_t want_account(find_task *t, crmi_record row, const asked *a, crmsync_error **err)
{
    crmi_account_hit hits[CRMI_ACCOUNT_HITS];
    crmsync_str name = crmi_str_trim(crmi_record_text(row, "name"));
    size_t n = 0;
    int32_t rc = crmi_account_find(t->task.job->ws, row, &t->arena, hits, CRMI_ACCOUNT_HITS, &n, err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = crmi_lookup_want(&t->lookup, CRMI_OBJECT_ACCOUNT, CRMI_ASK_ID, hits[i].id, err);
    if (!rc && a->account[1].len)
        rc = crmi_lookup_want_domain(&t->lookup, a->account[1], err);
    if (!rc && a->account[2].len)
        rc = crmi_lookup_want_domain(&t->lookup, a->account[2], err);
    return rc ? rc : crmi_lookup_want(&t->lookup, CRMI_OBJECT_ACCOUNT, CRMI_ASK_NAME, name, err);
}

static int32_t want_row(find_task *t, crmi_record row, asked *a, crmsync_error **err)
{
    int32_t rc = read_keys(t, row, a, err);
    for (size_t o = 0; !rc && o < OBJECTS; o++) {
        if (a->crm_id.len && crmi_str_starts(a->crm_id, crmi_crm_object_at(objects[o].object)->prefix))
            rc = crmi_lookup_want(&t->lookup, objects[o].object, CRMI_ASK_ID, a->crm_id, err);
    }
    if (!rc)
        rc = crmi_lookup_want(&t->lookup, CRMI_OBJECT_LEAD, CRMI_ASK_EMAIL, a->email, err);
    if (!rc)
        rc = crmi_lookup_want(&t->lookup, CRMI_OBJECT_CONTACT, CRMI_ASK_EMAIL, a->email, err);
    return rc ? rc : want_account(t, row, a, err);
}

static int32_t find_batch(crmi_task *task, crmsync_error **err)
{
    find_task *t = (find_task *)task;
    const crmsync_rows *keys = task->job->keys;
    size_t left = crmsync_rows_count(keys) - t->at;
    int32_t rc = CRMSYNC_OK;
    t->n = left < BATCH ? left : BATCH;
    task->next = t->n ? find_ask : NULL;
    crmi_lookup_reset(&t->lookup);
    crmi_arena_clear(&t->arena);
    t->cut = false;
    t->rows = crmi_arena_array(&t->arena, t->n + 1, sizeof *t->rows);
    if (!t->rows)
        return crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < t->n; i++)
        rc = want_row(t, (crmi_record){keys, t->at + i}, &t->rows[i], err);
    return rc;
}

/* ---- what came ---- */

static uint32_t strength(uint32_t rule)
{
    return rule ? rule : UINT32_MAX;
}

static void note(answer *a, crmsync_str id, uint32_t rule)
{
    a->count += !crmi_str_eq(a->id, id);
    bool better = strength(rule) < strength(a->rule) ||
                  (rule == a->rule && crmi_str_cmp(id, a->id) < 0);
    if (better) {
        a->id = id;
        a->rule = rule;
    }
}

static bool lives(crmi_record r)
{
    return r.rows && !crmi_record_flag(r, "IsDeleted") && !crmi_record_text(r, "MasterRecordId").len;
}

static int32_t key_of(find_task *t, crmi_record r, const char *field, bool company, crmsync_str *out,
                      crmsync_error **err)
{
    const crmsync_normalizer *n = t->task.job->ws->normalizer;
    char text[CRMSYNC_KEY_MAX];
    size_t len = 0;
    crmsync_str raw = crmi_record_text(r, field);
    *out = CRMI_STR_EMPTY;
    if (!raw.len)
        return CRMSYNC_OK;
    int32_t rc = company ? crmsync_normalize_company(n, raw, text, sizeof text, &len)
                 : crmi_str_is(crmi_str(field), "Email")
                     ? crmsync_normalize_email(n, raw, text, sizeof text, &len)
                     : crmsync_normalize_domain(n, raw, text, sizeof text, &len);
    if (rc == CRMSYNC_E_NOMEM ||
        (!rc && len && !crmi_arena_str(&t->arena, (crmsync_str){text, len}, out)))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

/* A lead that was converted is no lead any more: it leads to its contact. */
static void note_person(find_task *t, crmi_record r, size_t o, asked *a, bool by_id)
{
    uint32_t rule = by_id ? CRMSYNC_REASON_MATCH_ID : CRMSYNC_REASON_MATCH_EMAIL;
    if (o == LEAD && crmi_record_flag(r, "IsConverted")) {
        crmi_record contact = crmi_lookup_get(&t->lookup, crmi_record_text(r, "ConvertedContactId"));
        if (lives(contact) && !a->answers[CONTACT].rule)
            note(&a->answers[CONTACT], crmi_record_text(contact, "Id"),
                 CRMSYNC_REASON_MATCH_CONVERTED);
        return;
    }
    note(&a->answers[o], crmi_record_text(r, "Id"), rule);
}

static int32_t take_person(find_task *t, crmi_record r, size_t o, crmsync_error **err)
{
    crmsync_str email, id = crmi_record_text(r, "Id");
    int32_t rc = key_of(t, r, "Email", false, &email, err);
    for (size_t i = 0; !rc && i < t->n; i++) {
        asked *a = &t->rows[i];
        bool by_id = crmi_str_eq(a->crm_id, id);
        if (by_id || (email.len && crmi_str_eq(a->email, email)))
            note_person(t, r, o, a, by_id);
    }
    return rc;
}

static int32_t take_account(find_task *t, crmi_record r, crmsync_error **err)
{
    crmsync_str domain, name, id = crmi_record_text(r, "Id");
    crmsync_str site = crmi_record_text(r, "Website");
    int32_t rc = key_of(t, r, "Website", false, &domain, err);
    if (!rc && site.len && crmsync_is_shared_host(t->task.job->ws->normalizer, site))
        domain = CRMI_STR_EMPTY;
    if (!rc)
        rc = key_of(t, r, "Name", true, &name, err);
    for (size_t i = 0; !rc && i < t->n; i++) {
        asked *a = &t->rows[i];
        uint32_t rule = 0;
        if (crmi_str_eq(a->crm_id, id))
            rule = CRMSYNC_REASON_MATCH_ID;
        else if (domain.len && crmi_str_eq(a->account[1], domain))
            rule = CRMSYNC_REASON_MATCH_WEBSITE;
        else if (domain.len && crmi_str_eq(a->account[2], domain))
            rule = CRMSYNC_REASON_MATCH_EMAIL_DOMAIN;
        else if (name.len && crmi_str_eq(a->account[3], name))
            rule = CRMSYNC_REASON_MATCH_NAME;
        if (rule)
            note(&a->answers[ACCOUNT], id, rule);
    }
    return rc;
}

static int32_t take_records(find_task *t, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->lookup.record_count; i++) {
        crmi_record r = t->lookup.records[i];
        crmsync_str kind = crmsync_rows_kind(r.rows);
        if (!lives(r))
            continue;
        if (crmi_str_is(kind, "Account"))
            rc = take_account(t, r, err);
        else if (crmi_str_is(kind, "Lead") || crmi_str_is(kind, "Contact"))
            rc = take_person(t, r, crmi_str_is(kind, "Lead") ? LEAD : CONTACT, err);
    }
    return rc;
}

/* ---- answers ---- */

static const char *state_of(const find_task *t, const asked *a, size_t o)
{
    const answer *found = &a->answers[o];
    if (found->rule)
        return "exists";
    /* an address hidden in a longer website is found by the index alone */
    bool only_index = o == ACCOUNT && !t->whole && !a->crm_id.len;
    bool unknown = !found->askable || t->cut || only_index ||
                   crmi_lookup_failed(&t->lookup, objects[o].object);
    return unknown ? "unknown" : "absent";
}

static bool put(crmsync_rows *rows, size_t row, const char *field, crmsync_cell cell)
{
    return crmi_rows_put(rows, row, crmi_str(field), &cell);
}

static int32_t put_answer(find_task *t, size_t row, const asked *a, size_t o,
                          const crmi_reverse *owner, crmsync_error **err)
{
    crmsync_rows *out = t->task.job->found;
    const answer *found = &a->answers[o];
    const char *state = state_of(t, a, o);
    crmi_buf digits;
    crmi_buf_init(&digits, crmi_workspace_alloc(t->task.job->ws));
    crmi_buf_u64(&digits, found->count);
    bool ok = crmi_buf_ok(&digits) &&
              put(out, row, objects[o].name, crmi_cell_text(crmi_str(state))) &&
              put(out, row, objects[o].id,
                  found->id.len ? crmi_cell_id(found->id) : crmi_cell_null()) &&
              put(out, row, objects[o].rule,
                  crmi_cell_text(crmi_str(found->rule ? crmsync_reason_name(found->rule) : ""))) &&
              put(out, row, objects[o].count,
                  (crmsync_cell){crmi_buf_str(&digits), 0, CRMSYNC_CELL_DECIMAL, 0}) &&
              put(out, row, objects[o].local, crmi_cell_text(owner->id));
    crmi_buf_clear(&digits);
    return !ok ? crmi_fail_nomem(err)
               : crmi_report_add(t->task.job, 1, "lookup",
                                 crmi_str(crmi_crm_object_at(objects[o].object)->name), state,
                                 CRMI_STR_EMPTY, err);
}

static int32_t put_rows(find_task *t, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    crmsync_str *ids = crmi_arena_array(&t->arena, t->n * OBJECTS + 1, sizeof *ids);
    crmi_reverse *owners = crmi_arena_array(&t->arena, t->n * OBJECTS + 1, sizeof *owners);
    size_t n = 0, next = 0;
    static const crmi_reverse nobody = {{NULL, 0}, {NULL, 0}, {NULL, 0}, 0};
    if (!ids || !owners)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->n * OBJECTS; i++) {
        const answer *a = &t->rows[i / OBJECTS].answers[i % OBJECTS];
        if (a->rule)
            ids[n++] = a->id;
    }
    int32_t rc = crmi_reverse_get(&job->ws->store, ids, n, &t->arena, owners, err);
    for (size_t i = 0; !rc && i < t->n; i++) {
        ptrdiff_t row = crmi_rows_add_row(job->found);
        crmsync_str id = crmi_record_text((crmi_record){job->keys, t->at + i}, "id");
        if (row < 0 || !put(job->found, (size_t)row, "id", crmi_cell_text(id)))
            return crmi_fail_nomem(err);
        for (size_t o = 0; !rc && o < OBJECTS; o++) {
            bool found = t->rows[i].answers[o].rule != 0;
            rc = put_answer(t, (size_t)row, &t->rows[i], o, found ? &owners[next] : &nobody, err);
            next += found;
        }
    }
    job->progress.done += t->n;
    t->at += t->n;
    return rc;
}

static int32_t find_ask(crmi_task *task, crmsync_error **err)
{
    find_task *t = (find_task *)task;
    size_t sent = 0;
    int32_t rc = t->cut ? CRMSYNC_OK : crmi_lookup_send(&t->lookup, &sent, err);
    task->settles = true; /* what the quota refuses is an answer, too: unknown */
    task->next = find_answer;
    if (rc || sent)
        return rc;
    task->next = find_batch;
    rc = take_records(t, err);
    return rc ? rc : put_rows(t, err);
}

static bool is_no_answer(int32_t code)
{
    return code == CRMSYNC_E_TRANSPORT || code == CRMSYNC_E_SALESFORCE ||
           code == CRMSYNC_E_PROTOCOL || code == CRMSYNC_E_BUDGET || code == CRMSYNC_E_LIMIT;
}

static int32_t find_answer(crmi_task *task, crmsync_error **err)
{
    find_task *t = (find_task *)task;
    crmsync_error *own = NULL;
    task->next = find_ask;
    int32_t rc = crmi_lookup_take(&t->lookup, &own);
    if (rc && is_no_answer(rc)) {
        crmi_engine_log(task->job->ws->engine, CRMSYNC_LOG_WARN,
                        "a look-up had no answer, its rows are unknown: %.*s",
                        CRMI_SPELL(crmsync_error_message(own)));
        t->cut = true;
        rc = CRMSYNC_OK;
    } else if (rc && err) {
        crmi_error_drop(err);
        *err = own;
        own = NULL;
    }
    crmsync_error_free(own);
    return rc;
}

/* ---- the task ---- */

static int32_t begin(find_task *t, crmsync_error **err)
{
    crmsync_str fields[1 + 5 * OBJECTS];
    crmsync_job *job = t->task.job;
    int64_t as_of;
    size_t n = 0;
    fields[n++] = CRMI_STR("id");
    for (size_t o = 0; o < OBJECTS; o++) {
        const char *const names[] = {objects[o].name, objects[o].id, objects[o].rule,
                                     objects[o].count, objects[o].local};
        for (size_t k = 0; k < 5; k++)
            fields[n++] = crmi_str(names[k]);
    }
    crmsync_rows_free(job->found);
    job->found = NULL;
    int32_t rc = crmi_account_index_as_of(job->ws, &as_of, &t->whole, err);
    return rc ? rc
              : crmsync_rows_new(crmi_workspace_alloc(job->ws), CRMI_STR("found"), fields, n,
                                 &job->found, err);
}

int32_t crmi_find_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    *out = NULL;
    find_task *t = crmi_task_new(job, CRMSYNC_PHASE_LOOKUP, sizeof *t, find_batch, find_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_lookup_init(&t->lookup, &t->task);
    crmi_arena_init(&t->arena, crmi_workspace_alloc(job->ws));
    job->progress.total = crmsync_rows_count(job->keys);
    int32_t rc = begin(t, err);
    if (rc)
        crmi_task_free(&t->task);
    else
        *out = &t->task;
    return rc;
}
