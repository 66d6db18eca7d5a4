/* dml_save.c: create and update, from the JSON fields to the stored row. */
#include "dml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int orgsim_problem_set(orgsim_problem *problem, int status, const char *code, const char *fields,
                       const char *format, ...)
{
    va_list args;
    memset(problem, 0, sizeof *problem);
    problem->status = status;
    snprintf(problem->code, sizeof problem->code, "%s", code);
    snprintf(problem->fields, sizeof problem->fields, "%s", fields ? fields : "");
    va_start(args, format);
    vsnprintf(problem->message, sizeof problem->message, format, args);
    va_end(args);
    return -1;
}

typedef struct draft_list {
    orgsim_draft *items;
    size_t count, cap;
} draft_list;

static void drafts_clear(draft_list *drafts)
{
    for (size_t i = 0; i < drafts->count; i++)
        free(drafts->items[i].owned);
    free(drafts->items);
}

static int no_such_column(const char *name, const orgsim_object *object, orgsim_problem *problem)
{
    return orgsim_problem_set(problem, 400, "INVALID_FIELD", NULL,
                              "No such column '%s' on sobject of type %s", name, object->name);
}

/* A person inside the org may also set what an import with audit fields may set. */
static bool set_system_field(orgsim_row *row, const orgsim_draft *draft)
{
    int64_t when = draft->value.as.when;
    switch (draft->field->source) {
    case ORGSIM_FROM_CREATED:
        row->created = when;
        return true;
    case ORGSIM_FROM_MODIFIED:
        row->modified = when;
        return true;
    case ORGSIM_FROM_STAMP:
        row->stamp = when;
        return true;
    default:
        return draft->field->source != ORGSIM_FROM_CELL;
    }
}

/* "Account": {"Ext__c": "7"} becomes AccountId. */
static int draft_by_relation(orgsim *org, const orgsim_field *reference, yyjson_val *json,
                             orgsim_draft *draft, orgsim_problem *problem)
{
    yyjson_val *key, *value = NULL;
    const char *name = "";
    yyjson_obj_iter iter = yyjson_obj_iter_with(json);
    while ((key = yyjson_obj_iter_next(&iter))) {
        if (strcmp(yyjson_get_str(key), "attributes") == 0)
            continue;
        name = yyjson_get_str(key);
        value = yyjson_obj_iter_get_val(key);
    }
    memset(draft, 0, sizeof *draft);
    draft->field = reference;
    const char *wanted = value && yyjson_is_str(value) ? yyjson_get_str(value) : "";
    for (size_t i = 0; i < reference->ref_count; i++) {
        orgsim_object *object = orgsim_object_named(org, reference->refs[i]);
        const orgsim_field *field = object ? orgsim_field_named(object, name) : NULL;
        if (!field || !(field->flags & (ORGSIM_F_EXTERNAL | ORGSIM_F_IDLOOKUP)))
            continue;
        for (size_t k = 0; k < object->row_count; k++) {
            orgsim_value have = orgsim_get(object->rows[k], field);
            if (object->rows[k]->deleted || have.kind != ORGSIM_TEXT ||
                !orgsim_ieq(have.as.text, wanted))
                continue;
            draft->owned = orgsim_copy_text(object->rows[k]->id);
            draft->value.kind = ORGSIM_TEXT;
            draft->value.as.text = draft->owned;
            return 0;
        }
    }
    return orgsim_problem_set(problem, 400, "INVALID_FIELD", NULL,
                              "Foreign key external ID: %s not found for field %s in entity %s",
                              wanted, name, reference->ref_count ? reference->refs[0] : "");
}

static int may_write(const orgsim_writer *writer, const orgsim_field *field, bool created,
                     orgsim_problem *problem)
{
    uint32_t need = created ? ORGSIM_F_CREATE : ORGSIM_F_UPDATE;
    bool allowed = (field->flags & need) && !field->hidden;
    if (writer->by_hand)
        allowed = field->source != ORGSIM_FROM_ID && field->source != ORGSIM_FROM_ADDRESS;
    if (allowed)
        return 0;
    return orgsim_problem_set(problem, 400, "INVALID_FIELD_FOR_INSERT_UPDATE", field->name,
                              "Unable to create/update fields: %s. Please check the security "
                              "settings of this field and verify that it is read/write for your "
                              "profile or permission set.",
                              field->name);
}

