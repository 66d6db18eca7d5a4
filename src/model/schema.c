#include "model/schema.h"

#include "model/schema_build.h"

/* Status objects say of picklist values what describe keeps to itself. */
static const struct {
    const char *status_object, *object, *field;
} status_fields[] = {
    {"LeadStatus", "Lead", "Status"},
    {"TaskStatus", "Task", "Status"},
    {"OpportunityStage", "Opportunity", "StageName"},
};
#define STATUS_FIELDS (sizeof status_fields / sizeof status_fields[0])

typedef struct status_row {
    crmsync_str value;
    bool converted, closed;
} status_row;

typedef struct status_list {
    crmi_arena arena;
    status_row *rows;
    size_t count;
} status_list;

struct crmsync_schema {
    crmsync_alloc alloc;
    crmi_described **objects;
    size_t count, cap;
    status_list statuses[STATUS_FIELDS]; /* kept: describe may come later, or again */
};

int32_t crmsync_schema_new(const crmsync_alloc *alloc, crmsync_schema **out, crmsync_error **err)
{
    crmsync_alloc a;
    *out = NULL;
    if (crmi_alloc_init(&a, alloc))
        return crmi_fail(err, CRMSYNC_E_INVALID, "the allocator lacks a function");
    crmsync_schema *schema = CRMI_NEW(&a, crmsync_schema);
    if (!schema)
        return crmi_fail_nomem(err);
    schema->alloc = a;
    for (size_t i = 0; i < STATUS_FIELDS; i++)
        crmi_arena_init(&schema->statuses[i].arena, &schema->alloc);
    *out = schema;
    return CRMSYNC_OK;
}

void crmsync_schema_free(crmsync_schema *schema)
{
    if (!schema)
        return;
    crmsync_alloc a = schema->alloc;
    for (size_t i = 0; i < schema->count; i++)
        crmi_described_free(&a, schema->objects[i]);
    for (size_t i = 0; i < STATUS_FIELDS; i++)
        crmi_arena_clear(&schema->statuses[i].arena);
    crmi_dealloc_array(&a, schema->objects, schema->cap, sizeof(crmi_described *));
    CRMI_DELETE(&a, schema);
}

static crmi_described **described_slot(const crmsync_schema *schema, crmsync_str name)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (crmi_str_eq_ci(schema->objects[i]->object.name, name))
            return &schema->objects[i];
    }
    return NULL;
}

crmi_described *crmi_schema_described(const crmsync_schema *schema, crmsync_str object)
{
    crmi_described **slot = schema ? described_slot(schema, object) : NULL;
    return slot ? *slot : NULL;
}

const crmi_object *crmi_schema_object(const crmsync_schema *schema, crmsync_str name)
{
    crmi_described **slot = schema ? described_slot(schema, name) : NULL;
    return slot ? &(*slot)->object : NULL;
}

const crmi_field *crmi_object_field(const crmi_object *object, crmsync_str name)
{
    char lower[256];
    if (!object || name.len >= sizeof lower)
        return NULL;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    return crmi_map_get(&object->by_name, (crmsync_str){lower, name.len});
}

const crmi_field *crmi_schema_field(const crmsync_schema *schema, crmsync_str object,
                                    crmsync_str field)
{
    return crmi_object_field(crmi_schema_object(schema, object), field);
}

bool crmi_set_next(crmsync_str *rest, crmsync_str *value)
{
    while (rest->len) {
        ptrdiff_t end = crmi_str_chr(*rest, ';');
        size_t len = end < 0 ? rest->len : (size_t)end;
        *value = crmi_str_trim(crmi_str_sub(*rest, 0, len));
        *rest = crmi_str_sub(*rest, len + 1, rest->len);
        if (value->len)
            return true;
    }
    return false;
}

const crmi_picklist_value *crmi_field_value(const crmi_field *field, crmsync_str value)
{
    for (size_t i = 0; field && i < field->value_count; i++) {
        if (crmi_str_eq_ci(field->values[i].value, value))
            return &field->values[i];
    }
    return NULL;
}

