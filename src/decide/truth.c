#include "decide/truth.h"

#include "decide/decide.h"

/* Rows are read top-down and the first that fits wins; every column is a set of alternatives. */
typedef struct truth_row {
    uint32_t pair;
    uint32_t moved;
    uint32_t import;
    uint32_t export_rule;
    uint32_t null; /* NULL_KEPT | NULL_PASSED */
    uint32_t winner;
    uint32_t newer;
    crmi_truth then;
} truth_row;

#define ANY        0xffffffffu
#define BIT(value) (1u << (value))

#define CRM     BIT(CRMI_IMPORT_CRM)
#define LOCAL   BIT(CRMI_IMPORT_LOCAL)
#define NEVER   BIT(CRMI_IMPORT_NEVER)
#define TWO_WAY BIT(CRMI_IMPORT_TWO_WAY)

#define X_FILL      BIT(CRMI_EXPORT_FILL)
#define X_OVERWRITE BIT(CRMI_EXPORT_OVERWRITE)

#define NULL_KEPT   1u
#define NULL_PASSED 2u

#define WINS_CRM   BIT(CRMI_WINNER_CRM)
#define WINS_LOCAL BIT(CRMI_WINNER_LOCAL)

#define THEN(action, reason, base)                                                                 \
    {                                                                                              \
        CRMI_ACTION_##action, CRMSYNC_REASON_##reason, CRMI_BASE_##base                            \
    }

enum {
    EQUAL = CRMI_PAIR_EQUAL,
    CRM_EMPTY = CRMI_PAIR_CRM_EMPTY,
    LOCAL_EMPTY = CRMI_PAIR_LOCAL_EMPTY,
    BOTH = CRMI_PAIR_BOTH,
    NO_BASE = CRMI_MOVED_NO_BASE,
    NEITHER = CRMI_MOVED_NEITHER,
    ONLY_CRM = CRMI_MOVED_CRM,
    ONLY_LOCAL = CRMI_MOVED_LOCAL,
    MOVED_BOTH = CRMI_MOVED_BOTH
};

