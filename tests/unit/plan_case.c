#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"
#include "unit/plan_case.h"

int32_t plan_collect(void *ctx, crmsync_str text)
{
    crmi_buf_add(ctx, text);
    return CRMSYNC_OK;
}

int32_t plan_refuse(void *ctx, crmsync_str text)
{
    (void)ctx;
    (void)text;
    return CRMSYNC_E_CALLBACK;
}

crmsync_plan *plan_case_read(const crmsync_alloc *alloc, yyjson_val *json)
{
    size_t len = 0;
    crmsync_plan *plan = NULL;
    char *text = yyjson_val_write(json, 0, &len);
    assert_int_equal(crmsync_plan_read(alloc, (crmsync_str){text, len}, &plan, NULL), CRMSYNC_OK);
    free(text);
    return plan;
}

void plan_cases_run(const char *file, int (*run)(yyjson_val *json), size_t least)
{
    yyjson_doc *doc = vector_file(file);
    yyjson_val *v, *cases = yyjson_obj_get(yyjson_doc_get_root(doc), "cases");
    size_t i, max;
    int bad = 0;
    yyjson_arr_foreach(cases, i, max, v)
    {
        bad += run(v);
    }
    assert_true(max >= least);
    assert_int_equal(bad, 0);
    yyjson_doc_free(doc);
}
