/* Results of an ingest job come in any order and name no position: a row is known by its values. */
#include "salesforce/ingest.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "salesforce/answer.h"

#define ROW_REFUSED     400 /* the status that the error table is asked with */
#define SHORT_READS_MAX 2

static int key_cmp(const void *a, const void *b)
{
    const crmi_ingest_key *x = a, *y = b;
    int d = memcmp(x->digest, y->digest, sizeof x->digest);
    return d ? d : x->row < y->row ? -1 : x->row > y->row;
}

/* Values are framed by their length: "a","bc" is not "ab","c". */
static bool frame(crmi_buf *b, crmsync_str value)
{
    crmi_buf_u64(b, value.len);
    crmi_buf_char(b, ':');
    crmi_buf_add(b, value);
    return crmi_buf_ok(b);
}

static int32_t digest_of(crmi_ingest *op, const crmi_csv_row *row, const uint32_t *map,
                         unsigned char out[16], crmsync_error **err)
{
    unsigned char whole[CRMI_SHA256_LEN];
    crmi_buf_reset(&op->scratch);
    for (size_t i = 0; i < op->target.column_count; i++)
        if (!frame(&op->scratch, row->fields[map ? map[i] : i]))
            return crmi_fail_nomem(err);
    if (!crmi_sha256(crmi_buf_str(&op->scratch), whole))
        return crmi_fail(err, CRMSYNC_E_INTERNAL, "SHA-256 is not available");
    memcpy(out, whole, 16);
    return CRMSYNC_OK;
}

/* ---- the rows that were sent ---- */

static int32_t take_sent(void *ctx, const crmi_csv_row *row, crmsync_error **err)
{
    crmi_ingest *op = ctx;
    if (!row->number || row->number > op->rows)
        return CRMSYNC_OK;
    crmi_ingest_key *key = &op->keys[row->number - 1];
    key->row = (uint32_t)(row->number - 1);
    return digest_of(op, row, NULL, key->digest, err);
}

/* From the very bytes that were uploaded, so that nothing can differ. */
static int32_t make_keys(crmi_ingest *op, crmsync_error **err)
{
    crmi_csv_reader r;
    size_t n = op->rows ? op->rows : 1;
    op->keys = crmi_alloc_zeroed(op->alloc, n, sizeof *op->keys);
    op->results = crmi_alloc_zeroed(op->alloc, n, sizeof *op->results);
    op->map = crmi_alloc_zeroed(op->alloc, op->target.column_count, sizeof *op->map);
    op->key_cap = n;
    if (!op->keys || !op->results || !op->map)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < op->rows; i++)
        op->results[i].unknown = true;
    crmi_csv_reader_init(&r, op->alloc, ',', NULL, take_sent, op);
    int32_t rc = crmi_csv_push(&r, crmi_buf_str(&op->csv), err);
    if (!rc)
        rc = crmi_csv_end(&r, err);
    crmi_csv_reader_clear(&r);
    qsort(op->keys, op->rows, sizeof *op->keys, key_cmp);
    return rc;
}

void crmi_ingest_result_reset(crmi_ingest *op)
{
    size_t n = op->key_cap;
    crmi_csv_reader_clear(&op->reader);
    op->reading = false;
    crmi_dealloc_array(op->alloc, op->keys, op->keys ? n : 0, sizeof *op->keys);
    crmi_dealloc_array(op->alloc, op->results, op->results ? n : 0, sizeof *op->results);
    crmi_dealloc_array(op->alloc, op->map, op->map ? op->target.column_count : 0, sizeof *op->map);
    op->keys = NULL;
    op->results = NULL;
    op->map = NULL;
    op->key_cap = 0;
    op->strangers = op->told = 0;
}

/* The next row with these values that has no result yet; identical ones are interchangeable. */
static crmi_write_result *take_row(crmi_ingest *op, const unsigned char digest[16])
{
    size_t low = 0, high = op->rows;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(op->keys[middle].digest, digest, 16) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == op->rows || memcmp(op->keys[low].digest, digest, 16) != 0)
        return NULL;
    size_t at = low + op->keys[low].taken;
    if (at >= op->rows || memcmp(op->keys[at].digest, digest, 16) != 0)
        return NULL;
    op->keys[low].taken++;
    return &op->results[op->keys[at].row];
}

/* ---- one result ---- */

static bool is_name_list(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '.' || c == ',' || c == ' ';
        if (!good)
            return false;
    }
    return true;
}

static ptrdiff_t last_colon(crmsync_str s)
{
    size_t i = s.len;
    while (i && s.ptr[i - 1] != ':')
        i--;
    return (ptrdiff_t)i - 1;
}

static void write_names(crmi_jw *w, crmsync_str list)
{
    crmi_jw_member_array(w, "fields");
    while (list.len) {
        ptrdiff_t comma = crmi_str_chr(list, ',');
        size_t n = comma < 0 ? list.len : (size_t)comma;
        crmsync_str name = crmi_str_trim(crmi_str_sub(list, 0, n));
        if (name.len)
            crmi_jw_text(w, name);
        list = crmi_str_sub(list, n + 1, list.len);
    }
    crmi_jw_array_end(w);
}

