#include "sync/phases.h"

static const crmi_phase phases[] = {
    {CRMSYNC_PHASE_CONNECT, "connect", false, false, crmi_connect_task},
    {CRMSYNC_PHASE_PREFLIGHT, "preflight", true, false, crmi_preflight_task},
    {CRMSYNC_PHASE_DESCRIBE, "describe", true, false, crmi_describe_task},
    {CRMSYNC_PHASE_RECOVER, "recover", true, false, crmi_recover_task},
    {CRMSYNC_PHASE_LOOKUP, "lookup", false, false, crmi_find_task},
    {CRMSYNC_PHASE_SOURCES, "sources", false, false, crmi_sources_task},
    {CRMSYNC_PHASE_IMPORT, "import", true, true, crmi_import_task},
    {CRMSYNC_PHASE_RECONCILE, "reconcile", true, true, crmi_reconcile_task},
    {CRMSYNC_PHASE_AUDIENCE, "audience", true, true, crmi_audience_task},
    {CRMSYNC_PHASE_EXPORT, "export", true, true, crmi_export_task},
    {CRMSYNC_PHASE_CAMPAIGNS, "campaigns", true, true, crmi_campaigns_task},
    {CRMSYNC_PHASE_ACTIVITIES, "activities", true, true, crmi_activities_task},
    {CRMSYNC_PHASE_APPLY, "apply", true, true, crmi_carry_out_task},
    {CRMSYNC_PHASE_DISCONNECT, "disconnect", false, false, crmi_disconnect_task},
};

size_t crmi_phase_count(void)
{
    return sizeof phases / sizeof phases[0];
}

const crmi_phase *crmi_phase_at(size_t i)
{
    return &phases[i];
}

void crmi_job_go_back(crmsync_job *job, uint32_t phase)
{
    for (size_t i = 0; i < crmi_phase_count(); i++) {
        if (phases[i].phase == phase)
            job->phases_begun = i;
    }
}

uint32_t crmi_phases_known(void)
{
    uint32_t all = 0;
    for (size_t i = 0; i < crmi_phase_count(); i++)
        all |= phases[i].phase;
    return all;
}

bool crmi_phases_work(uint32_t asked)
{
    for (size_t i = 0; i < crmi_phase_count(); i++) {
        if ((asked & phases[i].phase) && phases[i].works)
            return true;
    }
    return false;
}

uint32_t crmi_phases_needed(uint32_t asked)
{
    uint32_t needed = asked;
    for (size_t i = 0; i < crmi_phase_count(); i++) {
        if ((asked & phases[i].phase) && phases[i].works)
            needed |= CRMSYNC_PHASE_DESCRIBE | CRMSYNC_PHASE_RECOVER;
    }
    if (needed & (CRMSYNC_PHASE_RECOVER | CRMSYNC_PHASE_LOOKUP))
        needed |= CRMSYNC_PHASE_DESCRIBE;
    return needed;
}

const char *crmsync_phase_name(uint32_t phase)
{
    for (size_t i = 0; i < crmi_phase_count(); i++) {
        if (phases[i].phase == phase)
            return phases[i].name;
    }
    return "unknown";
}