static int add_draft(orgsim *org, const orgsim_writer *writer, const orgsim_object *object,
                     const char *name, yyjson_val *json, bool created, draft_list *drafts,
                     orgsim_problem *problem)
{
    const orgsim_field *field = orgsim_field_named(object, name);
    bool relation = !field && yyjson_is_obj(json);
    if (relation)
        field = orgsim_field_related(object, name, strlen(name));
    if (!field)
        return no_such_column(name, object, problem);
    if (field->source == ORGSIM_FROM_ID && !writer->by_hand && !created)
        return orgsim_problem_set(problem, 400, "INVALID_FIELD", NULL,
                                  "The Id field should not be specified in the sobject data.");
    if (field->source == ORGSIM_FROM_ID && writer->by_hand)
        return 0;
    if (may_write(writer, field, created, problem) != 0)
        return -1;
    ORGSIM_ROOM(drafts->items, drafts->count, drafts->cap);
    orgsim_draft *draft = &drafts->items[drafts->count++];
    if (relation)
        return draft_by_relation(org, field, json, draft, problem);
    return orgsim_draft_make(org, writer, field, json, draft, problem);
}

static int make_drafts(orgsim *org, const orgsim_writer *writer, const orgsim_object *object,
                       yyjson_val *fields, bool created, draft_list *drafts,
                       orgsim_problem *problem)
{
    yyjson_val *key;
    yyjson_obj_iter iter = yyjson_obj_iter_with(fields);
    while ((key = yyjson_obj_iter_next(&iter))) {
        const char *name = yyjson_get_str(key);
        if (strcmp(name, "attributes") == 0 || (writer->by_hand && *name == '_'))
            continue;
        if (add_draft(org, writer, object, name, yyjson_obj_iter_get_val(key), created, drafts,
                      problem) != 0)
            return -1;
    }
    return 0;
}

static void apply_defaults(const orgsim_writer *writer, orgsim_row *row)
{
    for (size_t i = 0; i < row->object->field_count; i++) {
        const orgsim_field *field = row->object->fields[i];
        if (field->default_value >= 0)
            orgsim_put_text(row, field->name, field->values[field->default_value]);
    }
    if (orgsim_field_named(row->object, "OwnerId"))
        orgsim_put_text(row, "OwnerId", writer->user->id);
    if (strcmp(row->object->name, "User") == 0)
        orgsim_put_bool(row, "IsActive", true);
}

static void apply_drafts(const orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                         const draft_list *drafts, bool created)
{
    for (size_t i = 0; i < drafts->count; i++) {
        const orgsim_draft *draft = &drafts->items[i];
        bool keep_default = created && draft->value.kind == ORGSIM_NULL &&
                            (draft->field->flags & ORGSIM_F_DEFAULTED) &&
                            !(draft->field->flags & ORGSIM_F_NILLABLE);
        if (draft->field->source == ORGSIM_FROM_CELL && !keep_default)
            orgsim_put(row, draft->field, draft->value);
    }
    if (!writer->by_hand && writer->assign && strcmp(row->object->name, "Lead") == 0)
        orgsim_put_text(row, "OwnerId", org->rule_user->id); /* the active assignment rule */
}

static int check_required(const orgsim_row *row, orgsim_problem *problem)
{
    char list[400] = "";
    for (size_t i = 0; i < row->object->field_count; i++) {
        const orgsim_field *field = row->object->fields[i];
        bool written = field->flags & (ORGSIM_F_CREATE | ORGSIM_F_UPDATE);
        if (!written || (field->flags & ORGSIM_F_NILLABLE) || field->source != ORGSIM_FROM_CELL ||
            orgsim_get(row, field).kind != ORGSIM_NULL)
            continue;
        if (!(field->flags & ORGSIM_F_CREATE) || strcmp(row->object->name, "User") == 0)
            continue; /* users are made by the administrator with every default */
        size_t len = strlen(list);
        snprintf(list + len, sizeof list - len, "%s%s", len ? ", " : "", field->name);
    }
    if (!*list)
        return 0;
    orgsim_problem_set(problem, 400, "REQUIRED_FIELD_MISSING", NULL,
                       "Required fields are missing: [%s]", list);
    size_t n = 0;
    for (const char *c = list; *c; c++) {
        if (*c != ' ')
            problem->fields[n++] = *c;
    }
    problem->fields[n] = '\0';
    return -1;
}

