/* One case of tests/vectors/decide/. */
#ifndef TESTS_DECIDE_CASE_H
#define TESTS_DECIDE_CASE_H

#include "base/json.h"
#include "decide/decide.h"
#include "model/rows.h"

#define MOST 64

/* One case laid out as inputs. */
typedef struct decide_case {
    const char *name;
    yyjson_val *json;
    crmi_arena arena;
    crmsync_config *config;
    crmsync_schema *schema;
    crmsync_normalizer *normalizer;
    crmi_decide_env env;
    crmsync_rows *rows[16];
    size_t rows_count;
    crmsync_rows *people, *companies, *opportunities;
    crmi_link links[MOST];
    size_t link_count;
    crmi_record persons_found[MOST], accounts[MOST];
    size_t person_found_count, account_count;
    crmi_person_input person_inputs[MOST];
    crmi_company_input company_inputs[MOST];
    size_t company_count;
    crmi_plan plan;
} decide_case;

/* Lays it out and decides it; what cannot be laid out fails the test. */
void decide_case_open(decide_case *b, yyjson_val *json, yyjson_val *configs,
                      crmsync_schema *schema);
void decide_case_close(decide_case *b);

#endif
