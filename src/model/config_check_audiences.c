/* Rules between the members of audiences, and an audience that stands outside a configuration. */
#include <stdio.h>

#include "model/config_reader.h"

/* As the words of the table. */
static const uint32_t objects[] = {CRMI_OBJECT_LEAD, CRMI_OBJECT_CONTACT, CRMI_OBJECT_ACCOUNT};

uint32_t crmi_audience_object(const crmi_audience_rule *rule)
{
    return objects[rule->object];
}

static int32_t refuse(crmsync_error **err, const char *message, const char *remedy,
                      const char *where, const char *member)
{
    char place[120];
    snprintf(place, sizeof place, "%s%s", where, member);
    return crmi_fail_at(err, CRMSYNC_E_INVALID, crmi_str(place), remedy, message);
}

int32_t crmi_config_check_source(const crmi_audience_rule *rule, const char *where,
                                 crmsync_error **err)
{
    size_t sources = (rule->list_view.len > 0) + (rule->report.len > 0) + (rule->soql.len > 0) +
                     (rule->campaign.len > 0);
    if (!sources)
        return refuse(err, "this audience has no source",
                      "Give list_view, report, soql or campaign.", where, "");
    if (sources > 1)
        return refuse(err, "this audience has more than one source", "Make two audiences of it.",
                      where, "");
    if (rule->background && !rule->report.len)
        return refuse(err, "only reports run in the background", "Remove it.", where,
                      "/background");
    if (rule->campaign.len && crmi_audience_object(rule) == CRMI_OBJECT_ACCOUNT)
        return refuse(err, "accounts are not members of campaigns", "Name Lead or Contact.", where,
                      "/object");
    return CRMSYNC_OK;
}

int32_t crmi_config_check_audiences(const crmsync_config *config, crmsync_error **err)
{
    char where[40];
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; !code && i < config->audience_count; i++) {
        const crmi_audience_rule *rule = &config->audiences[i];
        snprintf(where, sizeof where, "/audiences/%zu", i);
        if (!rule->name.len)
            code = refuse(err, "this audience has no name", "Give it one.", where, "/name");
        for (size_t k = 0; !code && k < i; k++) {
            if (crmi_str_eq(config->audiences[k].name, rule->name))
                code = refuse(err, "an earlier audience has this name", "Rename one of them.",
                              where, "/name");
        }
        if (!code)
            code = crmi_config_check_source(rule, where, err);
    }
    return code;
}

const crmi_audience_rule *crmi_config_audience(const crmsync_config *config, crmsync_str name)
{
    for (size_t i = 0; i < config->audience_count; i++) {
        if (crmi_str_eq(config->audiences[i].name, name))
            return &config->audiences[i];
    }
    return NULL;
}

int32_t crmi_audience_read(crmi_arena *arena, crmsync_str json, crmi_audience_rule *out,
                           crmsync_error **err)
{
    crmsync_config scratch = {.alloc = *arena->alloc, .arena = *arena};
    crmi_reader r = {.config = &scratch, .err = err};
    yyjson_doc *doc;
    int32_t code = crmi_json_read(arena->alloc, json, &doc, err);
    if (code)
        return code;
    crmi_buf_init(&r.place, arena->alloc);
    code = crmi_buf_reserve(&r.place, 256)
               ? crmi_reader_group(&r, &crmi_audience_group, out, yyjson_doc_get_root(doc))
               : crmi_fail_nomem(err);
    *arena = scratch.arena;
    crmi_buf_clear(&r.place);
    yyjson_doc_free(doc);
    return code ? code : crmi_config_check_source(out, "", err);
}

uint64_t crmi_audience_stamp(const crmi_audience_rule *rule)
{
    crmi_digest d;
    crmi_digest_init(&d);
    const uint32_t object = crmi_audience_object(rule);
    crmi_digest_part(&d, crmi_str(crmi_crm_object_at(object)->name));
    crmi_digest_part(&d, rule->list_view);
    crmi_digest_part(&d, rule->report);
    crmi_digest_part(&d, rule->soql);
    crmi_digest_part(&d, rule->campaign);
    uint64_t stamp = crmi_digest_end(&d);
    return stamp ? stamp : 1;
}