bool crmi_field_required(const crmi_field *field)
{
    uint32_t all = CRMI_FIELD_CREATEABLE | CRMI_FIELD_NILLABLE | CRMI_FIELD_DEFAULTED;
    return (field->flags & all) == CRMI_FIELD_CREATEABLE;
}

static const status_row *status_find(const status_list *list, crmsync_str value)
{
    for (size_t i = 0; i < list->count; i++) {
        if (crmi_str_eq_ci(list->rows[i].value, value))
            return &list->rows[i];
    }
    return NULL;
}

/* Carries the marks of one status object into the described picklist, if both are here. */
static void status_apply(crmsync_schema *schema, size_t which)
{
    const crmi_field *field = crmi_schema_field(schema, crmi_str(status_fields[which].object),
                                                crmi_str(status_fields[which].field));
    crmi_picklist_value *values;
    if (!field || !field->value_count)
        return;
    memcpy(&values, &field->values, sizeof values); /* ours, const only to readers */
    for (size_t i = 0; i < field->value_count; i++) {
        const status_row *row = status_find(&schema->statuses[which], values[i].value);
        values[i].converted = row && row->converted;
        values[i].closed = row && row->closed;
    }
}

static int32_t described_add(crmsync_schema *schema, const yyjson_val *value, crmi_buf *place,
                             crmsync_error **err)
{
    crmi_described *d;
    int32_t code = crmi_describe_parse(&schema->alloc, value, place, &d, err);
    if (code)
        return code;
    crmi_described **old = described_slot(schema, d->object.name);
    if (old) {
        crmi_described_free(&schema->alloc, *old);
        *old = d;
    } else if (crmi_grow(&schema->alloc, &schema->objects, &schema->cap, schema->count + 1,
                         sizeof(crmi_described *))) {
        schema->objects[schema->count++] = d;
    } else {
        crmi_described_free(&schema->alloc, d);
        return crmi_fail_nomem(err);
    }
    for (size_t i = 0; i < STATUS_FIELDS; i++)
        status_apply(schema, i);
    return CRMSYNC_OK;
}

static int32_t status_read_row(crmi_arena *arena, const yyjson_val *v, const crmi_buf *place,
                               status_row *out, crmsync_error **err)
{
    crmsync_str value = crmi_json_member_text(v, "ApiName");
    if (value.len == 0)
        value = crmi_json_member_text(v, "MasterLabel");
    if (value.len == 0)
        return crmi_place_fail(place, "ApiName", "must be a string", err);
    if (!crmi_arena_str(arena, value, &out->value))
        return crmi_fail_nomem(err);
    out->converted = crmi_json_member_bool(v, "IsConverted", false);
    out->closed = crmi_json_member_bool(v, "IsClosed", false);
    return CRMSYNC_OK;
}

static int32_t status_read_rows(status_list *list, yyjson_val *array, crmi_buf *place,
                                crmsync_error **err)
{
    yyjson_val *v;
    size_t i, n;
    if (!yyjson_is_arr(array))
        return crmi_place_fail(place, NULL, "must be an array of records", err);
    list->rows = crmi_arena_array(&list->arena, yyjson_arr_size(array), sizeof *list->rows);
    if (!list->rows)
        return crmi_fail_nomem(err);
    yyjson_arr_foreach(array, i, n, v) {
        size_t mark = place->len;
        crmi_buf_fmt(place, "/%zu", i);
        int32_t code = status_read_row(&list->arena, v, place, &list->rows[i], err);
        if (code)
            return code;
        place->len = mark;
        list->count++;
    }
    return CRMSYNC_OK;
}

