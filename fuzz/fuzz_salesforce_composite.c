/*
 * Any bytes as the answer of a write. The first byte is the number of parts, the second chooses the
 * reader: 'C' collection, 'G' graph, 'N' note, 'E' error, 'W' single record, else composite. What
 * is taken has one result for each thing sent.
 */
#include <stdint.h>
#include <stdlib.h>

#include "salesforce/collections.h"
#include "salesforce/composite.h"
#include "salesforce/graph.h"
#include "salesforce/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int holds)
{
    if (!holds)
        abort();
}

static void check_result(const crmi_write_result *w)
{
    expect(w->success ? w->errors.count == 0 : w->errors.count > 0);
    expect(!w->id.len || crmi_sf_id_like(w->id));
    for (size_t i = 0; i < w->errors.count; i++)
        for (size_t k = 0; k < w->errors.items[i].match_count; k++)
            expect(crmi_sf_id_like(w->errors.items[i].matches[k].id));
}

static int32_t read_collection(crmi_arena *arena, const crmi_response *r, size_t n,
                               crmsync_error **err)
{
    crmi_write_result results[CRMI_COMPOSITE_MAX];
    int32_t rc = crmi_collections_read(arena, r, n, NULL, results, err);
    for (size_t i = 0; !rc && i < n; i++)
        check_result(&results[i]);
    return rc;
}

static int32_t read_graph(crmi_arena *arena, const crmi_response *r, size_t n, crmsync_error **err)
{
    crmsync_str ids[] = {CRMI_STR("g1"), CRMI_STR("g2")};
    size_t nodes[] = {n, 1};
    crmi_graph_result results[2];
    int32_t rc = crmi_graph_read(arena, r, ids, nodes, 2, results, err);
    for (size_t i = 0; !rc && i < 2; i++) {
        expect(results[i].outcome >= CRMI_GRAPH_DONE && results[i].outcome <= CRMI_GRAPH_UNKNOWN);
        expect((results[i].culprit < results[i].node_count) ==
               (results[i].outcome == CRMI_GRAPH_FAILED));
    }
    return rc;
}

static int32_t read_composite(const crmsync_alloc *alloc, const crmi_response *r, size_t n,
                              crmsync_error **err)
{
    crmi_composite_answer a;
    int32_t rc = crmi_composite_read(alloc, r, n, &a, err);
    expect(a.count == (rc ? 0 : n));
    crmi_composite_answer_clear(&a);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crmsync_alloc alloc;
    crmi_arena arena;
    crmi_write_result one;
    crmi_sf_errors errors;
    crmsync_error *err = NULL;
    int32_t rc;
    if (size < 2)
        return 0;
    size_t n = data[0] % CRMI_COMPOSITE_MAX + 1;
    crmi_response r = {.status = 200, .body = {(const char *)data + 2, size - 2}};
    expect(crmi_alloc_init(&alloc, NULL) == CRMSYNC_OK);
    crmi_arena_init(&arena, &alloc);
    switch (data[1]) {
    case 'C': rc = read_collection(&arena, &r, n, &err); break;
    case 'G': rc = read_graph(&arena, &r, n, &err); break;
    case 'N':
        rc = crmi_note_read(&arena, &r, n - 1, &one, &err);
        if (!rc)
            check_result(&one);
        break;
    case 'E':
        r.status = 400;
        rc = crmi_sf_error_read(&arena, &r, &errors, &err);
        expect(rc == CRMSYNC_OK && errors.count > 0 && errors.rule != NULL);
        break;
    case 'W':
        r.status = 201;
        rc = crmi_sobject_write_read(&arena, &r, &one, &err);
        expect(rc == CRMSYNC_OK);
        check_result(&one);
        break;
    default: rc = read_composite(&alloc, &r, n, &err);
    }
    expect(rc == crmsync_error_code(err));
    crmsync_error_free(err);
    crmi_arena_clear(&arena);
    return 0;
}
