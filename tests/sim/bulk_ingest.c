/* bulk_ingest.c: uploaded rows, written one by one, and what became of them. */
#include "bulk.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 200 };

static bool is_operation(const orgsim_job *job, const char *name)
{
    return strcmp(job->operation, name) == 0;
}

static void fail_job(orgsim_job *job, const char *why, const char *what)
{
    orgsim_buf text = {NULL, 0, 0};
    orgsim_buf_printf(&text, "%s%s", why, what);
    job->error = orgsim_buf_take(&text);
    job->state = ORGSIM_JOB_FAILED;
}

/* "Account.Ext__c" or "Lead:Who.Ext__c": the reference, and where the two names begin. */
static const orgsim_field *relation_of(const orgsim_object *object, const char *name,
                                       const char **relation, size_t *len, const char **key)
{
    const char *dot = strchr(name, '.'), *colon = strchr(name, ':');
    if (!dot)
        return NULL;
    *relation = colon && colon < dot ? colon + 1 : name;
    *len = (size_t)(dot - *relation);
    *key = dot + 1;
    return orgsim_field_related(object, *relation, *len);
}

/* Without access a field is as good as unknown. */
static bool column_known(const orgsim_object *object, const char *name)
{
    size_t len;
    const char *relation, *key;
    const orgsim_field *field = orgsim_field_named(object, name);
    if (!field)
        field = relation_of(object, name, &relation, &len, &key);
    return field && !field->hidden;
}

static bool has_column(const orgsim_job *job, const char *name)
{
    for (size_t i = 0; i < job->table.records[0].count; i++) {
        if (orgsim_ieq(job->table.records[0].values[i], name))
            return true;
    }
    return false;
}

/* False after failing the job. */
static bool check_upload(orgsim_job *job, const orgsim_object *object)
{
    bool crlf = strcmp(job->line_ending, "CRLF") == 0;
    const char *need = is_operation(job, "upsert") ? job->external_field
                       : is_operation(job, "insert") ? NULL : "Id";
    if (!job->table.count) {
        fail_job(job, "InvalidBatch : No data was uploaded", "");
    } else if (crlf ? job->table.lf : job->table.crlf) {
        fail_job(job, "ClientInputError : LineEnding is invalid on user data. Current LineEnding "
                      "setting is ", job->line_ending);
    } else if (need && !has_column(job, need)) {
        fail_job(job, "InvalidBatch : Field name not found : ", need);
    }
    for (size_t i = 0; !job->error && i < job->table.records[0].count; i++) {
        if (!column_known(object, job->table.records[0].values[i]))
            fail_job(job, "InvalidBatch : Field name not found : ",
                     job->table.records[0].values[i]);
    }
    return !job->error;
}

static yyjson_mut_val *json_value(yyjson_mut_doc *doc, const orgsim_field *field, const char *text)
{
    if (strcmp(text, "#N/A") == 0)
        return yyjson_mut_null(doc);
    if (field && field->type == ORGSIM_T_BOOLEAN && strlen(text) == 1 && strchr("01", *text))
        return yyjson_mut_bool(doc, *text == '1');
    return yyjson_mut_str(doc, text);
}

static void add_column(yyjson_mut_doc *doc, yyjson_mut_val *fields, const orgsim_object *object,
                       const char *name, const char *text)
{
    size_t len;
    const char *relation, *key;
    const orgsim_field *field = orgsim_field_named(object, name);
    if (!*text || (field && field->source == ORGSIM_FROM_ID))
        return; /* an empty cell is no value */
    yyjson_mut_val *value = json_value(doc, field, text);
    if (field) {
        yyjson_mut_obj_add(fields, yyjson_mut_str(doc, field->name), value);
        return;
    }
    relation_of(object, name, &relation, &len, &key);
    yyjson_mut_val *parent = yyjson_mut_obj(doc);
    yyjson_mut_obj_add(parent, yyjson_mut_str(doc, key), value);
    yyjson_mut_obj_add(fields, yyjson_mut_strncpy(doc, relation, len), parent);
}

static yyjson_doc *fields_of(const orgsim_job *job, const orgsim_object *object,
                             const orgsim_record *record)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *fields = yyjson_mut_obj(doc);
    for (size_t i = 0; i < record->count; i++)
        add_column(doc, fields, object, job->table.records[0].values[i], record->values[i]);
    yyjson_doc *ready = yyjson_mut_val_imut_copy(fields, NULL);
    yyjson_mut_doc_free(doc);
    return ready;
}

