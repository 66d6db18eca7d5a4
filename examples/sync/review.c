/* Looking through a plan, page by page, before anything is written. */
#include "sync.h"

#include <stdlib.h>
#include <string.h>

static int32_t write_page(void *ctx, crmsync_str piece)
{
    return fwrite(piece.ptr, 1, piece.len, ctx) == piece.len ? CRMSYNC_OK : CRMSYNC_E_CALLBACK;
}

static bool seen_before(review *r, const crmsync_plan_op *op)
{
    char id[160];
    if (!same(op->kind, "company") || op->crm_op != CRMSYNC_OP_CREATE || op->local_id.len > 150)
        return false;
    size_t n = (size_t)snprintf(id, sizeof id, "\n%.*s\n", (int)op->local_id.len, op->local_id.ptr);
    if (r->seen && strstr(r->seen, id))
        return true;
    char *grown = realloc(r->seen, r->seen_len + n + 1);
    if (!grown)
        return false;
    memcpy(grown + r->seen_len, id, n + 1);
    r->seen = grown;
    r->seen_len += n;
    return false;
}

static const char *operation(const crmsync_plan_op *op)
{
    if (op->crm_op == CRMSYNC_OP_CREATE || op->local_op == CRMSYNC_OP_CREATE)
        return "create";
    if (op->local_op == CRMSYNC_OP_DEACTIVATE)
        return "deactivate";
    if (op->crm_op == CRMSYNC_OP_UPDATE || op->local_op == CRMSYNC_OP_UPDATE)
        return "update";
    return op->link ? "link" : crmsync_outcome_name(op->outcome);
}

static void add_operations(review *r, const crmsync_plan *plan)
{
    crmsync_plan_op op = CRMSYNC_PLAN_OP_INIT;
    char key[160];
    for (size_t i = 0; crmsync_plan_get(plan, i, &op) == CRMSYNC_OK; i++) {
        crmsync_str object = op.object.len ? op.object : op.kind;
        snprintf(key, sizeof key, "plan.%s.%.*s.%s", operation(&op), (int)object.len, object.ptr,
                 crmsync_reason_name(op.reason));
        if (!seen_before(r, &op))
            tally_add(&r->sum, text(key), 1);
    }
}

int32_t review_page(const host *h, crmsync_plan *plan, review *r, crmsync_error **err)
{
    crmsync_plan_text_options options = CRMSYNC_PLAN_TEXT_OPTIONS_INIT;
    crmsync_plan_op op = CRMSYNC_PLAN_OP_INIT;
    size_t last = crmsync_plan_count(plan);
    char key[160];
    if (!last || crmsync_plan_get(plan, last - 1, &op))
        return CRMSYNC_OK;                 /* nothing on it */
    bool people = same(op.kind, "person"); /* their accounts come before them */
    snprintf(key, sizeof key, "shown.%s", people ? "people" : "companies");
    uint64_t shown = tally_get(&r->sum, key);
    options.colour = h->settings->colour;
    options.no_summary = 1; /* review_end() sums up all pages */
    options.limit = shown < r->first ? (uint32_t)(r->first - shown) : 0;
    add_operations(r, plan);
    if (!options.limit)
        return CRMSYNC_OK;
    if (!shown)
        printf("\nThe first operations on %s:\n", people ? "people" : "companies");
    tally_add(&r->sum, text(key), last < options.limit ? last : options.limit);
    return crmsync_plan_write_text(plan, &options, write_page, stdout, err);
}

void review_end(const settings *o, const review *r)
{
    const char *dim = o->colour ? "\033[2m" : "", *bold = o->colour ? "\033[1m" : "";
    const char *plain = o->colour ? "\033[0m" : "";
    printf("\n%sAll operations of this plan, by what is done and why:%s\n", bold, plain);
    for (size_t i = 0; i < r->sum.count; i++) {
        char word[32], object[64], reason[64];
        if (sscanf(r->sum.items[i].key, "plan.%31[^.].%63[^.].%63s", word, object, reason) != 3)
            continue;
        printf("%8llu  %-10s %-12s %s%s%s\n", r->sum.items[i].n, word, object, dim,
               crmsync_reason_text(crmsync_reason_by_name(text(reason))), plain);
    }
}
