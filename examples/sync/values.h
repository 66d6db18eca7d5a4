/* Values of the log and of explanations, as people write them. */
#ifndef CRMSYNC_SYNC_VALUES_H
#define CRMSYNC_SYNC_VALUES_H

#include "sync.h"

#include <yyjson.h>

/* Colours, or empty texts. */
typedef struct pen {
    const char *dim, *bold, *plain;
} pen;

pen pen_of(const settings *o);

/* Control characters are escaped: a terminal must not obey what stands in a value. */
void print_safe(const char *s, size_t len);
void print_str(crmsync_str s);
void print_value(yyjson_val *v);
void print_time(int64_t ms);
/* Each field of a log row with its old and new value, and who won it. */
void print_fields(yyjson_val *fields, const pen *p);
/* A text member of an object, or an empty view. */
crmsync_str member(yyjson_val *object, const char *name);

#endif
