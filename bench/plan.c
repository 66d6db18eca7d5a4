/*
 * What planning costs, beside the bare parse of the same bytes: one run, one machine, one table.
 *
 *   bench_plan SCHEMA.json [RECORDS [ROW]]
 */
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

#include "clock.h"
#include "model/rows.h"
#include "salesforce/collections.h"
#include "sample.h"
#include "sync/apply.h"

typedef struct bench {
    sample s;
    crmi_query_page page;
    crmi_import_input *imports;
    crmi_person_input *people;
    crmi_record *candidates;
    crmi_plan plan; /* its memory is kept from page to page, as a job keeps it */
    size_t changed, written, bytes; /* what the last round came to */
} bench;

/* ---- import ---- */

static bool bare_parse(void *ctx)
{
    bench *b = ctx;
    yyjson_doc *doc = yyjson_read(b->s.page.ptr, b->s.page.len, 0);
    bool ok = doc != NULL;
    yyjson_doc_free(doc);
    return ok;
}

static bool decode(void *ctx)
{
    bench *b = ctx;
    return crmi_query_page_read(&b->s.alloc, crmi_buf_str(&b->s.page), CRMI_STR("Lead"),
                                b->s.columns, SAMPLE_COLUMNS, &b->page, NULL) == CRMSYNC_OK;
}

static bool digest(void *ctx)
{
    bench *b = ctx;
    crmi_arena arena;
    crmi_digest_fields fields;
    uint64_t all = 0;
    crmi_arena_init(&arena, &b->s.alloc);
    bool ok = decode(b) &&
              crmi_digest_fields_find(&arena, &b->s.config->objects[CRMI_OBJECT_LEAD],
                                      b->page.rows, &fields);
    for (size_t i = 0; ok && i < b->s.count; i++)
        all ^= crmi_remote_digest(&fields, (crmi_record){b->page.rows, i});
    crmi_arena_clear(&arena);
    return all != 0;
}

static bool decide_page(bench *b, const crmsync_rows *people)
{
    crmi_plan *plan = &b->plan;
    crmi_plan_reset(plan);
    for (size_t i = 0; i < b->s.count; i++)
        b->imports[i] = (crmi_import_input){
            .crm = {b->page.rows, i}, .link = &b->s.links[i], .local = {people, i}};
    int32_t rc = crmi_decide_import(&b->s.env, crmi_crm_object_at(CRMI_OBJECT_LEAD), b->imports,
                                    b->s.count, plan, NULL);
    b->changed = 0;
    for (size_t i = 0; i < plan->count; i++)
        b->changed += plan->items[i].local_op == CRMI_OP_UPDATE;
    return rc == CRMSYNC_OK && b->changed == (b->s.count + 9) / 10;
}

static bool import_typed(void *ctx)
{
    bench *b = ctx;
    return digest(b) && decide_page(b, b->s.people);
}

static bool import_json(void *ctx)
{
    bench *b = ctx;
    crmsync_rows *people = NULL;
    bool ok = crmsync_rows_new(NULL, CRMI_STR("person"), NULL, 0, &people, NULL) == CRMSYNC_OK;
    crmsync_str rest = crmi_buf_str(&b->s.lines);
    for (ptrdiff_t end; ok && (end = crmi_str_chr(rest, '\n')) >= 0;
         rest = crmi_str_sub(rest, (size_t)end + 1, rest.len))
        ok = crmsync_rows_append_json(people, crmi_str_sub(rest, 0, (size_t)end), NULL) ==
             CRMSYNC_OK;
    ok = ok && digest(b) && decide_page(b, people);
    crmsync_rows_free(people);
    return ok;
}

/* ---- export ---- */

/* Every second person is found in the CRM, by e-mail; the others are new. */
static bool plan_export(bench *b, crmi_plan *plan)
{
    crmi_plan_reset(plan);
    for (size_t i = 0; i < b->s.count; i++) {
        b->candidates[i] = (crmi_record){b->page.rows, i};
        b->people[i] = (crmi_person_input){.local = {b->s.people, i},
                                           .candidates = &b->candidates[i],
                                           .candidate_count = i % 2,
                                           .company = CRMI_NO_DECISION};
    }
    crmi_export_page page = {.people = b->people, .person_count = b->s.count};
    return crmi_decide_export(&b->s.env, &page, plan, NULL) == CRMSYNC_OK;
}

static bool export_plan(void *ctx)
{
    bench *b = ctx;
    crmi_plan *plan = &b->plan;
    bool ok = plan_export(b, plan);
    b->written = 0;
    for (size_t i = 0; i < plan->count; i++)
        b->written += plan->items[i].crm_op != CRMI_OP_NONE;
    return ok && b->written >= b->s.count / 2;
}

