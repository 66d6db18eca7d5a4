/* Bytes from outside as a plan: refused, or shown and written back without harm. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <crmsync/plan.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int32_t swallow(void *ctx, crmsync_str text)
{
    *(size_t *)ctx += text.len;
    return CRMSYNC_OK;
}

static void walk(const crmsync_plan *plan)
{
    for (size_t i = 0; i < crmsync_plan_count(plan); i++) {
        crmsync_plan_op op = CRMSYNC_PLAN_OP_INIT;
        if (crmsync_plan_get(plan, i, &op) != CRMSYNC_OK) {
            abort();
        }
        for (size_t k = 0; k < op.field_count; k++) {
            crmsync_plan_field field = CRMSYNC_PLAN_FIELD_INIT;
            if (crmsync_plan_get_field(plan, i, k, &field) != CRMSYNC_OK) {
                abort();
            }
        }
    }
}

/* In bulk, explained, held against records that are gone, and taken back. */
static void turn(crmsync_plan *plan, size_t *written)
{
    static int32_t (*const bulk[])(const crmsync_plan *, size_t, size_t, crmsync_rows **,
                                   crmsync_error **) = {crmsync_plan_ops, crmsync_plan_fields,
                                                        crmsync_plan_others};
    crmsync_plan *back = NULL;
    for (size_t i = 0; i < 3; i++) {
        crmsync_rows *rows = NULL;
        if (bulk[i](plan, 0, SIZE_MAX, &rows, NULL) != CRMSYNC_OK) {
            abort();
        }
        crmsync_rows_free(rows);
    }
    for (size_t i = 0; i < crmsync_plan_count(plan); i++) {
        if (crmsync_plan_explain(plan, i, swallow, written, NULL) != CRMSYNC_OK) {
            abort();
        }
    }
    if (crmsync_plan_inverse(plan, &back, NULL) != CRMSYNC_OK ||
        crmsync_plan_recheck(back, NULL, NULL, 0, NULL, NULL) != CRMSYNC_OK ||
        crmsync_plan_write_json(back, swallow, written, NULL) != CRMSYNC_OK) {
        abort();
    }
    crmsync_plan_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crmsync_plan *plan = NULL;
    size_t written = 0;
    crmsync_plan_text_options options = CRMSYNC_PLAN_TEXT_OPTIONS_INIT;
    if (crmsync_plan_read(NULL, (crmsync_str){(const char *)data, size}, &plan, NULL) ==
        CRMSYNC_OK) {
        options.all_fields = 1;
        walk(plan);
        turn(plan, &written);
        if (crmsync_plan_write_text(plan, &options, swallow, &written, NULL) != CRMSYNC_OK ||
            crmsync_plan_write_json(plan, swallow, &written, NULL) != CRMSYNC_OK) {
            abort();
        }
    }
    crmsync_plan_free(plan);
    return 0;
}
