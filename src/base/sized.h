/* Sized structs of the host: one rule for all of them (docs/abi.md). */
#ifndef CRMI_BASE_SIZED_H
#define CRMI_BASE_SIZED_H

#include "base/error.h"

/*
 * Copies a struct that begins with struct_size into ours of `known` bytes. An older program's shorter
 * one is filled up with zeros; a newer one's further members are accepted when they are all zero, for
 * a host's wish is never dropped silently. `name` is for messages: "the %s ...".
 * CRMSYNC_E_INVALID: NULL, or struct_size not set; CRMSYNC_E_UNSUPPORTED.
 */
int32_t crmi_copy_in(void *to, size_t known, const void *from, const char *name,
                     crmsync_error **err);

#endif
