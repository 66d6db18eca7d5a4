/* A page of people with the companies they need, parents before children. */
#include "decide/page.h"

static int32_t check_page(const crmi_export_page *page, crmsync_error **err)
{
    for (size_t i = 0; i < page->person_count; i++) {
        if (!page->people[i].local.rows || !crmi_record_text(page->people[i].local, "id").len) {
            return crmi_fail(err, CRMSYNC_E_INVALID,
                             "person %zu has no \"id\": every record needs the host's id", i);
        }
    }
    return CRMSYNC_OK;
}

crmi_mapping *crmi_page_mapping(crmi_page *page, const crmi_object_rule *rule)
{
    return rule ? &page->mappings[rule->crm->number] : NULL;
}

static int32_t find_mappings(crmi_page *page, crmsync_error **err)
{
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        const crmsync_str name = crmi_str(crmi_crm_object_at(i)->name);
        if (!crmi_mapping_make(&page->mappings[i], page->arena,
                               crmi_config_object(page->env->config, name),
                               crmi_schema_object(page->env->schema, name))) {
            return crmi_fail_nomem(err);
        }
    }
    return CRMSYNC_OK;
}

int32_t crmi_decide_export(const crmi_decide_env *env, const crmi_export_page *in, crmi_plan *plan,
                           crmsync_error **err)
{
    crmi_map users;
    crmi_decide_env own = *env;
    crmi_page page = {.env = &own, .in = in, .plan = plan, .arena = &plan->arena};
    int32_t code = check_page(in, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    crmi_map_init(&users, env->alloc);
    own.users_by_email = &users;
    crmi_map_init(&page.claims, env->alloc);
    crmi_map_init(&page.taken, env->alloc);
    crmi_map_init(&page.emails, env->alloc);
    page.companies = crmi_arena_array(page.arena, in->company_count + 1, sizeof(*page.companies));
    if (!page.companies || !crmi_plan_reserve(plan, in->person_count)) {
        code = crmi_fail_nomem(err);
    }
    code = code == CRMSYNC_OK ? find_mappings(&page, err) : code;
    for (size_t i = 0; code == CRMSYNC_OK && i < in->company_count; i++) {
        page.companies[i].decision = CRMI_NO_DECISION;
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < in->person_count; i++) {
        code = crmi_page_person(&page, i, err);
    }
    for (size_t i = 0; code == CRMSYNC_OK && in->companies_too && i < in->company_count; i++) {
        code = crmi_page_company(&page, i, false, (crmi_record){NULL, 0}, err);
    }
    crmi_map_clear(&page.claims);
    crmi_map_clear(&page.taken);
    crmi_map_clear(&page.emails);
    crmi_map_clear(&users);
    return code;
}