static const truth_row table[] = {
    {EQUAL, ANY, ANY, ANY, ANY, ANY, ANY, THEN(NOTHING, EQUAL, AGREE)},
    {ANY, NEITHER, ANY, ANY, ANY, ANY, ANY, THEN(NOTHING, DIVERGENCE_KNOWN, KEEP)},

    /* v, empty: both moved counts as the local side moved. */
    {CRM_EMPTY, NO_BASE | ONLY_LOCAL | MOVED_BOTH, ANY, X_FILL | X_OVERWRITE, ANY, ANY, ANY,
     THEN(WRITE, FILLED, SENT)},
    {CRM_EMPTY, NO_BASE | ONLY_LOCAL | MOVED_BOTH, ANY, ANY, ANY, ANY, ANY,
     THEN(NOTHING, NOT_FILLED, DIVERGE)},
    /* v, empty, and it was cleared over there: FILL does not refill what a human cleared. */
    {CRM_EMPTY, ONLY_CRM, LOCAL | NEVER, X_OVERWRITE, ANY, ANY, ANY,
     THEN(WRITE, OVERWRITTEN, SENT)},
    {CRM_EMPTY, ONLY_CRM, CRM | LOCAL | TWO_WAY, ANY, NULL_PASSED, ANY, ANY,
     THEN(TAKE, CRM_CLEARED, AGREE)},
    {CRM_EMPTY, ONLY_CRM, ANY, ANY, ANY, ANY, ANY, THEN(NOTHING, CLEARING_KEPT, DIVERGE)},

    /* empty, w: both moved counts as the CRM moved. */
    {LOCAL_EMPTY, NO_BASE | ONLY_CRM | MOVED_BOTH, CRM | LOCAL | TWO_WAY, ANY, ANY, ANY, ANY,
     THEN(TAKE, CRM_FILLS_LOCAL, AGREE)},
    {LOCAL_EMPTY, NO_BASE | ONLY_CRM | MOVED_BOTH, ANY, ANY, ANY, ANY, ANY,
     THEN(NOTHING, NOT_IMPORTED, DIVERGE)},
    /* empty, w, and it was cleared here. */
    {LOCAL_EMPTY, ONLY_LOCAL, ANY, X_OVERWRITE, NULL_PASSED, ANY, ANY,
     THEN(WRITE, LOCAL_CLEARED, SENT)},
    {LOCAL_EMPTY, ONLY_LOCAL, ANY, ANY, ANY, ANY, ANY, THEN(NOTHING, CLEARING_KEPT, DIVERGE)},

    /* v, w under import rule crm. */
    {BOTH, NO_BASE | MOVED_BOTH, CRM, ANY, ANY, ANY, ANY, THEN(TAKE, CRM_WINS, AGREE)},
    {BOTH, ONLY_CRM, CRM | TWO_WAY, ANY, ANY, ANY, ANY, THEN(TAKE, CRM_CHANGED, AGREE)},
    {BOTH, ONLY_LOCAL, CRM | TWO_WAY, X_OVERWRITE, ANY, ANY, ANY, THEN(WRITE, LOCAL_CHANGED, SENT)},
    {BOTH, ONLY_LOCAL, CRM, ANY, ANY, ANY, ANY, THEN(TAKE, LOCAL_EDIT_REVERTED, AGREE)},

    /* v, w under import rules local and never. */
    {BOTH, ANY, LOCAL | NEVER, X_OVERWRITE, ANY, ANY, ANY, THEN(WRITE, OVERWRITTEN, SENT)},
    {BOTH, ANY, LOCAL, ANY, ANY, ANY, ANY, THEN(NOTHING, LOCAL_WINS, DIVERGE)},
    {BOTH, ANY, NEVER, ANY, ANY, ANY, ANY, THEN(NOTHING, DIVERGED, DIVERGE)},

    /* v, w both ways: the interval rule where both moved, else the configured winner. */
    {BOTH, MOVED_BOTH, TWO_WAY, ANY, ANY, ANY, CRMI_NEWER_CRM, THEN(TAKE, NEWER_CRM, AGREE)},
    {BOTH, MOVED_BOTH, TWO_WAY, X_OVERWRITE, ANY, ANY, CRMI_NEWER_LOCAL,
     THEN(WRITE, NEWER_LOCAL, SENT)},
    {BOTH, MOVED_BOTH, TWO_WAY, ANY, ANY, ANY, CRMI_NEWER_LOCAL, THEN(NOTHING, DIVERGED, DIVERGE)},
    {BOTH, NO_BASE | MOVED_BOTH, TWO_WAY, ANY, ANY, WINS_CRM, ANY, THEN(TAKE, WINNER_CRM, AGREE)},
    {BOTH, NO_BASE | MOVED_BOTH, TWO_WAY, X_OVERWRITE, ANY, WINS_LOCAL, ANY,
     THEN(WRITE, WINNER_LOCAL, SENT)},
    {BOTH, ANY, TWO_WAY, ANY, ANY, ANY, ANY, THEN(NOTHING, DIVERGED, DIVERGE)},
};

static bool fits(const truth_row *row, const crmi_truth_case *c)
{
    return (row->pair & c->pair) && (row->moved & c->moved) && (row->import & BIT(c->import)) &&
           (row->export_rule & BIT(c->export_rule)) &&
           (row->null & (c->propagate_null ? NULL_PASSED : NULL_KEPT)) &&
           (row->winner & BIT(c->winner)) && (row->newer & c->newer);
}

crmi_truth crmi_truth_of(const crmi_truth_case *c)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (fits(&table[i], c)) {
            return table[i].then;
        }
    }
    return (crmi_truth){CRMI_ACTION_NOTHING, CRMSYNC_REASON_DIVERGED, CRMI_BASE_DIVERGE};
}

uint32_t crmi_newer(int64_t changed_ms, int64_t read_at_ms, int64_t last_modified_ms)
{
    if (changed_ms <= 0) {
        return CRMI_NEWER_UNDECIDED;
    }
    if (read_at_ms > 0 && changed_ms <= read_at_ms) {
        return CRMI_NEWER_CRM;
    }
    if (last_modified_ms > 0 && changed_ms > last_modified_ms) {
        return CRMI_NEWER_LOCAL;
    }
    return CRMI_NEWER_UNDECIDED;
}
