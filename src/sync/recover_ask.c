/* What the recover phase asks: the rows of the minutes in question, with the fields that were sent.
 */
#include "sync/recover.h"

#include <stdio.h>

#include "salesforce/describe.h"
#include "salesforce/soql.h"

#define BEFORE_MS  INT64_C(60000) /* clocks of a cluster differ a little */
#define MAX_FIELDS 200

bool crmi_intent_in_doubt(const crmi_intent *in)
{
    return in->state == CRMI_SHIP_SENDING || in->state == CRMI_SHIP_UNKNOWN ||
           in->state == CRMI_SHIP_PLANNED;
}

bool crmi_intent_creates(const crmi_intent *in)
{
    return crmi_str_is(in->op, "create") || crmi_str_is(in->op, "upsert");
}

void crmi_recover_parts_clear(crmi_recovery *t)
{
    for (size_t i = 0; i < t->part_count; i++)
        crmi_query_page_clear(&t->parts[i].page);
    t->part_count = 0;
}

static bool selected(const crmi_recover_part *part, crmsync_str name)
{
    for (size_t i = 0; i < part->column_count; i++) {
        if (crmi_str_eq_ci(part->columns[i].name, name))
            return true;
    }
    return false;
}

static void select_field(crmi_recover_part *part, crmsync_str name)
{
    if (part->column_count < MAX_FIELDS && !selected(part, name))
        part->columns[part->column_count++].name = name;
}

/* Note bodies cannot be selected, and a link's target is no field of the note; a parent named by its
 * external id is held as another field. */
static bool readable(const crmi_intent *in, crmsync_str name)
{
    return crmi_str_chr(name, '.') < 0 &&
           (!crmi_str_is(in->object, "ContentNote") || crmi_str_is(name, "Title"));
}

static crmi_recover_part *part_for(crmi_recovery *t, const crmi_intent *in)
{
    for (size_t i = 0; i < t->part_count; i++) {
        if (crmi_str_eq(t->parts[i].object, in->object) &&
            t->parts[i].updates == !crmi_intent_creates(in))
            return &t->parts[i];
    }
    if (t->part_count == CRMI_RECOVER_PARTS)
        return NULL;
    crmi_recover_part *part = &t->parts[t->part_count];
    memset(part, 0, sizeof *part);
    part->columns = crmi_arena_array(&t->arena, MAX_FIELDS, sizeof *part->columns);
    if (!part->columns)
        return NULL;
    part->object = in->object;
    part->updates = !crmi_intent_creates(in);
    crmi_query_page_init(&part->page, crmi_workspace_alloc(t->task.job->ws));
    select_field(part, CRMI_STR("Id"));
    t->part_count++;
    return part;
}

void crmi_recover_parts(crmi_recovery *t)
{
    crmi_recover_parts_clear(t);
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        bool asked = crmi_intent_in_doubt(in) && !t->ends[i].state;
        crmi_recover_part *part = asked ? part_for(t, in) : NULL;
        for (size_t k = 0; part && k < in->field_count; k++) {
            if (readable(in, in->fields[k].name))
                select_field(part, in->fields[k].name);
        }
    }
}

static int32_t window_soql(crmi_recovery *t, crmi_buf *soql)
{
    const crmi_shipment *s = &t->shipment;
    crmi_buf_lit(soql, " WHERE CreatedById = ");
    crmi_soql_text(soql, s->count ? s->intents[0].user : CRMI_STR_EMPTY);
    crmi_buf_lit(soql, " AND CreatedDate >= ");
    crmi_soql_datetime(soql, s->sent - BEFORE_MS);
    crmi_buf_lit(soql, " AND CreatedDate <= ");
    /* a bulk job writes for as long as it takes */
    crmi_soql_datetime(soql, crmi_str_is(s->kind, "bulk")
                                 ? crmi_workspace_server_now(t->task.job->ws) + BEFORE_MS
                                 : s->sent + s->send_within + CRMI_RECOVER_DOUBT_MS);
    return crmi_buf_ok(soql) ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

static int32_t ids_soql(crmi_recovery *t, const crmi_recover_part *part, crmi_buf *soql)
{
    crmsync_str *ids = crmi_arena_array(&t->arena, t->shipment.count + 1, sizeof *ids);
    size_t n = 0;
    if (!ids)
        return CRMSYNC_E_NOMEM;
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        if (crmi_intent_in_doubt(in) && !t->ends[i].state && !crmi_intent_creates(in) &&
            crmi_str_eq(in->object, part->object))
            ids[n++] = in->crm_id;
    }
    crmi_buf_lit(soql, " WHERE ");
    crmi_soql_in(soql, CRMI_STR("Id"), ids, n);
    return crmi_buf_ok(soql) ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

int32_t crmi_recover_query(crmi_recovery *t, crmi_composite *c, size_t at, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    crmi_recover_part *part = &t->parts[at];
    crmi_buf soql;
    char name[24];
    crmi_buf_init(&soql, crmi_workspace_alloc(ws));
    crmi_query_columns_type(part->columns, part->column_count, ws->schema, part->object);
    crmi_buf_lit(&soql, "SELECT ");
    for (size_t i = 0; i < part->column_count; i++) {
        crmi_buf_lit(&soql, i ? ", " : "");
        crmi_buf_add(&soql, part->columns[i].name);
    }
    crmi_buf_lit(&soql, " FROM ");
    crmi_buf_add(&soql, part->object);
    int32_t rc = part->updates ? ids_soql(t, part, &soql) : window_soql(t, &soql);
    snprintf(name, sizeof name, "q%zu", at);
    rc = rc ? crmi_fail_nomem(err)
            : crmi_composite_add_query(c, crmi_str(name), crmi_workspace_api_version(ws),
                                       crmi_buf_str(&soql), true, err);
    crmi_buf_clear(&soql);
    return rc;
}
