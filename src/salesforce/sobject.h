/* Single records: create, update, upsert, delete, read; and what a write of one record looks like.
 */
#ifndef CRMI_SALESFORCE_SOBJECT_H
#define CRMI_SALESFORCE_SOBJECT_H

#include "salesforce/errors.h"
#include "salesforce/query.h"

/* "Email", "Account.ExtKey__c" (a lookup by the parent's external id) or "Lead:Who.Ext__c" (the
 * same with the parent's object). ABSENT cells are left out. */
typedef struct crmi_write_field {
    crmsync_str name;
    crmsync_cell cell;
} crmi_write_field;

typedef struct crmi_write {
    crmsync_str object;
    crmsync_str id; /* update and delete; empty otherwise */
    const crmi_write_field *fields;
    size_t count;
} crmi_write;

/* How Salesforce is asked to treat a write. */
enum {
    CRMI_ASSIGN_DEFAULT = 0, /* no header: active assignment rules run */
    CRMI_ASSIGN_NO = 1,
    CRMI_ASSIGN_YES = 2
};
typedef struct crmi_write_options {
    uint8_t auto_assign;         /* CRMI_ASSIGN_* */
    bool allow_save;             /* go past alert rules for duplicates */
    bool record_details;         /* duplicates: name the fields of matches too */
    int64_t unmodified_since_ms; /* strict update: refused with 412 when it changed later; 0 = no */
    crmsync_str idempotency_key; /* only for crmi_sobject_ui_create_request() */
} crmi_write_options;

/* Adds the headers that the options ask for. NULL = none. */
void crmi_write_options_apply(crmi_request *r, const crmi_write_options *options);
/* Writes {"Field":value,...}; `type_attribute` adds attributes.type, `with_id` the id. `skip` is a
 * field to leave out (empty = none). CRMSYNC_E_INVALID names the field that cannot be sent. */
int32_t crmi_write_body(crmi_jw *w, const crmi_write *write, bool type_attribute, bool with_id,
                        crmsync_str skip, crmsync_error **err);

/* The members alone, into an object that is open. */
int32_t crmi_write_members(crmi_jw *w, const crmi_write *write, crmsync_str skip,
                           crmsync_error **err);

int32_t crmi_sobject_create_request(crmi_request *r, crmsync_str version, const crmi_write *write,
                                    const crmi_write_options *options, crmsync_error **err);
int32_t crmi_sobject_update_request(crmi_request *r, crmsync_str version, const crmi_write *write,
                                    const crmi_write_options *options, crmsync_error **err);
/* PATCH by external id; `key` is the value, and the field is left out of the body. */
int32_t crmi_sobject_upsert_request(crmi_request *r, crmsync_str version, const crmi_write *write,
                                    crmsync_str key_field, crmsync_str key,
                                    const crmi_write_options *options, crmsync_error **err);
int32_t crmi_sobject_delete_request(crmi_request *r, crmsync_str version, crmsync_str object,
                                    crmsync_str id, crmsync_error **err);
int32_t crmi_sobject_read_request(crmi_request *r, crmsync_str version, crmsync_str object,
                                  crmsync_str id, const crmsync_str *fields, size_t n,
                                  crmsync_error **err);
/* POST /ui-api/records with Idempotency-Key: exactly once for 30 days, one record a call. */
int32_t crmi_sobject_ui_create_request(crmi_request *r, crmsync_str version,
                                       const crmi_write *write, const crmi_write_options *options,
                                       crmsync_error **err);

typedef struct crmi_write_result {
    crmsync_str id; /* empty when there is none */
    bool success;
    bool created;          /* a new record; only creates and upserts say so */
    bool ambiguous;        /* several records have the external id: `errors.items[0].matches` */
    bool unknown;          /* the answer does not tell whether it was done */
    crmi_sf_errors errors; /* count 0 on success */
} crmi_write_result;

/*
 * Reads what a write of one record came to (200, 201, 204, 300, or a refusal), alone or as a part
 * of a composite. A refusal is a result, not a failure. `unknown` for 5xx and for bodies that are
 * no answer. Fails only with NOMEM.
 */
int32_t crmi_sobject_write_read(crmi_arena *arena, const crmi_response *response,
                                crmi_write_result *out, crmsync_error **err);
int32_t crmi_sobject_write_take(crmi_arena *arena, int32_t status, const yyjson_val *body,
                                crmi_write_result *out, crmsync_error **err);
/* Reads one record (as crmi_sobject_read_request() asks for) into a rows of one record. */
int32_t crmi_sobject_read(const crmsync_alloc *alloc, const crmi_response *response,
                          crmsync_str object, const crmi_query_column *columns, size_t n,
                          crmsync_rows **out, crmsync_error **err);

#endif