static bool to_write(crmi_arena *arena, const crmi_decision *d, crmi_write *out)
{
    crmi_write_field *fields = crmi_arena_array(arena, d->field_count + 1, sizeof *fields);
    size_t n = 0;
    if (!fields)
        return false;
    for (size_t i = 0; i < d->field_count; i++) {
        if (d->fields[i].crm_new.type != CRMSYNC_CELL_ABSENT)
            fields[n++] = (crmi_write_field){d->fields[i].remote, d->fields[i].crm_new};
    }
    *out = (crmi_write){d->object, d->crm_op == CRMI_OP_UPDATE ? d->crm_id : CRMI_STR_EMPTY, fields,
                        n};
    return true;
}

/* Requests of up to 200 records with the same operation. */
static bool export_requests(bench *b, crmi_plan *plan, uint32_t crm_op, uint32_t op)
{
    crmi_write writes[CRMI_COLLECTION_MAX];
    crmi_write_options options = {.auto_assign = CRMI_ASSIGN_NO};
    size_t n = 0;
    bool ok = true;
    for (size_t i = 0; ok && i <= plan->count; i++) {
        if (i < plan->count && plan->items[i].crm_op == crm_op)
            ok = to_write(&plan->arena, &plan->items[i], &writes[n++]);
        if (ok && n && (n == CRMI_COLLECTION_MAX || i == plan->count)) {
            crmi_request r;
            crmi_request_init(&r, &b->s.alloc);
            ok = !crmi_collections_request(&r, CRMI_STR("60.0"), op, CRMI_STR_EMPTY, writes, n,
                                           NULL, false, &options, NULL);
            b->bytes += r.body.len;
            crmi_request_clear(&r);
            n = 0;
        }
    }
    return ok;
}

static bool export_bytes(void *ctx)
{
    bench *b = ctx;
    crmi_plan *plan = &b->plan;
    b->bytes = 0;
    return plan_export(b, plan) &&
           export_requests(b, plan, CRMI_OP_CREATE, CRMI_WRITE_CREATE) &&
           export_requests(b, plan, CRMI_OP_UPDATE, CRMI_WRITE_UPDATE);
}

/* ---- the table ---- */

static const struct {
    const char *name, *what;
    bench_work work;
    double bar; /* times the bare parse; 0 = none */
} rows[] = {
    {"parse", "bare yyjson parse of the page", bare_parse, 0},
    {"decode", "page to typed rows", decode, 0},
    {"unchanged", "decoded, digests of the mapped fields made", digest, 1.8},
    {"import", "decoded, digested, merged field by field; local rows typed", import_typed, 2.5},
    {"import json", "the same, local records read from JSON lines", import_json, 4},
    {"export", "matched, routed, merged, owned", export_plan, 0},
    {"export bytes", "the same, and the bodies of the requests", export_bytes, 0},
};

static bool run(bench *b, const char *only)
{
    double bare = 0;
    printf("%zu records, %zu bytes a page\n\n", b->s.count, b->s.page.len);
    printf("%-13s %9s %11s %8s %5s\n", "", "ns/rec", "rec/s", "x parse", "bar");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (only && i && !crmi_str_is(crmi_str(only), rows[i].name))
            continue;
        double ns = bench_best_ns(rows[i].work, b);
        if (ns < 0) {
            fprintf(stderr, "%s: the work failed or came to another result\n", rows[i].name);
            return false;
        }
        if (!i)
            bare = ns;
        printf("%-13s %9.0f %11.0f %8.2f", rows[i].name, ns / (double)b->s.count,
               (double)b->s.count / ns * 1e9, ns / bare);
        if (rows[i].bar > 0)
            printf(" %5.1f", rows[i].bar);
        else
            printf(" %5s", "");
        printf("  %s\n", rows[i].what);
    }
    printf("\nimport changed %zu local records; export wrote %zu records in %zu bytes\n",
           b->changed, b->written, b->bytes);
    return true;
}

static char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(1u << 20) : NULL;
    *len = text ? fread(text, 1, 1u << 20, f) : 0;
    if (f)
        fclose(f);
    return text;
}

int main(int argc, char **argv)
{
    bench b = {0};
    size_t len = 0, count = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 2000;
    char *schema = argc > 1 ? read_file(argv[1], &len) : NULL;
    if (!schema || !count || count > 2000) {
        fputs("usage: bench_plan SCHEMA.json [RECORDS, at most 2000 [ROW]]\n", stderr);
        free(schema);
        return 2;
    }
    bool ok = sample_make(&b.s, count, (crmsync_str){schema, len});
    crmi_query_page_init(&b.page, &b.s.alloc);
    crmi_plan_init(&b.plan, &b.s.alloc);
    b.imports = calloc(count, sizeof *b.imports);
    b.people = calloc(count, sizeof *b.people);
    b.candidates = calloc(count, sizeof *b.candidates);
    ok = ok && b.imports && b.people && b.candidates && run(&b, argc > 3 ? argv[3] : NULL);
    free(b.candidates);
    free(b.people);
    free(b.imports);
    crmi_plan_clear(&b.plan);
    crmi_query_page_clear(&b.page);
    sample_clear(&b.s);
    free(schema);
    return ok ? 0 : 1;
}