static int32_t statuses_add(crmsync_schema *schema, crmsync_str object, yyjson_val *value,
                            crmi_buf *place, crmsync_error **err)
{
    size_t which = 0;
    while (which < STATUS_FIELDS && !crmi_str_is(object, status_fields[which].status_object))
        which++;
    if (which == STATUS_FIELDS)
        return crmi_place_fail(place, NULL,
                               "not a status object: known are LeadStatus, TaskStatus and "
                               "OpportunityStage", err);
    if (yyjson_is_obj(value)) { /* a whole query answer */
        value = crmi_json_member(value, "records");
        crmi_buf_lit(place, "/records");
    }
    status_list list = {0};
    crmi_arena_init(&list.arena, &schema->alloc);
    int32_t code = status_read_rows(&list, value, place, err);
    if (code) {
        crmi_arena_clear(&list.arena);
        return code;
    }
    crmi_arena_clear(&schema->statuses[which].arena);
    schema->statuses[which] = list;
    status_apply(schema, which);
    return CRMSYNC_OK;
}

/* Room for every pointer a describe answer can give, so that walking it needs no memory. */
static bool place_start(crmi_buf *place, const crmsync_alloc *alloc)
{
    crmi_buf_init(place, alloc);
    return crmi_buf_reserve(place, 256);
}

int32_t crmsync_schema_add_describe(crmsync_schema *schema, crmsync_str json, crmsync_error **err)
{
    yyjson_doc *doc;
    crmi_buf place;
    int32_t code = crmi_json_read(&schema->alloc, json, &doc, err);
    if (code)
        return code;
    if (!place_start(&place, &schema->alloc))
        code = crmi_fail_nomem(err);
    else
        code = described_add(schema, yyjson_doc_get_root(doc), &place, err);
    crmi_buf_clear(&place);
    yyjson_doc_free(doc);
    return code;
}

int32_t crmsync_schema_add_statuses(crmsync_schema *schema, crmsync_str object, crmsync_str json,
                                    crmsync_error **err)
{
    yyjson_doc *doc;
    crmi_buf place;
    int32_t code = crmi_json_read(&schema->alloc, json, &doc, err);
    if (code)
        return code;
    if (!place_start(&place, &schema->alloc))
        code = crmi_fail_nomem(err);
    else
        code = statuses_add(schema, object, yyjson_doc_get_root(doc), &place, err);
    crmi_buf_clear(&place);
    yyjson_doc_free(doc);
    return code;
}

static int32_t schema_read(crmsync_schema *schema, yyjson_val *root, crmi_buf *place,
                           crmsync_error **err)
{
    yyjson_val *list = crmi_json_member(root, "objects"), *key, *v;
    yyjson_val *statuses = crmi_json_member(root, "statuses");
    size_t i, n;
    int32_t code = CRMSYNC_OK;
    if (!yyjson_is_arr(list))
        return crmi_place_fail(place, "objects", "must be an array of describe answers", err);
    if (statuses && !yyjson_is_obj(statuses))
        return crmi_place_fail(place, "statuses", "must be an object", err);
    yyjson_arr_foreach(list, i, n, v) {
        crmi_buf_reset(place);
        crmi_buf_fmt(place, "/objects/%zu", i);
        code = described_add(schema, v, place, err);
        if (code)
            return code;
    }
    yyjson_obj_foreach(statuses, i, n, key, v) {
        crmi_buf_reset(place);
        crmi_buf_lit(place, "/statuses");
        crmi_pointer_add(place, crmi_json_text(key));
        code = statuses_add(schema, crmi_json_text(key), v, place, err);
        if (code)
            return code;
    }
    return CRMSYNC_OK;
}

int32_t crmsync_schema_parse(const crmsync_alloc *alloc, crmsync_str json, crmsync_schema **out,
                             crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    crmi_buf place;
    crmsync_schema *schema;
    *out = NULL;
    int32_t code = crmsync_schema_new(alloc, &schema, err);
    if (code)
        return code;
    if (place_start(&place, &schema->alloc))
        code = crmi_json_read(&schema->alloc, json, &doc, err);
    else
        code = crmi_fail_nomem(err);
    if (!code)
        code = schema_read(schema, yyjson_doc_get_root(doc), &place, err);
    crmi_buf_clear(&place);
    yyjson_doc_free(doc);
    if (code) {
        crmsync_schema_free(schema);
        return code;
    }
    *out = schema;
    return CRMSYNC_OK;
}
