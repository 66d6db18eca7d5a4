/**
 * @file plan.h
 * A plan: what would be done to both sides, and why, before anything is done.
 *
 * A plan is one page of operations. Nothing but an applied plan writes to either side, so preview,
 * review, dry run and test look at the same thing. One thread at a time.
 */
#ifndef CRMSYNC_PLAN_H
#define CRMSYNC_PLAN_H

#include <crmsync/decide.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_plan crmsync_plan;

/** What an operation does to a side. */
enum {
    CRMSYNC_OP_NONE = 0,
    CRMSYNC_OP_CREATE = 1,
    CRMSYNC_OP_UPDATE = 2,
    CRMSYNC_OP_DEACTIVATE = 3 /**< the host's side only */
};

#define CRMSYNC_PLAN_NONE ((size_t)-1)

/** One operation. Views live as long as the plan. */
typedef struct crmsync_plan_op {
    size_t struct_size;
    crmsync_str kind;     /**< kind of the host's record */
    crmsync_str local_id; /**< empty: a record the host is to create */
    crmsync_str object;   /**< Salesforce object; empty when none was found or chosen */
    crmsync_str crm_id;   /**< existing CRM record; empty = none yet */
    crmsync_str detail;   /**< a few words: the ambiguous ids, the missing fields */
    uint32_t direction;   /**< CRMSYNC_DIRECTION_* that asked */
    uint32_t crm_op;      /**< CRMSYNC_OP_* */
    uint32_t local_op;    /**< CRMSYNC_OP_* */
    uint32_t outcome;     /**< CRMSYNC_OUTCOME_* when all goes well */
    uint32_t reason;      /**< CRMSYNC_REASON_* */
    uint32_t rule;        /**< CRMSYNC_REASON_MATCH_*; 0 = nothing was found */
    uint32_t link;        /**< 1 = the two records are linked by this */
    uint32_t excluded;    /**< 1 = taken out, or depends on one that is */
    size_t parent;        /**< operation that must come first, or CRMSYNC_PLAN_NONE */
    size_t same_as;       /**< operation whose CRM record this one shares, or CRMSYNC_PLAN_NONE */
    size_t field_count;
    size_t other_count; /**< further CRM records of the same person or company */
} crmsync_plan_op;
#define CRMSYNC_PLAN_OP_INIT                                                                       \
    {                                                                                              \
        sizeof(crmsync_plan_op), {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0, 0,   \
            0, 0, 0, 0, 0, 0, 0, 0, 0                                                              \
    }

/** One field of an operation. A `_new` cell that is ABSENT is not written. */
typedef struct crmsync_plan_field {
    size_t struct_size;
    crmsync_str local;
    crmsync_str remote;
    crmsync_cell local_old, local_new;
    crmsync_cell crm_old, crm_new;
    uint32_t reason; /**< CRMSYNC_REASON_*: who won and why */
    uint32_t zero;
} crmsync_plan_field;
#define CRMSYNC_PLAN_FIELD_INIT                                                                    \
    {                                                                                              \
        sizeof(crmsync_plan_field), {NULL, 0}, {NULL, 0}, {{NULL, 0}, 0, 0, 0},                    \
            {{NULL, 0}, 0, 0, 0}, {{NULL, 0}, 0, 0, 0}, {{NULL, 0}, 0, 0, 0}, 0, 0                 \
    }

/** Frees a plan and all views into it; NULL is allowed. Since 0.1. */
CRMSYNC_API void crmsync_plan_free(crmsync_plan *plan);
/** Number of operations; 0 for NULL. Since 0.1. */
CRMSYNC_API size_t crmsync_plan_count(const crmsync_plan *plan);
/**
 * One operation.
 * @param i    0 to count - 1
 * @param out  its struct_size set; filled as far as that reaches
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID out of range. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_get(const crmsync_plan *plan, size_t i, crmsync_plan_op *out);
/** One field of one operation, 0 to field_count - 1. As crmsync_plan_get(). Since 0.1. */
CRMSYNC_API int32_t crmsync_plan_get_field(const crmsync_plan *plan, size_t i, size_t field,
                                           crmsync_plan_field *out);

/**
 * Many operations at once: rows of kind `plan_op`, one per operation, in their order. Their fields
 * are the members of the JSON form (docs/plan.md): `operation` (its position), `direction`, `kind`,
 * `local_id`, `rev`, `object`, `crm_id`, `crm_op`, `local_op`, `link`, `outcome`, `reason`, `rule`,
 * `parent`, `same_as`, `slot`, `detail`, `excluded` (1, too, where it depends on one that is taken
 * out), and the numbers of its `fields` and `others`. Positions and numbers are DECIMAL, `link` and
 * `excluded` BOOL, the rest TEXT: names for numbers. What an operation does not have is ABSENT.
 *
 * @param first  position of the first one; past the end gives no rows
 * @param count  how many at most; SIZE_MAX = all that follow
 * @param out    freed by the caller, independent of the plan; NULL after an error
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (plan or out is NULL); CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_ops(const crmsync_plan *plan, size_t first, size_t count,
                                     crmsync_rows **out, crmsync_error **err);
/**
 * All fields of many operations at once: rows of kind `plan_field` with the fields `operation`
 * (DECIMAL), `local`, `remote`, `local_old`, `local_new`, `crm_old`, `crm_new` (cells as they are;
 * a new one that is ABSENT is not written), `reason`, `base`. Those of one operation follow each
 * other, as many as its `fields` says. Parameters and errors as crmsync_plan_ops(). Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_fields(const crmsync_plan *plan, size_t first, size_t count,
                                        crmsync_rows **out, crmsync_error **err);
/**
 * Further CRM records of the same person or company, of many operations at once: rows of kind
 * `plan_other` with the fields `operation` (DECIMAL), `object`, `id`, `state` (`live`, `deleted`,
 * `converted`, `vanished`, `merged`) and `moved_to`, the id of the record that took its place.
 * Parameters and errors as crmsync_plan_ops(). Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_others(const crmsync_plan *plan, size_t first, size_t count,
                                        crmsync_rows **out, crmsync_error **err);
/**
 * Takes an operation out of the plan (`excluded` 1) or back in (0). What depends on it, such as the
 * contacts of an account that is to be created, goes with it.
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID out of range. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_exclude(crmsync_plan *plan, size_t i, int32_t excluded);

/**
 * Counts operations: rows of kind `summary` with the fields `operation` (`create`, `update`,
 * `link`, `deactivate`, `none`), `object`, `outcome`, `reason`, `count` (DECIMAL), the most
 * frequent first.
 * @return CRMSYNC_OK or CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_summary(const crmsync_plan *plan, crmsync_rows **out,
                                         crmsync_error **err);

/** How a plan is written as text. */
typedef struct crmsync_plan_text_options {
    size_t struct_size;
    uint32_t colour;     /**< 1 = ANSI colours */
    uint32_t limit;      /**< operations shown in full, the rest is summed up */
    uint32_t all_fields; /**< 1 = fields that stay as they are, too */
    uint32_t no_summary; /**< 1 = without the counts: first line, and what is not shown */
} crmsync_plan_text_options;
#define CRMSYNC_PLAN_TEXT_OPTIONS_INIT                                                             \
    {                                                                                              \
        sizeof(crmsync_plan_text_options), 0, 10, 0, 0                                             \
    }

/**
 * Writes the plan for people: counts, then operations in groups with their fields aligned, each
 * with its reason in words. Control characters and direction marks in values are escaped, columns are
 * those of a terminal; docs/plan.md shows it.
 *
 * @param options  NULL = the defaults of CRMSYNC_PLAN_TEXT_OPTIONS_INIT
 * @param write    called for each piece, several lines each
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID; CRMSYNC_E_NOMEM; what `write` returned. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_write_text(const crmsync_plan *plan,
                                            const crmsync_plan_text_options *options,
                                            crmsync_write_fn write, void *ctx, crmsync_error **err);
/** Writes the plan as one JSON document, numbers by their stored names. Since 0.1. */
CRMSYNC_API int32_t crmsync_plan_write_json(const crmsync_plan *plan, crmsync_write_fn write,
                                            void *ctx, crmsync_error **err);
/**
 * Reads a plan that was written as JSON. It is not trusted: names, ids, references and the fit of
 * operations are checked, and applying it checks every precondition again.
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID with a JSON pointer; CRMSYNC_E_UNSUPPORTED for a newer
 *         version; CRMSYNC_E_LIMIT; CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_read(const crmsync_alloc *alloc, crmsync_str json,
                                      crmsync_plan **out, crmsync_error **err);

/**
 * Explains one operation as JSON: `operation`, `kind`, `id`, `object`, `crm_id`, `outcome`,
 * `reason` and `steps`: the questions asked of the record in their order, each with its answer in words and
 * what to do about it; docs/plan.md lists them.
 *
 * @param i      0 to count - 1
 * @param write  called once with the whole document
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (out of range, NULL); CRMSYNC_E_NOMEM; what `write`
 *         returned. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_explain(const crmsync_plan *plan, size_t i, crmsync_write_fn write,
                                         void *ctx, crmsync_error **err);

/**
 * The plan that takes another one back, from the values that the plan itself says were there: one
 * operation for each that did something and was not excluded, in the same order (`input` too).
 *
 * - An update puts each written field back, on the side it was written to; fields that were not
 *   written stand beside them for comparison. A value that was not known before stays
 *   (`not_restored`).
 * - What was created stays (`created_kept`): nothing is ever deleted. A deactivation or a bare link
 *   stays, too (`not_undone`).
 * - What is put back is no edit: base values follow, so that the next run does not write it again.
 *
 * Whether the fields still hold what the plan wrote is for crmsync_plan_recheck(). Of updates, the
 * inverse of the inverse writes what the plan did.
 *
 * @param plan  unchanged; a page under review, too
 * @param out   freed by the caller, independent of `plan`; NULL after an error
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (plan or out is NULL); CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_inverse(const crmsync_plan *plan, crmsync_plan **out,
                                         crmsync_error **err);

/**
 * Holds the updates of a plan against the records as they are now. A field whose value is not what
 * the plan was made on is taken out (`changed_since`); an operation of which nothing is left, or
 * whose record is not among those handed over, becomes `skipped: stale`. Creates are left alone.
 *
 * A field stands if both sides hold what they held; one that is put back (`restored`) if the side
 * that is written does.
 *
 * @param plan     the caller's own: planned offline, read, or an inverse
 * @param schema   tells how Salesforce compares values; NULL = by the values themselves
 * @param current  batches of records as they are: Salesforce objects with `Id`, the host's kinds
 *                 with `id`. Read during the call only
 * @param count    number of batches
 * @param stale    number of operations of which nothing is left; may be NULL
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (a batch is NULL, a record has no id); CRMSYNC_E_STATE (the
 *         page of a job under review); CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_plan_recheck(crmsync_plan *plan, const crmsync_schema *schema,
                                         const crmsync_rows *const *current, size_t count,
                                         size_t *stale, crmsync_error **err);

/** Everything a decision needs that is not remembered: for previews, tests and tools. */
typedef struct crmsync_decide_input {
    size_t struct_size;
    const crmsync_config *config;
    const crmsync_schema *schema; /**< NULL = nothing is known of the org */
    const crmsync_normalizer *normalizer;
    const crmsync_rows *people;
    const crmsync_rows *companies; /**< NULL = people's own words only */
    const crmsync_rows *const
        *candidates; /**< one per object, its kind: Lead, Contact, Account, User */
    size_t candidate_count;
    int64_t now_ms; /**< 0 = unknown */
    const crmsync_rows *verdicts; /**< of crmsync_suppression_check(), for suppression.holds_export;
                                       NULL = not checked */
} crmsync_decide_input;
#define CRMSYNC_DECIDE_INPUT_INIT                                                                  \
    {                                                                                              \
        sizeof(crmsync_decide_input), NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL               \
    }

/**
 * Decides an export of people offline, as if they had never been synced: no links, no base values.
 * People name their company by the field local.company_id. The plan keeps copies of what it shows.
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (a record without id); CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_decide_people(const crmsync_alloc *alloc,
                                          const crmsync_decide_input *input, crmsync_plan **out,
                                          crmsync_error **err);

CRMSYNC_END_DECLS

#endif
