/* Rules on signals: each does something, and writes what it may. */
#include "model/config_table.h"

static int32_t check_signal(const crmi_signal_rule *rule, size_t i, crmsync_error **err)
{
    if (!rule->field_count && !rule->subject.len)
        return crmi_config_refuse(err, "a signal that does nothing",
                                  "Give it \"fields\" or a task with a \"subject\".",
                                  "/signals/%zu", i);
    for (size_t k = 0; k < rule->field_count; k++) {
        if (crmi_config_system_field(rule->fields[k].local))
            return crmi_config_refuse(err, "this field is written by the org alone",
                                      "Write another field.", "/signals/%zu/fields/%.*s", i,
                                      CRMI_SPELL(rule->fields[k].local));
        if (!rule->fields[k].remote.len)
            return crmi_config_refuse(err, "a signal clears no field", "Give it a text.",
                                      "/signals/%zu/fields/%.*s", i,
                                      CRMI_SPELL(rule->fields[k].local));
    }
    if (crmi_str_starts(rule->owner, "00G"))
        return crmi_config_refuse(err, "a queue can own leads only, no tasks",
                                  "Give the id of a user (005...).", "/signals/%zu/task/owner", i);
    return CRMSYNC_OK;
}

int32_t crmi_config_check_signals(const crmsync_config *config, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; !code && i < config->signal_count; i++)
        code = check_signal(&config->signals[i], i, err);
    return code;
}
