/*
 * Any bytes as values, 0x1E between them: written into a statement by our escapes, read by the org's
 * parser, which shares no code. The statement finds the row that holds a value, and not one that
 * holds something else; whatever the values are, it stays one condition with as many literals.
 */
#include <stdint.h>
#include <stdlib.h>

#include "salesforce/soql.h"
#include "soql_tree.h"

enum { VALUES = 6, LONGEST = 600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int holds)
{
    if (!holds)
        abort();
}

static orgsim *org;
static orgsim_row *row;

static void prepare(void)
{
    char id[19];
    org = orgsim_new(NULL);
    expect(orgsim_insert(org, "Account", "{\"Name\":\"x\"}", id) == 0);
    row = orgsim_row_by_id(org, orgsim_object_named(org, "Account"), id);
    expect(row != NULL);
}

/* What is sent of a value: no zero bytes, and U+FFFD for what is no UTF-8. */
static void clean(crmi_buf *out, const uint8_t *bytes, size_t len)
{
    crmi_buf raw;
    crmi_buf_init(&raw, out->alloc);
    for (size_t i = 0; i < len; i++)
        crmi_buf_char(&raw, bytes[i] ? (char)bytes[i] : 'N');
    for (size_t done = 0; done < raw.len;) {
        crmsync_str rest = crmi_str_sub(crmi_buf_str(&raw), done, raw.len);
        size_t good = rest.len;
        crmi_str_utf8_valid(rest, &good);
        crmi_buf_add(out, crmi_str_sub(rest, 0, good));
        done += good;
        if (good < rest.len) {
            crmi_buf_lit(out, "\xef\xbf\xbd");
            done++;
        }
    }
    crmi_buf_clear(&raw);
}

static bool finds(const char *soql, size_t literals)
{
    orgsim_problem problem;
    orgsim_rows rows = {NULL, 0, 0};
    orgsim_soql *parsed = orgsim_soql_new(org, soql, true, &problem);
    expect(parsed && parsed->where->kind == SOQL_COMPARE);
    expect(parsed->where->literal_count == literals && !parsed->order_count);
    expect(parsed->limit < 0 && parsed->item_count == 1);
    expect(orgsim_soql_run(org, parsed, false, &rows, &problem) == 0);
    bool found = rows.count == 1;
    orgsim_rows_clear(&rows);
    orgsim_soql_free(parsed);
    return found;
}

static void check_like(const crmsync_alloc *alloc, crmsync_str value)
{
    crmi_buf soql, other;
    crmi_buf_init(&soql, alloc);
    crmi_buf_init(&other, alloc);
    crmi_buf_lit(&soql, "SELECT Id FROM Account WHERE Name LIKE '");
    crmi_soql_like(&soql, value);
    crmi_buf_char(&soql, '\'');
    crmi_buf_char(&soql, '\0');
    bool wild = false;
    for (size_t i = 0; i < value.len; i++) { /* a wildcard would match this, too */
        bool sign = value.ptr[i] == '%' || value.ptr[i] == '_';
        wild = wild || sign;
        crmi_buf_char(&other, sign ? '~' : value.ptr[i]);
    }
    crmi_buf_char(&other, '\0');
    expect(crmi_buf_ok(&soql) && crmi_buf_ok(&other));
    expect(finds(soql.ptr, 1));
    orgsim_put_text(row, "Name", other.ptr);
    expect(!wild || !finds(soql.ptr, 1));
    crmi_buf_clear(&other);
    crmi_buf_clear(&soql);
}

static void check_values(const crmsync_alloc *alloc, const crmi_buf *values, size_t count)
{
    crmsync_str list[VALUES];
    crmsync_str id = CRMI_STR("Id");
    crmi_buf soql;
    crmi_buf_init(&soql, alloc);
    for (size_t i = 0; i < count; i++)
        list[i] = crmi_buf_str(&values[i]);
    expect(crmi_soql_select(&soql, &id, 1, CRMI_STR("Account")));
    crmi_buf_lit(&soql, " WHERE ");
    crmi_soql_in(&soql, CRMI_STR("Name"), list, count);
    crmi_buf_char(&soql, '\0');
    expect(crmi_buf_ok(&soql));
    for (size_t i = 0; i < count; i++) {
        char *text = orgsim_copy(list[i].ptr, list[i].len);
        orgsim_put_text(row, "Name", text);
        expect(finds(soql.ptr, count));
        check_like(alloc, list[i]);
        free(text);
    }
    orgsim_put_text(row, "Name", "none of them, for it is longer than each and ends otherwise \x7f");
    expect(!finds(soql.ptr, count));
    crmi_buf_clear(&soql);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crmsync_alloc alloc;
    crmi_buf values[VALUES];
    size_t count = 0, at = 0;
    if (!org)
        prepare();
    expect(crmi_alloc_init(&alloc, NULL) == CRMSYNC_OK);
    while (at < size && count < VALUES) {
        size_t end = at;
        while (end < size && data[end] != 0x1E)
            end++;
        if (end > at && end - at <= LONGEST) {
            crmi_buf_init(&values[count], &alloc);
            clean(&values[count++], data + at, end - at);
        }
        at = end + 1;
    }
    if (count)
        check_values(&alloc, values, count);
    for (size_t i = 0; i < count; i++)
        crmi_buf_clear(&values[i]);
    return 0;
}
