/* Made by make_cdef.py from the public headers; do not edit. */
typedef struct crmsync_key_rule {
crmsync_str kind;
crmsync_str field;
crmsync_str key_kind;
} crmsync_key_rule;
typedef struct crmsync_record_keys {
size_t struct_size;
const crmsync_normalizer *normalizer;
const crmsync_key_rule *rules;
size_t rule_count;
...;
} crmsync_record_keys;
