/*
 * Requests of one record each: 25 in a composite, or one by itself. They can say what collections
 * cannot: that nobody wrote the record meanwhile, which record is the duplicate, under which key.
 */
#include "salesforce/composite.h"
#include "sync/ship.h"

#include <stdio.h>

#define NAME_SIZE 28

static crmi_parcel *packed(crmi_ship *ship, size_t i)
{
    return &ship->parcels[ship->packed[i]];
}

/* U-04: only while the record is as it was when this was decided. */
static crmi_write_options options_of(const crmi_ship *ship, const crmi_parcel *p)
{
    crmi_write_options options = crmi_parcel_options(ship, p);
    bool strict = ship->task.job->ws->config->export.strict && p->op == CRMI_WRITE_UPDATE;
    options.unmodified_since_ms = strict ? p->decision->crm_stamp : 0;
    options.record_details = p->alone;
    return options;
}

static crmsync_str key_of(const crmi_parcel *p)
{
    for (size_t i = 0; i < p->field_count; i++) {
        if (crmi_str_eq(p->fields[i].name, p->key_field))
            return p->fields[i].cell.text;
    }
    return CRMI_STR_EMPTY;
}

static int32_t build_one(crmi_ship *ship, const crmi_parcel *p, crmi_request *r, crmsync_error **err)
{
    crmsync_str version = crmi_workspace_api_version(ship->task.job->ws);
    crmi_write_options options = options_of(ship, p);
    crmi_write write = crmi_parcel_write(p);
    switch (p->op) {
    case CRMI_WRITE_UPDATE: return crmi_sobject_update_request(r, version, &write, &options, err);
    case CRMI_WRITE_UPSERT:
        return crmi_sobject_upsert_request(r, version, &write, p->key_field, key_of(p), &options, err);
    default: return crmi_sobject_create_request(r, version, &write, &options, err);
    }
}

static void one_name(char out[NAME_SIZE], size_t i)
{
    snprintf(out, NAME_SIZE, "one%zu", i);
}

/* Alone it needs no composite, and may hold "@{". */
static bool by_itself(const crmi_ship *ship)
{
    return ship->packed_count == 1;
}

int32_t crmi_ship_build_singles(crmi_ship *ship, crmsync_error **err)
{
    crmi_request *r = crmi_task_request(&ship->task);
    crmsync_workspace *ws = ship->task.job->ws;
    crmi_composite c;
    crmi_request one;
    char name[NAME_SIZE];
    int32_t rc = CRMSYNC_OK;
    if (by_itself(ship))
        return build_one(ship, packed(ship, 0), r, err);
    crmi_composite_begin(&c, r, crmi_workspace_api_version(ws), false);
    crmi_request_init(&one, crmi_workspace_alloc(ws));
    for (size_t i = 0; !rc && i < ship->packed_count; i++) {
        if (packed(ship, i)->state != CRMI_PARCEL_PACKED)
            continue;
        rc = build_one(ship, packed(ship, i), &one, err);
        one_name(name, i);
        if (!rc)
            rc = crmi_composite_add(&c, crmi_str(name), &one, err);
    }
    crmi_request_clear(&one);
    return rc ? rc : crmi_composite_end(&c, err);
}

int32_t crmi_ship_read_singles(crmi_ship *ship, const crmi_response *response, crmsync_error **err)
{
    crmi_write_result result;
    crmi_composite_answer answer;
    char name[NAME_SIZE];
    size_t sent = 0;
    int32_t rc;
    if (by_itself(ship)) {
        rc = crmi_sobject_write_read(&ship->arena, response, &result, err);
        if (!rc)
            crmi_parcel_take(packed(ship, 0), &result);
        return rc;
    }
    for (size_t i = 0; i < ship->packed_count; i++)
        sent += packed(ship, i)->state == CRMI_PARCEL_PACKED;
    rc = crmi_composite_read(crmi_workspace_alloc(ship->task.job->ws), response, sent, &answer, err);
    for (size_t i = 0; !rc && i < ship->packed_count; i++) {
        one_name(name, i);
        const crmi_composite_part *part = crmi_composite_find(&answer, crmi_str(name));
        if (!part)
            continue;
        rc = crmi_sobject_write_take(&ship->arena, part->status, part->body, &result, err);
        if (!rc)
            crmi_parcel_take(packed(ship, i), &result);
    }
    crmi_composite_answer_clear(&answer);
    return rc;
}

/* ---- under a key ---- */

int32_t crmi_ship_build_idempotent(crmi_ship *ship, crmsync_error **err)
{
    const crmi_parcel *p = packed(ship, 0);
    crmi_write_options options = crmi_parcel_options(ship, p);
    options.idempotency_key = ship->shipment.intents[p->intent].uuid;
    crmi_write write = crmi_parcel_write(p);
    return crmi_sobject_ui_create_request(crmi_task_request(&ship->task),
                                          crmi_workspace_api_version(ship->task.job->ws), &write,
                                          &options, err);
}

int32_t crmi_ship_read_idempotent(crmi_ship *ship, const crmi_response *response,
                                  crmsync_error **err)
{
    return crmi_ship_read_singles(ship, response, err);
}
