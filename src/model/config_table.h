/*
 * The one description of the configuration: it parses, checks and dumps documents and is what
 * docs/configuration.md and docs/config.schema.json are generated from.
 */
#ifndef CRMI_MODEL_CONFIG_TABLE_H
#define CRMI_MODEL_CONFIG_TABLE_H

#include "base/json.h"
#include "model/config.h"

#define CRMI_CONFIG_VERSION 1
#define CRMI_CONFIG_MAX_BYTES 1048576u

/* What a member holds, and the C type it is kept in. */
enum {
    CRMI_MEMBER_VERSION,
    CRMI_MEMBER_PRESET,
    CRMI_MEMBER_WORD,     /* one of `words`: uint32_t, its position */
    CRMI_MEMBER_SWITCH,   /* one of two words: bool, its position */
    CRMI_MEMBER_SHORTHAND, /* one of `words`; not kept, it gives other members their values */
    CRMI_MEMBER_BOOL,     /* bool */
    CRMI_MEMBER_NUMBER,   /* uint32_t, at most `max` */
    CRMI_MEMBER_TEXT,     /* crmsync_str */
    CRMI_MEMBER_TEXTS,    /* const crmsync_str * and size_t */
    CRMI_MEMBER_WORDS,    /* uint32_t[number of words] and size_t, in order */
    CRMI_MEMBER_SET,      /* uint32_t, a bit for each word */
    CRMI_MEMBER_PAIRS,    /* const crmi_value_pair * and size_t: name -> .local, value -> .remote */
    CRMI_MEMBER_FLIPPED,  /* the same, but name -> .remote, value -> .local */
    CRMI_MEMBER_GROUP,    /* an object: struct of `group` */
    CRMI_MEMBER_GROUPS    /* an array of objects: pointer and size_t */
};

/* How a text must look. The empty text is always allowed unless the member is required. */
typedef struct crmi_text_rule {
    const char *says;    /* completes "must be ..." */
    const char *pattern; /* for the JSON Schema; NULL = any */
    bool (*holds)(crmsync_str s);
} crmi_text_rule;

extern const crmi_text_rule crmi_text_plain;      /* no control characters */
extern const crmi_text_rule crmi_text_local;      /* a field name of the host */
extern const crmi_text_rule crmi_text_remote;     /* an API name */
extern const crmi_text_rule crmi_text_path;       /* an API name, or a path over relationships */
extern const crmi_text_rule crmi_text_template;   /* https://app.example/{id} */
extern const crmi_text_rule crmi_text_version;    /* 60.0 */
extern const crmi_text_rule crmi_text_origin;     /* https://host[:port] */
extern const crmi_text_rule crmi_text_url;        /* https://host/path */
extern const crmi_text_rule crmi_text_my_domain;  /* acme--dev */
extern const crmi_text_rule crmi_text_domain;     /* acme.example */
extern const crmi_text_rule crmi_text_custom;     /* Score__c */
extern const crmi_text_rule crmi_text_campaign;   /* a Campaign id */
extern const crmi_text_rule crmi_text_report;     /* a Report id */
extern const crmi_text_rule crmi_text_select;     /* a SOQL statement, on the face of it */
extern const crmi_text_rule crmi_text_owner;      /* a User or Group id */

typedef struct crmi_group crmi_group;

/* A member that is given gives another one of its group, if that is missing, a value. */
typedef struct crmi_implied {
    const char *word;   /* where the member holds this word; NULL = anything but its default */
    const char *member; /* NULL ends a list */
    const char *value;
} crmi_implied;

typedef struct crmi_member {
    const char *name;
    uint32_t kind;     /* CRMI_MEMBER_* */
    uint32_t max;      /* NUMBER */
    size_t at;         /* offset in the group's struct */
    size_t count_at;   /* offset of the size_t, for arrays and maps */
    const char *const *words;      /* WORD, SWITCH, WORDS, SET; PAIRS: the allowed values */
    const crmi_text_rule *rule;    /* TEXT, items of TEXTS, values of PAIRS; NULL = plain */
    const crmi_text_rule *key_rule; /* member names of PAIRS */
    const crmi_group *group;       /* GROUP, GROUPS */
    const crmi_implied *implies;   /* SHORTHAND; others: may be NULL */
    const char *fallback; /* as written in JSON without quotes; lists: words apart by blanks;
                             NULL = required (texts) or empty (maps, groups) */
    const char *doc;      /* one sentence */
} crmi_member;

struct crmi_group {
    const char *name; /* "object", for the schema's $defs; NULL = inline */
    const crmi_member *members;
    size_t count;
    size_t size; /* of its struct, for arrays */
};

extern const crmi_group crmi_config_group; /* the document; offsets into crmsync_config */
extern const crmi_group crmi_connection_group; /* offsets into crmsync_config */
extern const crmi_group crmi_object_group; /* offsets into crmi_object_rule */
extern const crmi_group crmi_field_group;  /* offsets into crmi_field_rule */
extern const crmi_group crmi_suppression_group; /* offsets into crmi_suppression_rule */
extern const crmi_group crmi_audience_group;    /* offsets into crmi_audience_rule */
extern const crmi_group crmi_signal_group;      /* offsets into crmi_signal_rule */
extern const crmi_group crmi_campaigns_group;   /* offsets into crmi_campaign_rule */

typedef struct crmi_preset {
    const char *name;
    const char *doc;
    const char *json;
} crmi_preset;

const crmi_preset *crmi_preset_at(size_t i); /* NULL past the last one */
const crmi_preset *crmi_preset_named(crmsync_str name);

/* Fills the configuration's members from a document, presets merged in. */
int32_t crmi_config_read(crmsync_config *config, yyjson_val *root, crmsync_error **err);
/* What the table cannot say: rules between members. Fills what follows from others. */
int32_t crmi_config_check(crmsync_config *config, crmsync_error **err);
int32_t crmi_config_check_fields(crmsync_config *config, crmi_object_rule *rule,
                                 crmsync_error **err);
int32_t crmi_config_check_owners(crmsync_config *config, crmsync_error **err);
/* An error at a place: E_INVALID, or E_NOMEM. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
int32_t crmi_config_refuse(crmsync_error **err, const char *message, const char *remedy,
                           const char *place, ...);
bool crmi_config_system_field(crmsync_str name); /* written by the org alone, on any object */
/* The part of it about the connection: its address, and what the flow needs. */
int32_t crmi_config_check_connection(const crmsync_config *config, crmsync_error **err);
/* The part of it about audiences: names, one source each. */
int32_t crmi_config_check_audiences(const crmsync_config *config, crmsync_error **err);
int32_t crmi_config_check_source(const crmi_audience_rule *rule, const char *where,
                                 crmsync_error **err);
/* The part of it about campaigns: built-in rules where none are given; ranks, repeats. */
int32_t crmi_config_check_campaigns(crmsync_config *config, crmsync_error **err);
/* The part of it about signals. */
int32_t crmi_config_check_signals(const crmsync_config *config, crmsync_error **err);
/* What an import reads beside an object's filter: picked campaigns, recent activities. */
int32_t crmi_config_check_reads(crmsync_config *config, crmsync_error **err);
/* Writes the members of a group, in the table's order. */
void crmi_config_write(crmi_jw *w, const crmi_group *group, const void *base);
void crmi_config_write_member(crmi_jw *w, const crmi_member *m, const void *group);
size_t crmi_words_count(const char *const *words);

#endif
