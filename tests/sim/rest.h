/* rest.h: one REST call while it is being answered. */
#ifndef ORGSIM_REST_H
#define ORGSIM_REST_H

#include "dml.h"
#include "life.h"
#include "soql.h"

enum { ORGSIM_ARGS = 4 };

typedef struct orgsim_pair {
    char *name, *value;
} orgsim_pair;

typedef struct orgsim_pairs {
    orgsim_pair *items;
    size_t count, cap;
} orgsim_pairs;
void orgsim_pairs_add(orgsim_pairs *pairs, const char *name, const char *value);
const char *orgsim_pairs_get(const orgsim_pairs *pairs, const char *name); /* NULL = absent */
void orgsim_pairs_clear(orgsim_pairs *pairs);

typedef struct orgsim_call {
    orgsim *org;
    char *method, *target;   /* target with its query */
    char *query;             /* after the '?'; "" when none */
    char version[8];         /* "60.0" */
    char *args[ORGSIM_ARGS]; /* what the * of the pattern stand for, decoded */
    orgsim_pairs headers;
    const char *body;
    size_t body_len;
    yyjson_doc *doc; /* of the body, once asked for */
    orgsim_writer writer;
    bool nested; /* a part of a composite request */
    /* the answer */
    int status;
    orgsim_pairs out_headers;
    orgsim_buf out;
} orgsim_call;

