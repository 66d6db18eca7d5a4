/**
 * @file adapters/record_keys.h
 * Which fields of a record the record stores of the memory, SQLite and PostgreSQL adapters can find
 * it by.
 */
#ifndef CRMSYNC_ADAPTERS_RECORD_KEYS_H
#define CRMSYNC_ADAPTERS_RECORD_KEYS_H

#include <crmsync/normalize.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

/** A record of `kind` carries, in `field`, a key of `key_kind`: `email`, `domain`, `host` or `name`
 *  (normalized as crmsync_normalize_*() does), or any other (compared byte for byte). Every kind is
 *  found by `origin` without a rule. */
typedef struct crmsync_key_rule {
    crmsync_str kind;
    crmsync_str field;
    crmsync_str key_kind;
} crmsync_key_rule;

/**
 * The rules of a store. With `rules` NULL these hold: person.email is an `email`; company.domain
 * and company.website are `domain`s; company.name is a `name`.
 *
 * Rules and texts are copied. A normalizer is borrowed: free it after the store. With NULL the
 * store makes one with default options, which fits a configuration that changes none of them.
 */
typedef struct crmsync_record_keys {
    size_t struct_size;
    const crmsync_normalizer *normalizer;
    const crmsync_key_rule *rules;
    size_t rule_count;
} crmsync_record_keys;

#define CRMSYNC_RECORD_KEYS_INIT {sizeof(crmsync_record_keys), NULL, NULL, 0}

CRMSYNC_END_DECLS

#endif
