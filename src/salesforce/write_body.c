#include "base/time.h"
#include "salesforce/sobject.h"
#include "salesforce/soql.h"
#include "salesforce/value.h"

void crmi_write_options_apply(crmi_request *r, const crmi_write_options *o)
{
    if (!o)
        return;
    if (o->auto_assign != CRMI_ASSIGN_DEFAULT)
        crmi_request_header_add(r, "Sforce-Auto-Assign",
                                o->auto_assign == CRMI_ASSIGN_YES ? CRMI_STR("TRUE")
                                                                  : CRMI_STR("FALSE"));
    if (o->allow_save && o->record_details)
        crmi_request_header_add(r, "Sforce-Duplicate-Rule-Header",
                                CRMI_STR("allowSave=true; includeRecordDetails=true"));
    else if (o->allow_save)
        crmi_request_header_add(r, "Sforce-Duplicate-Rule-Header", CRMI_STR("allowSave=true"));
    else if (o->record_details)
        crmi_request_header_add(r, "Sforce-Duplicate-Rule-Header",
                                CRMI_STR("includeRecordDetails=true"));
    if (o->unmodified_since_ms > 0) {
        crmi_request_header_add(r, "If-Unmodified-Since", CRMI_STR_EMPTY);
        if (r->header_count <= CRMI_REQ_MAX_HEADERS)
            crmi_buf_http_date(&r->headers[r->header_count - 1].value, o->unmodified_since_ms);
    }
}

/* "Lead:Who.Ext__c" in its parts; a plain field has neither type nor parent. */
typedef struct field_path {
    crmsync_str type, parent, field;
} field_path;

static bool split_path(crmsync_str name, field_path *p)
{
    memset(p, 0, sizeof *p);
    ptrdiff_t colon = crmi_str_chr(name, ':');
    if (colon >= 0) {
        p->type = crmi_str_sub(name, 0, (size_t)colon);
        name = crmi_str_sub(name, (size_t)colon + 1, name.len);
        if (!crmi_soql_name_ok(p->type) || crmi_str_chr(p->type, '.') >= 0)
            return false;
    }
    if (!crmi_soql_name_ok(name))
        return false;
    ptrdiff_t dot = crmi_str_chr(name, '.');
    p->field = dot < 0 ? name : crmi_str_sub(name, (size_t)dot + 1, name.len);
    p->parent = dot < 0 ? CRMI_STR_EMPTY : crmi_str_sub(name, 0, (size_t)dot);
    return crmi_str_chr(p->field, '.') < 0 && (dot >= 0 || colon < 0);
}

static int32_t bad_field(const crmi_write *write, crmsync_str name, const char *why,
                         crmsync_error **err)
{
    crmi_fail(err, CRMSYNC_E_INVALID, "%.*s.%.*s cannot be sent: %s", CRMI_SPELL(write->object),
              CRMI_SPELL(crmi_str_sub(name, 0, 100)), why);
    crmi_error_set_class(err, CRMSYNC_CLASS_DATA);
    crmi_error_set_where(err, name);
    return CRMSYNC_E_INVALID;
}

static int32_t write_field(crmi_jw *w, const crmi_write *write, const crmi_write_field *f,
                           crmsync_error **err)
{
    field_path p;
    if (!split_path(f->name, &p))
        return bad_field(write, f->name, "that is no field name", err);
    if (!p.parent.len && (crmi_str_eq_ci(p.field, CRMI_STR("Id")) ||
                          crmi_str_eq_ci(p.field, CRMI_STR("attributes"))))
        return bad_field(write, f->name, "the id stands beside the fields", err);
    if (p.parent.len && f->cell.type == CRMSYNC_CELL_NULL)
        return bad_field(write, f->name, "clear a lookup through its id field", err);
    crmi_jw_key(w, p.parent.len ? p.parent : p.field);
    if (p.parent.len) {
        crmi_jw_object(w);
        if (p.type.len) {
            crmi_jw_member_object(w, "attributes");
            crmi_jw_member_text(w, "type", p.type);
            crmi_jw_object_end(w);
        }
        crmi_jw_key(w, p.field);
    }
    if (!crmi_value_write(w, &f->cell))
        return bad_field(write, f->name, "its value is not valid for its type", err);
    if (p.parent.len)
        crmi_jw_object_end(w);
    return CRMSYNC_OK;
}

int32_t crmi_write_members(crmi_jw *w, const crmi_write *write, crmsync_str skip,
                           crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < write->count; i++) {
        const crmi_write_field *f = &write->fields[i];
        if (f->cell.type == CRMSYNC_CELL_ABSENT || (skip.len && crmi_str_eq_ci(f->name, skip)))
            continue;
        rc = write_field(w, write, f, err);
    }
    return rc;
}

int32_t crmi_write_body(crmi_jw *w, const crmi_write *write, bool type_attribute, bool with_id,
                        crmsync_str skip, crmsync_error **err)
{
    crmi_jw_object(w);
    if (type_attribute) {
        crmi_jw_member_object(w, "attributes");
        crmi_jw_member_text(w, "type", write->object);
        crmi_jw_object_end(w);
    }
    if (with_id)
        crmi_jw_member_text(w, "id", write->id);
    int32_t rc = crmi_write_members(w, write, skip, err);
    crmi_jw_object_end(w);
    return rc;
}