/* ---- response.c ---- */
void orgsim_call_clear(orgsim_call *call);
void orgsim_answer(orgsim_call *call, int status); /* the body is in call->out */
void orgsim_refuse(orgsim_call *call, const orgsim_problem *problem);
void orgsim_refuse_with(orgsim_call *call, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* One error object; `key` is "errorCode" or "statusCode". */
void orgsim_write_error(const orgsim_call *call, const orgsim_problem *problem, const char *key,
                        orgsim_buf *out);
/* Decoded parameter of the query, to be freed; NULL = absent. */
char *orgsim_parameter(const orgsim_call *call, const char *name);
bool orgsim_header_is(const orgsim_call *call, const char *name, const char *value);
/* The body as JSON; NULL after refusing it. */
yyjson_val *orgsim_body(orgsim_call *call);
/* The object that an argument names; NULL after refusing. */
orgsim_object *orgsim_call_object(orgsim_call *call, const char *name);

/* ---- dispatch.c ---- */
/* Routes by method and path below /services/data/vXX.X/ and fills the answer. */
void orgsim_route(orgsim_call *call);

/* ---- rest_*.c ---- */
typedef void (*orgsim_handler)(orgsim_call *call);
void orgsim_rest_query(orgsim_call *call);
void orgsim_rest_query_all(orgsim_call *call);
void orgsim_rest_query_more(orgsim_call *call);
void orgsim_rest_create(orgsim_call *call);
void orgsim_rest_read(orgsim_call *call);
void orgsim_rest_update(orgsim_call *call);
void orgsim_rest_delete(orgsim_call *call);
void orgsim_rest_post_row(orgsim_call *call); /* POST with ?_HttpMethod=PATCH */
void orgsim_rest_external_read(orgsim_call *call);
void orgsim_rest_external_upsert(orgsim_call *call);
void orgsim_rest_external_delete(orgsim_call *call);
void orgsim_rest_describe_global(orgsim_call *call);
void orgsim_rest_describe(orgsim_call *call);
/* ---- rest_picklists.c ---- */
/* The member recordTypeInfos of a describe answer. */
void orgsim_write_record_types(const orgsim *org, const orgsim_object *object, orgsim_buf *out);
void orgsim_rest_picklists(orgsim_call *call);
void orgsim_rest_object_info(orgsim_call *call);
void orgsim_rest_updated(orgsim_call *call);
void orgsim_rest_deleted(orgsim_call *call);
void orgsim_rest_collection_create(orgsim_call *call);
void orgsim_rest_collection_update(orgsim_call *call);
void orgsim_rest_collection_delete(orgsim_call *call);
void orgsim_rest_collection_upsert(orgsim_call *call);
void orgsim_rest_collection_read(orgsim_call *call);
void orgsim_rest_composite(orgsim_call *call);
void orgsim_rest_batch(orgsim_call *call);
void orgsim_rest_graph(orgsim_call *call);
void orgsim_rest_tree(orgsim_call *call);
void orgsim_rest_limits(orgsim_call *call);
void orgsim_rest_resources(orgsim_call *call);
void orgsim_rest_versions(orgsim_call *call);
void orgsim_rest_ui_create(orgsim_call *call);
void orgsim_rest_listviews(orgsim_call *call);
void orgsim_rest_listview(orgsim_call *call);
void orgsim_rest_listview_describe(orgsim_call *call);
void orgsim_rest_listview_results(orgsim_call *call);
void orgsim_rest_reports(orgsim_call *call);
void orgsim_rest_report_describe(orgsim_call *call);
void orgsim_rest_report_instances(orgsim_call *call);
void orgsim_rest_search(orgsim_call *call);
void orgsim_rest_parameterized_search(orgsim_call *call);
void orgsim_rest_record_count(orgsim_call *call);
void orgsim_rest_report_run(orgsim_call *call);
void orgsim_rest_report_start(orgsim_call *call);
void orgsim_rest_report_instance(orgsim_call *call);
void orgsim_rest_ingest_create(orgsim_call *call);
void orgsim_rest_ingest_list(orgsim_call *call);
void orgsim_rest_ingest_job(orgsim_call *call);
void orgsim_rest_ingest_upload(orgsim_call *call);
void orgsim_rest_ingest_results(orgsim_call *call);
void orgsim_rest_bulk_query_create(orgsim_call *call);
void orgsim_rest_bulk_query_list(orgsim_call *call);
void orgsim_rest_bulk_query_job(orgsim_call *call);
void orgsim_rest_bulk_query_results(orgsim_call *call);

/* ---- rest_views.c: list views and reports are settings ---- */
/* An id that follows from the name alone, so that it stays what it is. */
void orgsim_stable_id(const char *prefix, const char *name, char id[19]);
/* The setting whose id that is; NULL after refusing. `object` NULL = any. */
const orgsim_setting *orgsim_thing_of(orgsim_call *call, const char *name, const char *prefix,
                                      const char *object, const char *id);
/* The SOQL behind a list view or report, to be freed; NULL = there is none. */
char *orgsim_view_statement(const orgsim *org, const char *id);

/* ---- rest_upsert.c ---- */
typedef struct orgsim_upsert {
    int status; /* 200, 201, 300; 0 = refused */
    orgsim_row *row;
    orgsim_rows matches; /* of 300, to be cleared */
} orgsim_upsert;
/* Creates or updates the row whose external-id field has that value. */
orgsim_upsert orgsim_upsert_by(orgsim_call *call, const orgsim_writer *writer,
                               orgsim_object *object, const orgsim_field *field,
                               const char *value, yyjson_val *fields, bool update_only,
                               orgsim_problem *problem);
/* The field of the address; NULL after refusing. */
orgsim_field *orgsim_external_field(orgsim_call *call, const orgsim_object *object,
                                    const char *name);

/* ---- rest_refs.c: @{ref.id} in composite requests ---- */
typedef struct orgsim_results {
    struct { char *name; yyjson_doc *body; bool failed; } *items;
    size_t count, cap;
} orgsim_results;
void orgsim_results_add(orgsim_results *results, const char *name, const orgsim_call *call);
void orgsim_results_clear(orgsim_results *results);
/* Replaces references in a text; NULL with `problem` when one cannot be. To be freed. */
char *orgsim_resolve_text(const orgsim_results *results, const char *text,
                          orgsim_problem *problem);
char *orgsim_resolve_json(const orgsim_results *results, yyjson_val *json,
                          orgsim_problem *problem);
/* One part of a composite request, executed. */
void orgsim_run_part(orgsim_call *outer, yyjson_val *part, const orgsim_results *results,
                     orgsim_call *call);
/* {"body":..,"httpHeaders":..,"httpStatusCode":..,"referenceId":..} */
void orgsim_write_part(const orgsim_call *call, const char *reference, orgsim_buf *out);
void orgsim_write_halted(const char *reference, const char *message, orgsim_buf *out);

/* ---- oauth.c ---- */
void orgsim_oauth(orgsim_call *call, const char *path);
orgsim_token *orgsim_token_find(const orgsim *org, const char *text);

#endif
