/* The key rules of a record store, copied from the host, and the keys they make. */
#ifndef CRMI_ADAPTERS_KEY_RULES_H
#define CRMI_ADAPTERS_KEY_RULES_H

#include <crmsync/adapters/record_keys.h>

#include "host_alloc.h"

typedef struct crmi_key_rules {
    const crmsync_alloc *alloc;
    const crmsync_normalizer *normalizer;
    crmsync_normalizer *own; /* made here when the host gave none */
    crmsync_key_rule *rules; /* includes one for `origin`, whose kind is empty: any kind */
    size_t count;
} crmi_key_rules;

int32_t crmi_key_rules_init(crmi_key_rules *k, const crmsync_alloc *alloc,
                            const crmsync_record_keys *from, crmsync_error **err);
void crmi_key_rules_clear(crmi_key_rules *k);
bool crmi_key_rule_applies(const crmsync_key_rule *rule, crmsync_str kind, crmsync_str field);
/* Whether records of a kind are found by keys of that kind at all. */
bool crmi_key_rules_find(const crmi_key_rules *k, crmsync_str kind, crmsync_str key_kind);
/* Makes the key of a text; empty = it has none. `out` holds CRMSYNC_KEY_MAX bytes. */
int32_t crmi_key_make(const crmi_key_rules *k, crmsync_str key_kind, crmsync_str text, char *out,
                      crmsync_str *key);

#endif
