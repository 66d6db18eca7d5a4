/* Which touches an amount is owed to. */
#include <crmsync/attribution.h>

#include "base/sized.h"
#include "base/time.h"
#include "decide/apportion.h"
#include "decide/decimal.h"
#include "model/rows.h"

#define SCALE_MAX       9u
#define HALF_LIFE_MAX   36500u
#define PARTS           "1000000"
#define AMOUNT_TEXT_MAX (CRMI_SHARE_DIGITS + 4)

typedef struct touches {
    const crmsync_rows *rows;
    crmi_share *shares;
    bool *counts; /* not later than the conversion */
    size_t n;
    size_t counted;
    size_t first, last, lead; /* by time, then position */
} touches;

static int32_t check(const crmsync_attribution *c, crmsync_error **err)
{
    if (c->model < CRMSYNC_ATTRIBUTION_FIRST || c->model > CRMSYNC_ATTRIBUTION_TIME_DECAY) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "%u is no attribution model", c->model);
    }
    if (c->late > CRMSYNC_LATE_REFUSE) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "%u says nothing about late touches", c->late);
    }
    if (c->scale > SCALE_MAX) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "a scale of %u is above %u", c->scale, SCALE_MAX);
    }
    if (c->model == CRMSYNC_ATTRIBUTION_TIME_DECAY &&
        (!c->half_life_days || c->half_life_days > HALF_LIFE_MAX)) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "half_life_days must be 1 to %u", HALF_LIFE_MAX);
    }
    if (c->model == CRMSYNC_ATTRIBUTION_W_SHAPED && !c->lead_created_ms) {
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "w-shaped attribution needs lead_created_ms; use u-shaped without it");
    }
    return CRMSYNC_OK;
}

/* The amount in whole units of the currency, most significant digit first. */
static int32_t units_of(const crmsync_attribution *c, crmi_decimal *amount,
                        unsigned char digits[CRMI_SHARE_DIGITS], size_t *count, crmsync_error **err)
{
    if (!crmi_decimal_parse(c->amount, amount)) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "the amount \"%.*s\" is no decimal number",
                         CRMI_SPELL(crmi_str_sub(c->amount, 0, 80)));
    }
    if (crmi_decimal_scale(amount) > c->scale) {
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "the amount \"%.*s\" has more than %u digits after the point; round it "
                         "before, or raise scale",
                         CRMI_SPELL(crmi_str_sub(c->amount, 0, 80)), c->scale);
    }
    *count = crmi_decimal_whole_digits(amount) + c->scale;
    if (*count > CRMI_SHARE_DIGITS) {
        return crmi_fail(err, CRMSYNC_E_LIMIT, "the amount has more than %u digits",
                         CRMI_SHARE_DIGITS);
    }
    for (size_t i = 0; i < *count; i++) {
        ptrdiff_t at =
            (ptrdiff_t)i + amount->exponent - (ptrdiff_t)crmi_decimal_whole_digits(amount);
        digits[i] = at >= 0 && (size_t)at < amount->count ? amount->digits[at] : 0;
    }
    return CRMSYNC_OK;
}

/* Rows are in the host's order: of two touches at one time the one that stands first is earlier. */
static void note(touches *t, const crmsync_attribution *c, size_t i)
{
    int64_t at = t->shares[i].at;
    if (!t->counted || at < t->shares[t->first].at) {
        t->first = i;
    }
    if (!t->counted || at >= t->shares[t->last].at) {
        t->last = i;
    }
    bool made = at <= c->lead_created_ms;
    bool better = t->lead == t->n || at >= t->shares[t->lead].at;
    if (made && better) {
        t->lead = i;
    }
    t->counts[i] = true;
    t->counted++;
}

