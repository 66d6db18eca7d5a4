#include "kit.h"

#include <stdarg.h>
#include <stdio.h>

void crmi_kit_init(crmi_kit *kit, crmsync_conformance_report report, void *report_ctx)
{
    *kit = (crmi_kit){.report = report, .report_ctx = report_ctx};
    crmi_host_alloc_init(&kit->alloc, NULL);
}

void crmi_kit_begin(crmi_kit *kit)
{
    kit->result = CRMSYNC_CASE_PASSED;
    kit->message[0] = '\0';
}

void crmi_kit_end(crmi_kit *kit, const char *name)
{
    if (kit->result == CRMSYNC_CASE_FAILED)
        kit->failures++;
    if (kit->report)
        kit->report(kit->report_ctx, name, kit->result, kit->message);
}

void crmi_kit_skip(crmi_kit *kit, const char *why)
{
    if (kit->result != CRMSYNC_CASE_PASSED)
        return;
    kit->result = CRMSYNC_CASE_SKIPPED;
    snprintf(kit->message, sizeof kit->message, "%s", why);
}

bool crmi_kit_check(crmi_kit *kit, bool held, const char *format, ...)
{
    va_list args;

    if (held || kit->result == CRMSYNC_CASE_FAILED)
        return held;
    kit->result = CRMSYNC_CASE_FAILED;
    va_start(args, format);
    vsnprintf(kit->message, sizeof kit->message, format, args);
    va_end(args);
    return false;
}

bool crmi_kit_answered(crmi_kit *kit, const char *hook, int32_t code, crmsync_error **err)
{
    crmsync_str said = crmsync_error_message(*err);
    bool held = crmi_kit_check(kit, code == CRMSYNC_OK, "%s returned %s: %.*s", hook,
                               crmsync_code_name(code), CRMI_HOST_SPELL(said));
    crmi_kit_check(kit, code != CRMSYNC_OK || !*err, "%s succeeded but set an error", hook);
    crmsync_error_free(*err);
    *err = NULL;
    return held;
}