static int settle(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                  const orgsim_row *before, orgsim_problem *problem)
{
    bool created = before == NULL;
    if (orgsim_derive(org, writer, row, before, problem) != 0 ||
        check_required(row, problem) != 0 ||
        orgsim_check_platform(org, writer, row, created, problem) != 0)
        return -1;
    if (!writer->by_hand && orgsim_check_locks(org, row, problem) != 0)
        return -1;
    if (orgsim_check_validation(org, row, problem) != 0)
        return -1;
    if (!writer->by_hand && orgsim_check_duplicates(org, writer, row, created, problem) != 0)
        return -1;
    orgsim_run_triggers(org, row);
    return 0;
}

static void apply_system(orgsim_row *row, const draft_list *drafts)
{
    for (size_t i = 0; i < drafts->count; i++)
        set_system_field(row, &drafts->items[i]);
}

static const char *given_id(const orgsim_writer *writer, yyjson_val *fields, char id[19])
{
    yyjson_val *value = yyjson_obj_get(fields, "Id");
    if (!writer->by_hand || !yyjson_is_str(value))
        return NULL;
    return orgsim_id_normal(yyjson_get_str(value), yyjson_get_len(value), id) ? id : "";
}

int orgsim_create(orgsim *org, const orgsim_writer *writer, orgsim_object *object,
                  yyjson_val *fields, orgsim_row **out, orgsim_problem *problem)
{
    char id[19];
    draft_list drafts = {NULL, 0, 0};
    int r = -1;
    const char *wanted = given_id(writer, fields, id);
    size_t mark = orgsim_mark(org);
    if (!writer->by_hand && !(object->flags & ORGSIM_O_CREATEABLE)) {
        orgsim_problem_set(problem, 400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", NULL,
                           "entity type %s does not support create", object->name);
        goto done;
    }
    if (make_drafts(org, writer, object, fields, true, &drafts, problem) != 0)
        goto done;
    orgsim_row *row = wanted && !*wanted ? NULL : orgsim_row_new(org, object, wanted);
    if (!row) {
        orgsim_problem_set(problem, 400, "MALFORMED_ID", "Id", "%s ID: bad or taken",
                           object->name);
        goto done;
    }
    orgsim_remember(org, row);
    apply_defaults(writer, row);
    apply_drafts(org, writer, row, &drafts, true);
    orgsim_stamp(org, writer, row, true);
    r = settle(org, writer, row, NULL, problem);
    if (r == 0) {
        apply_system(row, &drafts);
        orgsim_create_companions(org, writer, row);
        org->usage.rows_created += !writer->by_hand;
        *out = row;
    } else {
        orgsim_rollback(org, mark);
    }
done:
    drafts_clear(&drafts);
    return r;
}

static int check_row_open(const orgsim_writer *writer, const orgsim_row *row,
                          orgsim_problem *problem)
{
    if (row->deleted)
        return orgsim_problem_set(problem, 404, "ENTITY_IS_DELETED", NULL, "entity is deleted");
    if (writer->by_hand)
        return 0;
    if (strcmp(row->object->name, "Lead") == 0 && orgsim_get_bool(row, "IsConverted"))
        return orgsim_problem_set(problem, 400, "CANNOT_UPDATE_CONVERTED_LEAD", NULL,
                                  "cannot reference converted lead");
    if (!(row->object->flags & ORGSIM_O_UPDATEABLE))
        return orgsim_problem_set(problem, 400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", NULL,
                                  "entity type %s does not support update", row->object->name);
    return 0;
}

int orgsim_change_row(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                      yyjson_val *fields, orgsim_problem *problem)
{
    draft_list drafts = {NULL, 0, 0};
    int r = -1;
    size_t mark = orgsim_mark(org);
    if (check_row_open(writer, row, problem) != 0 ||
        make_drafts(org, writer, row->object, fields, false, &drafts, problem) != 0)
        goto done;
    orgsim_remember(org, row);
    apply_drafts(org, writer, row, &drafts, false);
    orgsim_stamp(org, writer, row, false);
    orgsim_row before = org->journal[mark].before; /* the journal may move */
    r = settle(org, writer, row, &before, problem);
    if (r == 0) {
        apply_system(row, &drafts);
        org->usage.rows_updated += !writer->by_hand;
    } else {
        orgsim_rollback(org, mark);
    }
done:
    drafts_clear(&drafts);
    return r;
}