static int32_t read_touches(touches *t, const crmsync_attribution *c, crmsync_error **err)
{
    t->lead = t->n;
    for (size_t i = 0; i < t->n; i++) {
        crmsync_cell at = crmi_record_get((crmi_record){t->rows, i}, CRMI_STR("at"));
        if (!crmi_cell_instant(&at, &t->shares[i].at)) {
            return crmi_fail(err, CRMSYNC_E_INVALID, "touch %zu has no time in \"at\"", i);
        }
        bool late = c->converted_ms && t->shares[i].at > c->converted_ms;
        if (late && c->late == CRMSYNC_LATE_REFUSE) {
            return crmi_fail(err, CRMSYNC_E_INVALID, "touch %zu is later than the conversion", i);
        }
        if (!late) {
            note(t, c, i);
        }
    }
    t->lead = t->lead == t->n ? t->first : t->lead;
    return CRMSYNC_OK;
}

/* Key touches get `key` percent each, the others share the rest. */
static void shaped(touches *t, const size_t *keys, size_t key_count, uint64_t key)
{
    uint64_t rest = 100 - key * key_count;
    size_t others = t->counted;
    for (size_t i = 0; i < t->n; i++) {
        bool is_key = false;
        for (size_t k = 0; k < key_count; k++) {
            is_key = is_key || keys[k] == i;
        }
        others -= t->counts[i] && is_key;
    }
    for (size_t i = 0; i < t->n; i++) {
        t->shares[i].weight = t->counts[i] ? rest : 0;
    }
    for (size_t k = 0; k < key_count; k++) {
        t->shares[keys[k]].weight = 0;
    }
    for (size_t k = 0; k < key_count; k++) {
        t->shares[keys[k]].weight += key * (others ? others : 1);
    }
}

static void weigh(touches *t, const crmsync_attribution *c)
{
    const size_t keys[] = {t->first, t->last, t->lead};
    uint64_t half_life = (uint64_t)c->half_life_days * (uint64_t)CRMI_DAY_MS;
    bool decays = c->model == CRMSYNC_ATTRIBUTION_TIME_DECAY;
    switch (c->model) {
    case CRMSYNC_ATTRIBUTION_FIRST: t->shares[t->first].weight = 1; return;
    case CRMSYNC_ATTRIBUTION_LAST: t->shares[t->last].weight = 1; return;
    case CRMSYNC_ATTRIBUTION_U_SHAPED: shaped(t, keys, 2, 40); return;
    case CRMSYNC_ATTRIBUTION_W_SHAPED: shaped(t, keys, 3, 30); return;
    default: break;
    }
    for (size_t i = 0; i < t->n; i++) {
        uint64_t age = (uint64_t)t->shares[t->last].at - (uint64_t)t->shares[i].at;
        uint64_t weight = decays ? crmi_decay(age, half_life) : 1;
        t->shares[i].weight = t->counts[i] ? weight : 0;
    }
}

static crmsync_cell decimal_cell(const crmi_share *share, size_t count, size_t scale, bool negative,
                                 char text[AMOUNT_TEXT_MAX])
{
    size_t n = 0;
    size_t skip = 0;
    bool zero = true;
    for (size_t i = 0; i <= count; i++) {
        zero = zero && share->units[i] == 0;
    }
    while (skip + scale < count && share->units[skip] == 0) {
        skip++;
    }
    if (negative && !zero) {
        text[n++] = '-';
    }
    for (size_t i = skip; i <= count; i++) {
        if (i + scale == count + 1) {
            text[n++] = '.';
        }
        text[n++] = (char)('0' + share->units[i]);
    }
    return (crmsync_cell){{text, n}, 0, CRMSYNC_CELL_DECIMAL, 0};
}

