/* schema.h: objects and fields of the org, as describe shows them. */
#ifndef ORGSIM_SCHEMA_H
#define ORGSIM_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum orgsim_type {
    ORGSIM_T_ID,
    ORGSIM_T_REFERENCE,
    ORGSIM_T_STRING,
    ORGSIM_T_TEXTAREA,
    ORGSIM_T_PHONE,
    ORGSIM_T_URL,
    ORGSIM_T_EMAIL,
    ORGSIM_T_COMBOBOX,
    ORGSIM_T_PICKLIST,
    ORGSIM_T_MULTIPICKLIST,
    ORGSIM_T_BOOLEAN,
    ORGSIM_T_INT,
    ORGSIM_T_DOUBLE,
    ORGSIM_T_CURRENCY,
    ORGSIM_T_PERCENT,
    ORGSIM_T_DATE,
    ORGSIM_T_DATETIME,
    ORGSIM_T_BASE64,
    ORGSIM_T_ADDRESS
} orgsim_type;

enum {
    ORGSIM_F_CREATE = 1 << 0,
    ORGSIM_F_UPDATE = 1 << 1,
    ORGSIM_F_NILLABLE = 1 << 2,
    ORGSIM_F_DEFAULTED = 1 << 3,
    ORGSIM_F_NOFILTER = 1 << 4, /* neither filterable, sortable nor groupable */
    ORGSIM_F_IDLOOKUP = 1 << 5,
    ORGSIM_F_INDEXED = 1 << 6, /* the store keeps an index; not shown by describe */
    ORGSIM_F_RESTRICTED = 1 << 7,
    ORGSIM_F_UNIQUE = 1 << 8,
    ORGSIM_F_EXTERNAL = 1 << 9,
    ORGSIM_F_NAME = 1 << 10,
    ORGSIM_F_CUSTOM = 1 << 11,
    ORGSIM_F_CALCULATED = 1 << 12,
    ORGSIM_F_CASE = 1 << 13 /* its texts are compared with regard to case */
};

/* Where a value comes from. */
typedef enum orgsim_source {
    ORGSIM_FROM_CELL,
    ORGSIM_FROM_ID,
    ORGSIM_FROM_DELETED,
    ORGSIM_FROM_CREATED,
    ORGSIM_FROM_CREATOR,
    ORGSIM_FROM_MODIFIED,
    ORGSIM_FROM_MODIFIER,
    ORGSIM_FROM_STAMP,
    ORGSIM_FROM_ADDRESS
} orgsim_source;

/* One row of the tables. `extra`: a picklist "A|*B|C" (* = default), references
 * "User,Group:Owner", or the prefix of the parts of an address. */
typedef struct orgsim_field_row {
    const char *name;
    orgsim_type type;
    int length; /* characters, or digits before and after the point of a number */
    int scale;
    uint32_t flags;
    const char *extra;
} orgsim_field_row;

enum {
    ORGSIM_O_DELETABLE = 1 << 0,
    ORGSIM_O_CREATEABLE = 1 << 1,
    ORGSIM_O_UPDATEABLE = 1 << 2,
    ORGSIM_O_MERGEABLE = 1 << 3,
    ORGSIM_O_HARD = 1 << 4,       /* a delete leaves nothing in the recycle bin */
    ORGSIM_O_NO_DELETED = 1 << 5, /* has no IsDeleted */
    ORGSIM_O_NO_CREATED = 1 << 6, /* has neither CreatedDate nor LastModifiedDate */
    ORGSIM_O_REPLICATED = 1 << 7, /* getUpdated and getDeleted */
    ORGSIM_O_EDIT = ORGSIM_O_DELETABLE | ORGSIM_O_CREATEABLE | ORGSIM_O_UPDATEABLE |
                    ORGSIM_O_REPLICATED
};

typedef struct orgsim_object_row {
    const char *name, *label, *plural, *prefix;
    uint32_t flags;
    const orgsim_field_row *fields;
    size_t field_count;
} orgsim_object_row;

extern const orgsim_object_row orgsim_people_objects[];
extern const size_t orgsim_people_object_count;
extern const orgsim_object_row orgsim_sales_objects[];
extern const size_t orgsim_sales_object_count;
extern const orgsim_object_row orgsim_setup_objects[];
extern const size_t orgsim_setup_object_count;
extern const orgsim_object_row orgsim_activity_objects[];
extern const size_t orgsim_activity_object_count;

struct orgsim_index;
struct orgsim_row;

typedef struct orgsim_field {
    char *name, *label;
    orgsim_type type;
    int length, scale;
    uint32_t flags;
    char **values; /* picklist values */
    size_t value_count;
    long default_value; /* position in values, or -1 */
    char **refs;        /* object names */
    size_t ref_count;
    char *relationship; /* "Account" of AccountId; NULL = none */
    orgsim_source source;
    char *address; /* prefix of the parts of an address */
    uint16_t slot; /* position in the object */
    bool hidden;   /* by field-level security */
    struct orgsim_index *index;
} orgsim_field;

typedef struct orgsim_object {
    const char *name, *label, *plural, *prefix;
    uint32_t flags;
    uint16_t number;
    orgsim_field **fields;
    size_t field_count, field_cap;
    struct orgsim_row **rows; /* sorted by id */
    size_t row_count, row_cap;
    bool hidden;      /* no access at all */
    int hide_percent; /* share of the rows that sharing hides */
    int64_t described_at;
} orgsim_object;

/* Builds an object from its table and adds the system fields. */
void orgsim_object_init(orgsim_object *object, const orgsim_object_row *row, uint16_t number);
void orgsim_object_clear(orgsim_object *object);
orgsim_field *orgsim_object_add(orgsim_object *object, const orgsim_field_row *row);

/* NULL when there is none. Names compare without case. */
orgsim_field *orgsim_field_named(const orgsim_object *object, const char *name);
orgsim_field *orgsim_field_named_n(const orgsim_object *object, const char *name, size_t len);
/* The reference field whose relationship is `name`. */
orgsim_field *orgsim_field_related(const orgsim_object *object, const char *name, size_t len);
/* Whether it is a reference to that object. */
bool orgsim_field_leads_to(const orgsim_field *field, const orgsim_object *object);
const char *orgsim_type_name(orgsim_type type);
bool orgsim_type_is_text(orgsim_type type);
bool orgsim_type_is_number(orgsim_type type);
long orgsim_picklist_position(const orgsim_field *field, const char *value);

/* ---- id.c ---- */
void orgsim_id_checksum(const char *id15, char out[4]);
/* 15 or 18 characters to 18; false when it is no id or its checksum is wrong. */
bool orgsim_id_normal(const char *text, size_t len, char out[19]);
void orgsim_id_make(const char *prefix, uint64_t number, char out[19]);

#endif
