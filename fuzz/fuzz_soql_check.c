/*
 * Any bytes as a statement, before our check and before the org's parser, which share no code. What
 * both take is the same query: object and columns agree. What the check takes holds no second
 * statement: no semicolon and no comment outside of quotes.
 */
#include <stdint.h>
#include <stdlib.h>

#include "csv.h"
#include "salesforce/soql_check.h"
#include "soql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int holds)
{
    if (!holds)
        abort();
}

static void check_outside_quotes(crmsync_str s)
{
    bool quoted = false;
    for (size_t i = 0; i < s.len; i++) {
        if (quoted && s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '\'')
            quoted = !quoted;
        else if (!quoted)
            expect(!strchr(";/*#`", s.ptr[i]) && (s.ptr[i] != '-' || s.ptr[i - 1] != '-'));
    }
    expect(!quoted);
}

static void compare(const crmi_soql_parts *ours, orgsim *org, const orgsim_soql *theirs)
{
    orgsim_buf line = {NULL, 0, 0};
    orgsim_table table;
    expect(crmi_str_eq_ci(ours->object, crmi_str(orgsim_soql_object(theirs)->name)));
    orgsim_soql_write_csv(org, theirs, NULL, ',', &line);
    orgsim_table_read(&table, line.ptr, line.len, ',');
    expect(table.records[0].count == ours->count);
    for (size_t i = 0; i < ours->count; i++)
        expect(crmi_str_eq_ci(ours->fields[i].name, crmi_str(table.records[0].values[i])));
    orgsim_table_clear(&table);
    orgsim_buf_clear(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static orgsim *org;
    crmsync_alloc alloc;
    crmi_arena arena;
    crmi_soql_parts ours;
    crmsync_error *err = NULL;
    orgsim_problem problem;
    crmsync_str soql = {(const char *)data, size};
    if (!org)
        org = orgsim_new(NULL);
    expect(crmi_alloc_init(&alloc, NULL) == CRMSYNC_OK);
    crmi_arena_init(&arena, &alloc);
    int32_t rc = crmi_soql_check(&arena, soql, &ours, &err);
    expect(rc == crmsync_error_code(err));
    char *text = orgsim_copy(soql.ptr, soql.len);
    orgsim_soql *theirs = strlen(text) == size ? orgsim_soql_new(org, text, true, &problem) : NULL;
    if (!rc)
        check_outside_quotes(soql);
    if (!rc && theirs)
        compare(&ours, org, theirs);
    orgsim_soql_free(theirs);
    free(text);
    crmi_arena_clear(&arena);
    crmsync_error_free(err);
    return 0;
}
