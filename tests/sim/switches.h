/* switches.h: what the files of switches share. */
#ifndef ORGSIM_SWITCHES_H
#define ORGSIM_SWITCHES_H

#include "org.h"

/* "Contact.Title" to the field; NULL when there is none. */
orgsim_field *orgsim_field_at(orgsim *org, const char *path, orgsim_object **object);

/* ---- switches_schema.c; each 0, or -1 for a value it does not understand ---- */
int orgsim_switch_field_hidden(orgsim *org, const char *name, const char *value);
int orgsim_switch_object_hidden(orgsim *org, const char *name, const char *value);
int orgsim_switch_rows_hidden(orgsim *org, const char *name, const char *value);
int orgsim_switch_external_id(orgsim *org, const char *name, const char *value);
int orgsim_switch_field_add(orgsim *org, const char *name, const char *value);
int orgsim_switch_field_drop(orgsim *org, const char *name, const char *value);
int orgsim_switch_case_sensitive(orgsim *org, const char *name, const char *value);
int orgsim_switch_not_filterable(orgsim *org, const char *name, const char *value);

/* ---- orgsim_switches.c: "key=value", "key=off" or "off", kept under the switch's name ---- */
int orgsim_switch_named_text(orgsim *org, const char *name, const char *value);

/* ---- switches_views.c ---- */
int orgsim_switch_list_view(orgsim *org, const char *name, const char *value);
int orgsim_switch_report(orgsim *org, const char *name, const char *value);

#endif
