/* What runs cost, before they run: by the sizes of pages and requests. */
#include "base/sized.h"
#include "model/rows.h"
#include "sync/schedule.h"

#define READ_ROWS   2000u /* of a query's page */
#define LOOKUP_ROWS 1000u /* people that one composite looks up */
#define WRITE_ROWS  200u  /* of a collection */
#define COMPOSITE   5u    /* collections in one call, with packing = max */
#define DAY_MIN     1440u

typedef struct estimate {
    crmsync_workspace *ws;
    const crmsync_estimate_input *in;
    crmsync_rows *rows;
    uint64_t calls, calls_per_day;
} estimate;

static uint64_t parts(uint64_t n, uint64_t size)
{
    return n / size + (n % size != 0);
}

static int32_t add_row(estimate *e, const char *phase, const char *object, uint64_t calls,
                       uint64_t runs, uint64_t per_day, crmsync_error **err)
{
    const uint64_t numbers[] = {calls, runs, per_day};
    crmsync_cell cells[5] = {crmi_cell_text(crmi_str(phase)), crmi_cell_text(crmi_str(object))};
    crmi_buf text[3];
    bool ok = true;
    for (size_t i = 0; i < 3; i++) {
        crmi_buf_init(&text[i], crmi_workspace_alloc(e->ws));
        crmi_buf_u64(&text[i], numbers[i]);
        ok = ok && crmi_buf_ok(&text[i]);
        cells[2 + i] = (crmsync_cell){.text = crmi_buf_str(&text[i]), .type = CRMSYNC_CELL_DECIMAL};
    }
    int32_t rc = ok ? crmsync_rows_append(e->rows, cells, 5, err) : crmi_fail_nomem(err);
    for (size_t i = 0; i < 3; i++)
        crmi_buf_clear(&text[i]);
    return rc;
}

static int32_t add_part(estimate *e, const char *phase, const char *object, uint64_t calls,
                        uint32_t minutes, crmsync_error **err)
{
    uint32_t every = e->in->interval_min ? e->in->interval_min : minutes;
    uint64_t runs = every ? parts(DAY_MIN, every) : 0; /* by hand: as often as somebody asks */
    e->calls += calls;
    e->calls_per_day += calls * runs;
    return add_row(e, phase, object, calls, runs, calls * runs, err);
}

/* Requests that carry so many records. */
static uint64_t writes(const crmsync_config *c, uint64_t n)
{
    if (c->limits.packing == CRMI_PACKING_ONE)
        return n;
    return parts(n, c->limits.packing == CRMI_PACKING_MAX ? WRITE_ROWS * COMPOSITE : WRITE_ROWS);
}

static uint32_t interval_of(const crmsync_config *c, const char *kind)
{
    uint32_t minutes = 0;
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        const crmi_object_rule *rule = &c->objects[i];
        bool own = rule->enabled && strcmp(crmi_crm_object_at(i)->local_kind, kind) == 0;
        if (own && rule->interval_min && (!minutes || rule->interval_min < minutes))
            minutes = rule->interval_min;
    }
    return minutes;
}

static int32_t add_all(estimate *e, crmsync_error **err)
{
    const crmsync_config *c = e->ws->config;
    const crmsync_estimate_input *in = e->in;
    int32_t rc = CRMSYNC_OK;
    for (uint32_t i = 0; !rc && i < CRMI_OBJECT_LAST; i++) {
        if (crmi_schedule_imports(c, i)) /* an empty poll is a call, too */
            rc = add_part(e, "import", crmi_crm_object_at(i)->name,
                          in->read ? parts(in->read, READ_ROWS) : 1, c->objects[i].interval_min, err);
    }
    if (!rc && crmi_schedule_exports(c, "company"))
        rc = add_part(e, "export", "company",
                      parts(in->companies, LOOKUP_ROWS) + writes(c, in->companies),
                      interval_of(c, "company"), err);
    if (!rc && crmi_schedule_exports(c, "person")) /* looked up, written, looked back at */
        rc = add_part(e, "export", "person",
                      2 * parts(in->people, LOOKUP_ROWS) + writes(c, in->people),
                      interval_of(c, "person"), err);
    if (!rc && c->activities.enabled)
        rc = add_part(e, "activities", "activity", writes(c, in->activities),
                      interval_of(c, "person"), err);
    return rc ? rc : add_row(e, "total", "", e->calls, 0, e->calls_per_day, err);
}

int32_t crmsync_workspace_estimate(crmsync_workspace *workspace, const crmsync_estimate_input *input,
                                   crmsync_rows **out, crmsync_error **err)
{
    static const crmsync_str fields[] = {
        {"phase", 5}, {"object", 6}, {"calls", 5}, {"runs_per_day", 12}, {"calls_per_day", 13}};
    crmsync_estimate_input in = CRMSYNC_ESTIMATE_INPUT_INIT;
    if (!workspace || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or out is NULL");
    *out = NULL;
    int32_t rc = input ? crmi_copy_in(&in, sizeof in, input, "members of the input", err) : CRMSYNC_OK;
    estimate e = {workspace, &in, NULL, 0, 0};
    if (!rc)
        rc = crmsync_rows_new(crmi_workspace_alloc(workspace), CRMI_STR("estimate"), fields,
                              sizeof fields / sizeof fields[0], &e.rows, err);
    if (!rc)
        rc = add_all(&e, err);
    if (rc)
        crmsync_rows_free(e.rows);
    else
        *out = e.rows;
    return rc;
}