static int32_t put(crmsync_rows *out, size_t row, const char *field, const crmsync_cell *cell,
                   crmsync_error **err)
{
    return crmi_rows_put(out, row, crmi_str(field), cell) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* Shares the digits out and writes one column. */
static int32_t column(touches *t, const unsigned char *digits, size_t count, size_t scale,
                      bool negative, const char *name, crmsync_rows *out, crmsync_error **err)
{
    char text[AMOUNT_TEXT_MAX];
    int32_t code = crmi_apportion(crmi_rows_alloc(out), digits, count, t->shares, t->n)
                       ? CRMSYNC_OK
                       : crmi_fail_nomem(err);
    for (size_t i = 0; code == CRMSYNC_OK && i < t->n; i++) {
        crmsync_cell cell = decimal_cell(&t->shares[i], count, scale, negative, text);
        code = put(out, i, name, &cell, err);
    }
    return code;
}

static int32_t name_touches(const touches *t, crmsync_rows *out, crmsync_error **err)
{
    static const char *const names[] = {"id", "campaign_id"};
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; code == CRMSYNC_OK && i < t->n; i++) {
        code = crmi_rows_add_row(out) >= 0 ? CRMSYNC_OK : crmi_fail_nomem(err);
        for (size_t k = 0; code == CRMSYNC_OK && k < 2; k++) {
            crmsync_cell cell = crmi_record_get((crmi_record){t->rows, i}, crmi_str(names[k]));
            code = put(out, i, names[k], &cell, err);
        }
    }
    return code;
}

static int32_t share_out(touches *t, const crmsync_attribution *c, crmsync_rows *out,
                         crmsync_error **err)
{
    unsigned char parts[sizeof(PARTS) - 1];
    unsigned char digits[CRMI_SHARE_DIGITS];
    crmi_decimal amount;
    size_t count = 0;
    int32_t code = units_of(c, &amount, digits, &count, err);
    for (size_t i = 0; i < sizeof(parts); i++) {
        parts[i] = (unsigned char)(PARTS[i] - '0');
    }
    if (code == CRMSYNC_OK) {
        code = read_touches(t, c, err);
    }
    if (code == CRMSYNC_OK) {
        code = name_touches(t, out, err);
    }
    if (code == CRMSYNC_OK && t->counted) {
        weigh(t, c);
    }
    if (code == CRMSYNC_OK) {
        code = column(t, parts, sizeof(parts), 0, false, "share_ppm", out, err);
    }
    if (code == CRMSYNC_OK) {
        code = column(t, digits, count, c->scale, amount.negative, "amount", out, err);
    }
    return code;
}

int32_t crmsync_attribute(const crmsync_alloc *alloc, const crmsync_attribution *conversion,
                          const crmsync_rows *rows, crmsync_rows **out, crmsync_error **err)
{
    static const crmsync_str fields[] = {CRMSYNC_STR_LIT("id"), CRMSYNC_STR_LIT("campaign_id"),
                                         CRMSYNC_STR_LIT("share_ppm"), CRMSYNC_STR_LIT("amount")};
    crmsync_attribution c;
    crmsync_rows *made = NULL;
    touches t = {.rows = rows};
    *out = NULL;
    int32_t code = crmi_copy_in(&c, sizeof(c), conversion, "members of the conversion", err);
    if (code == CRMSYNC_OK && !rows) {
        code = crmi_fail(err, CRMSYNC_E_INVALID,
                         "attribution needs touches; without any, pass "
                         "empty rows");
    }
    if (code == CRMSYNC_OK) {
        code = check(&c, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmsync_rows_new(alloc, CRMI_STR("attribution"), fields, 4, &made, err);
    }
    if (code != CRMSYNC_OK) {
        return code;
    }
    t.n = crmsync_rows_count(rows);
    if (t.n > CRMI_SHARES_MAX) {
        code = crmi_fail(err, CRMSYNC_E_LIMIT, "more than %u touches", CRMI_SHARES_MAX);
        goto done;
    }
    t.shares = crmi_alloc_zeroed(crmi_rows_alloc(made), t.n + 1, sizeof(*t.shares));
    t.counts = crmi_alloc_zeroed(crmi_rows_alloc(made), t.n + 1, sizeof(*t.counts));
    code = t.shares && t.counts ? share_out(&t, &c, made, err) : crmi_fail_nomem(err);
done:
    crmi_dealloc_array(crmi_rows_alloc(made), t.shares, t.n + 1, sizeof(*t.shares));
    crmi_dealloc_array(crmi_rows_alloc(made), t.counts, t.n + 1, sizeof(*t.counts));
    if (code != CRMSYNC_OK) {
        crmsync_rows_free(made);
        return code;
    }
    *out = made;
    return CRMSYNC_OK;
}
