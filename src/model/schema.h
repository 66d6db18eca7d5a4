/*
 * Schema: what describe says of an org's objects and fields. Built once, then immutable.
 */
#ifndef CRMI_MODEL_SCHEMA_H
#define CRMI_MODEL_SCHEMA_H

#include <crmsync/schema.h>

#include "base/error.h"
#include "base/map.h"

/* Field types by describe's names; unknown ones are TYPE_OTHER and never written. */
enum {
    CRMI_TYPE_OTHER = 0,
    CRMI_TYPE_ID,
    CRMI_TYPE_REFERENCE,
    CRMI_TYPE_STRING,
    CRMI_TYPE_TEXTAREA,
    CRMI_TYPE_PHONE,
    CRMI_TYPE_URL,
    CRMI_TYPE_EMAIL,
    CRMI_TYPE_COMBOBOX,
    CRMI_TYPE_PICKLIST,
    CRMI_TYPE_MULTIPICKLIST,
    CRMI_TYPE_BOOLEAN,
    CRMI_TYPE_INT,
    CRMI_TYPE_DOUBLE,
    CRMI_TYPE_CURRENCY,
    CRMI_TYPE_PERCENT,
    CRMI_TYPE_DATE,
    CRMI_TYPE_DATETIME,
    CRMI_TYPE_TIME,
    CRMI_TYPE_BASE64,
    CRMI_TYPE_ADDRESS,
    CRMI_TYPE_LOCATION
};

enum {
    CRMI_FIELD_CREATEABLE = 1u << 0,
    CRMI_FIELD_UPDATEABLE = 1u << 1,
    CRMI_FIELD_NILLABLE = 1u << 2,
    CRMI_FIELD_DEFAULTED = 1u << 3, /* defaultedOnCreate */
    CRMI_FIELD_FILTERABLE = 1u << 4,
    CRMI_FIELD_CALCULATED = 1u << 5,
    CRMI_FIELD_EXTERNAL_ID = 1u << 6,
    CRMI_FIELD_UNIQUE = 1u << 7,
    CRMI_FIELD_ID_LOOKUP = 1u << 8,
    CRMI_FIELD_RESTRICTED = 1u << 9, /* restrictedPicklist */
    CRMI_FIELD_CASE_SENSITIVE = 1u << 10,
    CRMI_FIELD_ENCRYPTED = 1u << 11
};

typedef struct crmi_picklist_value {
    crmsync_str value; /* API value */
    crmsync_str label;
    bool active;
    bool is_default;
    bool converted; /* LeadStatus.IsConverted */
    bool closed;    /* TaskStatus.IsClosed, OpportunityStage.IsClosed */
} crmi_picklist_value;

typedef struct crmi_field {
    crmsync_str name;
    crmsync_str label;
    crmsync_str type_name; /* describe's word, for messages */
    crmsync_str reference_to; /* first referenced object */
    uint32_t type;
    uint32_t flags;
    uint32_t length; /* characters; 0 = no limit told */
    uint32_t precision, scale, digits;
    const crmi_picklist_value *values;
    size_t value_count;
    bool of_record_type; /* `values` are those of one record type */
} crmi_field;

typedef struct crmi_record_type {
    crmsync_str id; /* as described, 18 characters */
    crmsync_str name;
    bool available, master, is_default;
    crmi_field *fields; /* picklists with the values that it permits; none = not read */
    size_t field_count;
} crmi_record_type;

typedef struct crmi_object {
    crmsync_str name;
    crmsync_str key_prefix;
    bool createable, updateable, queryable;
    crmi_field *fields;
    size_t field_count;
    crmi_map by_name; /* lower-cased name -> crmi_field */
    crmi_record_type *record_types;
    size_t record_type_count;
} crmi_object;

const crmi_object *crmi_schema_object(const crmsync_schema *schema, crmsync_str name); /* or NULL */
const crmi_field *crmi_object_field(const crmi_object *object, crmsync_str name); /* case folded */
const crmi_field *crmi_schema_field(const crmsync_schema *schema, crmsync_str object,
                                    crmsync_str field);
/* Are there others than the master one, for us to use? */
bool crmi_object_has_record_types(const crmi_object *object);
/* By id; empty = the one that new records get. NULL = none. */
const crmi_record_type *crmi_object_record_type(const crmi_object *object, crmsync_str id);
/* The field as records of that type have it (empty id: new ones). */
const crmi_field *crmi_object_field_as(const crmi_object *object, crmsync_str name, crmsync_str id);
/* Takes in what a record type permits, as the UI API answers. CRMSYNC_E_INVALID: it is no such
 * answer. */
int32_t crmi_schema_add_picklists(crmsync_schema *schema, crmsync_str object, crmsync_str id,
                                  crmsync_str json, crmsync_error **err);
/* Case is folded. */
const crmi_picklist_value *crmi_field_value(const crmi_field *field, crmsync_str value);
/* Takes the next value of a multi-select picklist's `a;b;c`, passing over blank ones; false at the
 * end. */
bool crmi_set_next(crmsync_str *rest, crmsync_str *value);
uint32_t crmi_field_type(crmsync_str describe_type);
/* Required on create: createable, not nillable, not defaulted. */
bool crmi_field_required(const crmi_field *field);

#endif
