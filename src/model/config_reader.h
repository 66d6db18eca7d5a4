/* Reading a configuration: what config_document.c, config_read.c and config_refuse.c share. */
#ifndef CRMI_MODEL_CONFIG_READER_H
#define CRMI_MODEL_CONFIG_READER_H

#include "model/config_table.h"

typedef struct crmi_reader {
    crmsync_config *config;
    crmi_buf place; /* JSON pointer of what is being read */
    crmsync_error **err;
} crmi_reader;

/* One step deeper in the pointer; crmi_reader_leave() undoes it. CRMSYNC_E_NOMEM, or 0. */
int32_t crmi_reader_enter(crmi_reader *r, crmsync_str token, size_t *mark);
int32_t crmi_reader_enter_item(crmi_reader *r, size_t index, size_t *mark);
void crmi_reader_leave(crmi_reader *r, size_t mark);
/* Completes an error made with crmi_fail() by the place and, if given, a remedy: E_INVALID. */
int32_t crmi_reader_refuse(crmi_reader *r, const char *remedy);
int32_t crmi_reader_refuse_type(crmi_reader *r, const char *wanted); /* "must be ..." */
/* An unknown member, a word that is none of `words`: the nearest one is told. */
int32_t crmi_reader_refuse_member(crmi_reader *r, const crmi_group *group, crmsync_str name);
int32_t crmi_reader_refuse_word(crmi_reader *r, const char *const *words, crmsync_str s);
/* object NULL = every member takes its default. */
int32_t crmi_reader_group(crmi_reader *r, const crmi_group *group, void *base, yyjson_val *object);

#endif
