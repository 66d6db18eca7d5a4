/* A page of made-up people: as Salesforce sends them, as a host holds them, and how they are linked. */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include "decide/decide.h"
#include "salesforce/query.h"

#define SAMPLE_COLUMNS 18
#define SAMPLE_OWNERS  50

typedef struct sample {
    size_t count;
    crmsync_alloc alloc;
    crmi_arena arena;
    crmsync_config *config;
    crmsync_schema *schema;
    crmsync_normalizer *normalizer;
    crmi_owner owners[SAMPLE_OWNERS];
    crmi_decide_env env;
    crmi_query_column columns[SAMPLE_COLUMNS]; /* of the page */
    crmi_buf page;                             /* Leads, one in ten changed since the link's base */
    crmi_buf lines;                            /* the host's people as JSON lines */
    crmsync_rows *people;                      /* the same as typed rows */
    crmi_link *links;                          /* of person i to the i-th Lead of the page */
} sample;

/* Makes `count` of everything; `schema` is the text of a schema document. */
bool sample_make(sample *s, size_t count, crmsync_str schema);
void sample_clear(sample *s);

#endif
