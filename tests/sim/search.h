/* search.h: rows by words, for the search endpoints. */
#ifndef ORGSIM_SEARCH_H
#define ORGSIM_SEARCH_H

#include "org.h"

typedef enum orgsim_search_scope {
    ORGSIM_SEARCH_ALL,
    ORGSIM_SEARCH_NAME,
    ORGSIM_SEARCH_EMAIL,
    ORGSIM_SEARCH_PHONE
} orgsim_search_scope;

/* Writes the rows of one object that have the words of `text` and fulfil `statement`, a SOQL text
 * that tells fields, condition, order and number; not more than `left`, which it lessens. Rows
 * follow those that `out` holds already. 0, or -1 with `problem`. */
int orgsim_search_object(orgsim *org, const char *text, orgsim_search_scope scope,
                         const char *statement, const char *version, size_t *left,
                         orgsim_buf *out, orgsim_problem *problem);

#endif
