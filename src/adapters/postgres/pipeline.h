/* Statements that go to the server together and are answered together: one round trip. */
#ifndef CRMI_ADAPTERS_POSTGRES_PIPELINE_H
#define CRMI_ADAPTERS_POSTGRES_PIPELINE_H

#include "store.h"

enum { CRMI_PG_PARAMS = 10, CRMI_PG_QUERIES = 8 };

/* A list as the server reads it. `of` is one of its type numbers. */
enum { CRMI_PG_BYTEA = 17, CRMI_PG_INT8 = 20, CRMI_PG_INT4 = 23 };

typedef struct crmi_pg_list {
    crmi_bytes bytes;
    uint32_t of;
    uint32_t count;
} crmi_pg_list;

void crmi_pg_list_init(crmi_pg_list *l, const crmsync_alloc *alloc, uint32_t of);
void crmi_pg_list_bytes(crmi_pg_list *l, crmsync_str s);
void crmi_pg_list_number(crmi_pg_list *l, uint64_t v);
void crmi_pg_list_clear(crmi_pg_list *l);

typedef struct crmi_pg_query {
    crmi_pg_statement which;
    int count;
    const char *values[CRMI_PG_PARAMS];
    int lengths[CRMI_PG_PARAMS];
    unsigned char numbers[CRMI_PG_PARAMS][8];
} crmi_pg_query;

/* Statements to be sent, and their answers. */
typedef struct crmi_pg_pipeline {
    crmsync_postgres *s;
    size_t count;
    crmi_pg_query queries[CRMI_PG_QUERIES];
    PGresult *results[CRMI_PG_QUERIES];
    bool oom;
    bool sent;  /* the server may have got it */
    bool again; /* refused by the server, nothing done, and it may go well another time */
} crmi_pg_pipeline;

void crmi_pg_pipeline_init(crmi_pg_pipeline *p, crmsync_postgres *s);
void crmi_pg_pipeline_clear(crmi_pg_pipeline *p);
void crmi_pg_add(crmi_pg_pipeline *p, crmi_pg_statement which);
/* Parameters of the statement added last. */
void crmi_pg_bytes(crmi_pg_pipeline *p, crmsync_str s);
void crmi_pg_number(crmi_pg_pipeline *p, uint64_t v, unsigned width);
void crmi_pg_list_of(crmi_pg_pipeline *p, crmi_pg_list *l);
void crmi_pg_begin(crmi_pg_pipeline *p); /* a transaction with the settings of the store */
/* Sends and waits. A transaction that an error left open is rolled back. */
int32_t crmi_pg_run(crmi_pg_pipeline *p, const char *doing, crmsync_error **err);
/* For reading: once more when the connection turns out to be lost. */
int32_t crmi_pg_read(crmi_pg_pipeline *p, const char *doing, crmsync_error **err);
void crmi_pg_rollback(crmsync_postgres *s);

crmsync_str crmi_pg_text(const PGresult *r, int row, int column);
uint64_t crmi_pg_value(const PGresult *r, int row, int column); /* of 1, 4 or 8 bytes */

#endif