static const char *value_of(const orgsim_job *job, const orgsim_record *record, const char *name)
{
    for (size_t i = 0; i < record->count; i++) {
        if (orgsim_ieq(job->table.records[0].values[i], name))
            return record->values[i];
    }
    return "";
}

/* The row that the Id column names; NULL with `problem`. */
static orgsim_row *row_named(orgsim *org, const orgsim_object *object, const char *text,
                             orgsim_problem *problem)
{
    char id[19];
    if (!*text || !orgsim_id_normal(text, strlen(text), id)) {
        orgsim_problem_set(problem, 400, *text ? "MALFORMED_ID" : "MISSING_ARGUMENT", "Id",
                           *text ? "malformed id %s" : "Id not specified%s", text);
        return NULL;
    }
    orgsim_row *row = orgsim_row_by_id(org, object, id);
    if (row && orgsim_row_shared(row))
        return row;
    orgsim_problem_set(problem, 400, "INVALID_CROSS_REFERENCE_KEY", NULL,
                       "invalid cross reference id");
    return NULL;
}

typedef struct writing {
    orgsim *org;
    orgsim_job *job;
    orgsim_object *object;
    orgsim_writer writer;
} writing;

static int change(writing *w, const orgsim_record *record, yyjson_val *fields, orgsim_row **row,
                  orgsim_problem *problem)
{
    *row = row_named(w->org, w->object, value_of(w->job, record, "Id"), problem);
    if (!*row)
        return -1;
    if (is_operation(w->job, "delete") || is_operation(w->job, "hardDelete"))
        return orgsim_remove(w->org, &w->writer, *row, problem);
    return orgsim_change_row(w->org, &w->writer, *row, fields, problem);
}

/* One key twice in a batch of the server's: it will not guess which one is meant. */
static bool key_twice(const writing *w, size_t at, const char *key)
{
    const orgsim_table *table = &w->job->table;
    for (size_t i = at - at % BATCH; i < w->job->row_count && i < at - at % BATCH + BATCH; i++) {
        const orgsim_record *other = &table->records[i + 1];
        if (i != at && *key && orgsim_ieq(value_of(w->job, other, w->job->external_field), key))
            return true;
    }
    return false;
}

static int upsert(writing *w, size_t at, yyjson_val *fields, orgsim_row **row, bool *created,
                  orgsim_problem *problem)
{
    orgsim_call call = {.org = w->org};
    const orgsim_field *field = orgsim_field_named(w->object, w->job->external_field);
    const char *key =
        value_of(w->job, &w->job->table.records[at + 1], w->job->external_field);
    if (key_twice(w, at, key))
        return orgsim_problem_set(problem, 400, "DUPLICATE_VALUE", field->name,
                                  "Duplicate external id specified: %s", key);
    orgsim_upsert result =
        orgsim_upsert_by(&call, &w->writer, w->object, field, key, fields, false, problem);
    orgsim_rows_clear(&result.matches);
    *row = result.row;
    *created = result.status == 201;
    if (result.status == 300)
        return orgsim_problem_set(problem, 400, "DUPLICATE_EXTERNAL_ID", field->name,
                                  "%s: more than one record found for external id field",
                                  field->name);
    return result.status ? 0 : -1;
}

static int write_record(writing *w, size_t at, orgsim_row **row, bool *created,
                        orgsim_problem *problem)
{
    const orgsim_record *record = &w->job->table.records[at + 1];
    if (record->bad || record->count != w->job->table.records[0].count)
        return orgsim_problem_set(problem, 400, "INVALID_CSV", NULL,
                                  "The number of columns does not match, or a quote is not "
                                  "escaped");
    bool by_id = orgsim_ieq(w->job->external_field, "Id") &&
                 *value_of(w->job, record, "Id");
    bool creates = is_operation(w->job, "insert") ||
                   (orgsim_ieq(w->job->external_field, "Id") && !by_id);
    yyjson_doc *doc = fields_of(w->job, w->object, record);
    yyjson_val *fields = yyjson_doc_get_root(doc);
    int r;
    if (creates)
        r = orgsim_create(w->org, &w->writer, w->object, fields, row, problem);
    else if (is_operation(w->job, "upsert") && !by_id)
        r = upsert(w, at, fields, row, created, problem);
    else
        r = change(w, record, fields, row, problem);
    *created = *created || (r == 0 && creates);
    yyjson_doc_free(doc);
    return r;
}

