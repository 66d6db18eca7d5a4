/*
 * Any bytes as a query's answer. The first byte chooses: 'W' wrapped in a composite, 'A' with the
 * columns of the answer, 'T' as text of a literal, anything else the columns below. A page that is
 * taken has a usable next address and no more rows than bytes; one that is refused leaves nothing.
 */
#include <stdint.h>
#include <stdlib.h>

#include "salesforce/query.h"
#include "salesforce/soql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const crmi_query_column columns[] = {
    {CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID},
    {CRMSYNC_STR_LIT("Name"), CRMSYNC_CELL_TEXT},
    {CRMSYNC_STR_LIT("Amount"), CRMSYNC_CELL_DECIMAL},
    {CRMSYNC_STR_LIT("SystemModstamp"), CRMSYNC_CELL_DATETIME},
    {CRMSYNC_STR_LIT("Account.Name"), CRMSYNC_CELL_ABSENT},
};

static void expect(int holds)
{
    if (!holds)
        abort();
}

/* A literal ends where it ends: no quote inside that is not escaped, no stray backslash. */
static void check_literal(const crmsync_alloc *alloc, crmsync_str in)
{
    crmi_buf b;
    crmi_buf_init(&b, alloc);
    crmi_soql_text(&b, in);
    expect(crmi_buf_ok(&b) && b.len >= 2 && b.ptr[0] == '\'' && b.ptr[b.len - 1] == '\'');
    expect(crmi_str_utf8_valid(crmi_buf_str(&b), NULL));
    expect(crmi_soql_text_len(in) >= b.len);
    for (size_t i = 1; i + 1 < b.len; i++) {
        expect(b.ptr[i] != '\'' && (unsigned char)b.ptr[i] >= 0x20);
        if (b.ptr[i] != '\\')
            continue;
        i++;
        expect(i + 1 < b.len && strchr("nrtbfu\"'\\", b.ptr[i]) != NULL);
    }
    crmi_buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crmsync_alloc alloc;
    crmi_query_page page;
    crmsync_error *err = NULL;
    char kind = size ? (char)data[0] : '\0';
    bool tagged = kind == 'W' || kind == 'A' || kind == 'T';
    crmsync_str body = {(const char *)data + (tagged ? 1 : 0), size - (tagged ? 1 : 0)};
    expect(crmi_alloc_init(&alloc, NULL) == CRMSYNC_OK);
    if (kind == 'T') {
        check_literal(&alloc, body);
        return 0;
    }
    crmi_query_page_init(&page, &alloc);
    crmi_response response = {.status = 200, .body = body};
    int32_t rc = crmi_query_answer_read(
        &alloc, kind == 'W' ? CRMI_REQ_WRAPPED : 0, &response, CRMI_STR("Contact"), columns,
        kind == 'A' ? 0 : sizeof columns / sizeof *columns, &page, &err);
    expect(rc == crmsync_error_code(err));
    if (rc) {
        expect(page.rows == NULL && page.next_url.len == 0);
    } else {
        expect(page.done || crmi_query_next_ok(crmi_buf_str(&page.next_url)));
        expect(crmsync_rows_count(page.rows) <= size / 2); /* a record is two bytes at least */
    }
    crmsync_error_free(err);
    crmi_query_page_clear(&page);
    return 0;
}
