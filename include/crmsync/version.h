/**
 * @file version.h
 * Version of the library.
 */
#ifndef CRMSYNC_VERSION_H
#define CRMSYNC_VERSION_H

#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

#define CRMSYNC_VERSION_MAJOR 0
#define CRMSYNC_VERSION_MINOR 1
#define CRMSYNC_VERSION_PATCH 0
#define CRMSYNC_VERSION_NUMBER 0x000100
#define CRMSYNC_VERSION "0.1.0"

/** Version of the library that is linked, `0xMMmmpp`; compare with CRMSYNC_VERSION_NUMBER.
 *  Since 0.1. */
CRMSYNC_API uint32_t crmsync_version_number(void);
/** The same as text, `0.1.0`; static. Since 0.1. */
CRMSYNC_API const char *crmsync_version(void);

CRMSYNC_END_DECLS

#endif
