/* Running cases and reporting them: the part that all kits share. */
#ifndef CRMI_CONFORMANCE_KIT_H
#define CRMI_CONFORMANCE_KIT_H

#include <crmsync/conformance.h>

#include "host_alloc.h"

typedef struct crmi_kit {
    crmsync_alloc alloc;
    crmsync_conformance_report report;
    void *report_ctx;
    int32_t failures;
    int32_t result;    /* of the case that runs */
    char message[512]; /* its first failure */
} crmi_kit;

void crmi_kit_init(crmi_kit *kit, crmsync_conformance_report report, void *report_ctx);
void crmi_kit_begin(crmi_kit *kit);
void crmi_kit_end(crmi_kit *kit, const char *name);
void crmi_kit_skip(crmi_kit *kit, const char *why);
/* Notes a failure unless `held`; the first of a case is kept. Returns `held`. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
bool crmi_kit_check(crmi_kit *kit, bool held, const char *format, ...);
/* The hook answered: 0. Frees and quotes its error otherwise. */
bool crmi_kit_answered(crmi_kit *kit, const char *hook, int32_t code, crmsync_error **err);

#endif