/* "CODE:message:field,field --" to the JSON that the error reader knows from elsewhere. */
static void write_error(crmi_buf *out, crmsync_str text)
{
    text = crmi_str_trim(text);
    if (crmi_str_ends(text, "--"))
        text = crmi_str_trim(crmi_str_sub(text, 0, text.len - 2));
    ptrdiff_t colon = crmi_str_chr(text, ':');
    size_t cut = colon < 0 ? text.len : (size_t)colon;
    crmsync_str code = crmi_str_sub(text, 0, cut), names = CRMI_STR_EMPTY;
    crmsync_str message = crmi_str_sub(text, cut + 1, text.len);
    ptrdiff_t last = last_colon(message);
    if (last >= 0 && is_name_list(crmi_str_sub(message, (size_t)last + 1, message.len))) {
        names = crmi_str_sub(message, (size_t)last + 1, message.len);
        message = crmi_str_sub(message, 0, (size_t)last);
    }
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_array(&w);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "errorCode", code);
    crmi_jw_member_text(&w, "message", message);
    write_names(&w, names);
    crmi_jw_object_end(&w);
    crmi_jw_array_end(&w);
}

static int32_t take_error(crmi_ingest *op, crmsync_str text, crmi_write_result *result,
                          crmsync_error **err)
{
    crmi_buf_reset(&op->scratch);
    write_error(&op->scratch, text);
    if (!crmi_buf_ok(&op->scratch))
        return crmi_fail_nomem(err);
    crmi_response said = {.status = ROW_REFUSED, .body = crmi_buf_str(&op->scratch)};
    return crmi_sf_error_read(&op->arena, &said, &result->errors, err);
}

static int32_t take_result(crmi_ingest *op, const crmi_csv_row *row, crmi_write_result *result,
                           crmsync_error **err)
{
    result->unknown = false;
    if (op->step == CRMI_INGEST_UNPROCESSED) /* what the error table knows from composites */
        return take_error(op,
                          CRMI_STR("PROCESSING_HALTED:the job ended before it came to this row"),
                          result, err);
    crmsync_str id = row->fields[op->id_at], second = row->fields[op->second_at];
    if (crmi_sf_id_like(id) && !crmi_arena_str(&op->arena, id, &result->id))
        return crmi_fail_nomem(err);
    if (op->step == CRMI_INGEST_FAILURES)
        return take_error(op, second, result, err);
    result->success = true;
    result->created = crmi_str_eq_ci(second, CRMI_STR("true"));
    return CRMSYNC_OK;
}

/* ---- a result, row by row ---- */

static bool find_column(const crmi_csv_row *row, crmsync_str name, size_t *at)
{
    for (size_t i = 0; i < row->count; i++) {
        if (crmi_str_eq_ci(row->fields[i], name)) {
            *at = i;
            return true;
        }
    }
    return false;
}

static int32_t take_header(crmi_ingest *op, const crmi_csv_row *row, crmsync_error **err)
{
    crmsync_str second =
        op->step == CRMI_INGEST_FAILURES ? CRMI_STR("sf__Error") : CRMI_STR("sf__Created");
    bool good =
        op->step == CRMI_INGEST_UNPROCESSED || (find_column(row, CRMI_STR("sf__Id"), &op->id_at) &&
                                                find_column(row, second, &op->second_at));
    for (size_t i = 0; good && i < op->target.column_count; i++) {
        size_t at = 0;
        good = find_column(row, op->target.columns[i], &at);
        op->map[i] = (uint32_t)at;
    }
    if (good)
        return CRMSYNC_OK;
    return crmi_answer_odd(err, "bulk results", "the column names");
}

static int32_t take_told(void *ctx, const crmi_csv_row *row, crmsync_error **err)
{
    crmi_ingest *op = ctx;
    unsigned char digest[16];
    if (!row->number)
        return take_header(op, row, err);
    int32_t rc = digest_of(op, row, op->map, digest, err);
    if (rc)
        return rc;
    op->told++;
    crmi_write_result *result = take_row(op, digest);
    if (result)
        return take_result(op, row, result, err);
    op->strangers++; /* its row stays unknown, to be looked for by its values */
    return CRMSYNC_OK;
}

static int32_t begin(crmi_ingest *op, crmsync_error **err)
{
    int32_t rc = op->keys ? CRMSYNC_OK : make_keys(op, err);
    if (rc)
        return rc;
    crmi_csv_reader_init(&op->reader, op->alloc, ',', NULL, take_told, op);
    op->reading = true;
    op->told = 0;
    return CRMSYNC_OK;
}

/* A result that was read in part is read again from the first one on. */
static int32_t give_up(crmi_ingest *op, int32_t rc)
{
    if (!rc)
        return rc;
    crmi_ingest_result_reset(op);
    op->step = CRMI_INGEST_SUCCESSES;
    return rc;
}

int32_t crmi_ingest_result_push(crmi_ingest *op, crmsync_str bytes, crmsync_error **err)
{
    int32_t rc = op->reading ? CRMSYNC_OK : begin(op, err);
    if (!rc && bytes.len)
        rc = crmi_csv_push(&op->reader, bytes, err);
    return give_up(op, rc);
}

/* A body that was cut between two rows looks like a shorter one. */
static int32_t check_count(crmi_ingest *op, crmsync_error **err)
{
    uint64_t good = op->processed > op->failed ? op->processed - op->failed : 0;
    uint64_t expected = op->step == CRMI_INGEST_SUCCESSES  ? good
                        : op->step == CRMI_INGEST_FAILURES ? op->failed
                                                           : 0;
    if (op->told >= expected || op->short_reads >= SHORT_READS_MAX)
        return CRMSYNC_OK;
    op->short_reads++;
    return crmi_fail(err, CRMSYNC_E_PROTOCOL,
                     "bulk results: %llu rows came, the job counts %llu; read them again",
                     (unsigned long long)op->told, (unsigned long long)expected);
}

int32_t crmi_ingest_result_end(crmi_ingest *op, crmsync_error **err)
{
    int32_t rc = crmi_csv_end(&op->reader, err);
    if (!rc)
        rc = check_count(op, err);
    crmi_csv_reader_clear(&op->reader);
    op->reading = false;
    return give_up(op, rc);
}
