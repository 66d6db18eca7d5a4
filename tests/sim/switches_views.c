/* switches_views.c: list views and reports: the settings that answer for them, and their rows. */
#include "switches.h"

#include <string.h>

#include "rest.h"

static orgsim_row *add(orgsim *org, const char *object, const char *prefix, const char *key)
{
    char id[19];
    orgsim_stable_id(prefix, key, id);
    orgsim_row *row = orgsim_row_new(org, orgsim_object_named(org, object), id);
    row->created = row->modified = row->stamp = org->now_ms;
    row->creator = row->modifier = org->api_user;
    return row;
}

static void add_view(orgsim *org, const orgsim_setting *view)
{
    const char *dot = strchr(view->key, '.');
    const orgsim_object *of = dot ? orgsim_object_named_n(org, view->key, (size_t)(dot - view->key)) : NULL;
    orgsim_row *row = add(org, "ListView", "00B", view->key);
    orgsim_put_text(row, "Name", dot ? dot + 1 : view->key);
    orgsim_put_text(row, "DeveloperName", dot ? dot + 1 : view->key);
    orgsim_put_text(row, "SobjectType", of ? of->name : "");
    orgsim_put_bool(row, "IsSoqlCompatible", strcmp(view->value, "none") != 0);
}

static void add_report(orgsim *org, const orgsim_setting *report)
{
    orgsim_row *row = add(org, "Report", "00O", report->key);
    bool summary = strncmp(report->key, "Summary", 7) == 0;
    orgsim_put_text(row, "Name", report->key);
    orgsim_put_text(row, "DeveloperName", report->key);
    orgsim_put_text(row, "FolderName", "Public Reports");
    orgsim_put_text(row, "Format", summary ? "Summary" : "Tabular");
}

/* The rows anew, one for each setting of the name. */
static void mirror(orgsim *org, const char *name, const char *object,
                   void (*add_row)(orgsim *org, const orgsim_setting *setting))
{
    orgsim_object *o = orgsim_object_named(org, object);
    while (o->row_count)
        orgsim_row_gone(org, o->rows[0]);
    for (size_t i = 0; i < org->setting_count; i++) {
        if (strcmp(org->settings[i].name, name) == 0)
            add_row(org, &org->settings[i]);
    }
}

int orgsim_switch_list_view(orgsim *org, const char *name, const char *value)
{
    int rc = orgsim_switch_named_text(org, name, value);
    if (rc == 0)
        mirror(org, name, "ListView", add_view);
    return rc;
}

int orgsim_switch_report(orgsim *org, const char *name, const char *value)
{
    int rc = orgsim_switch_named_text(org, name, value);
    if (rc == 0)
        mirror(org, name, "Report", add_report);
    return rc;
}