static char *error_text(const orgsim_problem *problem)
{
    orgsim_buf text = {NULL, 0, 0};
    orgsim_buf_printf(&text, "%s:%s:%s --", problem->code, problem->message, problem->fields);
    return orgsim_buf_take(&text);
}

static void write_one(writing *w, size_t at)
{
    orgsim_problem problem;
    orgsim_row *row = NULL;
    orgsim_job_row *result = &w->job->rows[at];
    bool created = false;
    bool ok = write_record(w, at, &row, &created, &problem) == 0;
    w->job->processed++;
    w->job->failed += !ok;
    result->fate = ok ? ORGSIM_ROW_DONE : ORGSIM_ROW_REFUSED;
    result->created = created;
    if (!ok)
        result->error = error_text(&problem);
    if (row)
        memcpy(result->id, row->id, sizeof result->id);
}

void orgsim_job_ingest(orgsim *org, orgsim_job *job)
{
    const orgsim_setting *stop = orgsim_setting_find(org, "bulk_fail", NULL);
    writing w = {org, job, orgsim_object_named(org, job->object), {.user = org->api_user}};
    orgsim_table_read(&job->table, job->csv ? job->csv : "", job->csv_len, job->delimiter);
    job->row_count = job->table.count ? job->table.count - 1 : 0;
    job->rows = orgsim_alloc((job->row_count + 1) * sizeof *job->rows);
    job->order = orgsim_random(org);
    if (!check_upload(job, w.object))
        return;
    size_t end = stop ? (size_t)strtoull(stop->value, NULL, 10) : job->row_count;
    for (size_t i = 0; i < job->row_count && i < end; i++)
        write_one(&w, i);
    job->state = ORGSIM_JOB_COMPLETE;
    if (end < job->row_count)
        fail_job(job, "InternalServerError : the batch was retried too often", "");
    orgsim_journal_clear(org);
}

/* ---- results: never in the order of the upload ---- */

static size_t *shuffled(const orgsim_job *job)
{
    size_t *order = orgsim_alloc((job->row_count + 1) * sizeof *order);
    uint64_t seed = job->order | 1;
    for (size_t i = 0; i < job->row_count; i++)
        order[i] = i;
    for (size_t i = job->row_count; i > 1; i--) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t k = (size_t)(seed >> 33) % i, kept = order[i - 1];
        order[i - 1] = order[k];
        order[k] = kept;
    }
    return order;
}

static void write_line(const orgsim_job *job, const orgsim_record *record, const char *id,
                       const char *second, orgsim_buf *out)
{
    if (id) {
        orgsim_csv_put(out, id, job->delimiter, true);
        orgsim_csv_put(out, second, job->delimiter, false);
    }
    for (size_t i = 0; i < record->count; i++)
        orgsim_csv_put(out, record->values[i], job->delimiter, i == 0 && !id);
    orgsim_buf_puts(out, strcmp(job->line_ending, "CRLF") == 0 ? "\r\n" : "\n");
}

void orgsim_job_write_results(orgsim_call *call, const orgsim_job *job, const char *which)
{
    int fate = orgsim_ieq(which, "successfulResults") ? ORGSIM_ROW_DONE
               : orgsim_ieq(which, "failedResults")   ? ORGSIM_ROW_REFUSED
                                                      : ORGSIM_ROW_WAITS;
    static const char *const seconds[] = {"", "sf__Created", "sf__Error"};
    size_t *order = shuffled(job);
    if (job->table.count)
        write_line(job, &job->table.records[0], fate == ORGSIM_ROW_WAITS ? NULL : "sf__Id",
                   seconds[fate], &call->out);
    for (size_t i = 0; i < job->row_count; i++) {
        const orgsim_job_row *row = &job->rows[order[i]];
        const char *second = fate == ORGSIM_ROW_REFUSED ? row->error
                             : row->created             ? "true" : "false";
        if ((int)row->fate == fate)
            write_line(job, &job->table.records[order[i] + 1],
                       fate == ORGSIM_ROW_WAITS ? NULL : row->id, second, &call->out);
    }
    free(order);
    orgsim_pairs_add(&call->out_headers, "Content-Type", "text/csv");
    orgsim_answer(call, 200);
}
