#include "decide/plan_words.h"

const crmi_word crmi_plan_ops[5] = {
    {"none", CRMI_OP_NONE},
    {"create", CRMI_OP_CREATE},
    {"update", CRMI_OP_UPDATE},
    {"deactivate", CRMI_OP_DEACTIVATE},
    {NULL, 0},
};

const crmi_word crmi_plan_bases[7] = {
    {"keep", CRMI_BASE_KEEP},
    {"agree", CRMI_BASE_AGREE},
    {"diverge", CRMI_BASE_DIVERGE},
    {"sent", CRMI_BASE_SENT},
    {"adopt_crm", CRMI_BASE_ADOPT_CRM},
    {"fought", CRMI_BASE_FOUGHT},
    {NULL, 0},
};

const crmi_word crmi_plan_states[6] = {
    {"live", CRMI_TARGET_LIVE},           {"deleted", CRMI_TARGET_DELETED},
    {"converted", CRMI_TARGET_CONVERTED}, {"vanished", CRMI_TARGET_VANISHED},
    {"merged", CRMI_TARGET_MERGED},       {NULL, 0},
};

const crmi_word crmi_plan_flags[7] = {
    {"auto_assign", CRMI_DECISION_AUTO_ASSIGN},
    {"deactivated", CRMI_DECISION_DEACTIVATED},
    {"manual", CRMI_DECISION_MANUAL},
    {"reactivated", CRMI_DECISION_REACTIVATED},
    {"partial", CRMI_DECISION_PARTIAL},
    {"companion", CRMI_DECISION_COMPANION},
    {NULL, 0},
};

const crmi_word crmi_plan_directions[3] = {
    {"in", CRMSYNC_DIRECTION_IN},
    {"out", CRMSYNC_DIRECTION_OUT},
    {NULL, 0},
};

const char *crmi_word_of(const crmi_word *words, uint32_t number)
{
    for (size_t i = 0; words[i].name; i++) {
        if (words[i].number == number) {
            return words[i].name;
        }
    }
    return "";
}

bool crmi_word_number(const crmi_word *words, crmsync_str name, uint32_t *out)
{
    for (size_t i = 0; words[i].name; i++) {
        if (crmi_str_is(name, words[i].name)) {
            *out = words[i].number;
            return true;
        }
    }
    return false;
}
