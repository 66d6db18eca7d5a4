/* The words of an activity: its subject and its description. */
#include "decide/activity.h"

#include "base/json.h"
#include "base/time.h"

#define DESCRIPTION_MAX 32000u /* Object Reference, Task and Event */
#define STORED_MAX 40000u /* a journal entry holds it as JSON, in at most 64 KiB */
#define MARKER "\n[shortened]"

crmsync_str crmi_activity_text(const crmi_activity_case *c, const char *field)
{
    crmsync_cell cell = crmi_record_get(c->in->local, crmi_str(field));
    bool text = cell.type == CRMSYNC_CELL_TEXT || cell.type == CRMSYNC_CELL_DECIMAL;
    return text ? crmi_str_trim(cell.text) : CRMI_STR_EMPTY;
}

int32_t crmi_activity_subject(const crmi_activity_case *c, crmi_arena *arena, crmsync_str *out,
                              crmsync_error **err)
{
    crmi_buf b;
    crmsync_str own = c->redacted ? CRMI_STR_EMPTY : crmi_activity_text(c, "subject");
    crmsync_str about = c->kind->about && !c->redacted ? crmi_activity_text(c, c->kind->about)
                                                       : CRMI_STR_EMPTY;
    if (own.len) {
        *out = own;
        return CRMSYNC_OK;
    }
    crmi_buf_init(&b, c->env->alloc);
    crmi_buf_lit(&b, c->kind->title);
    if (about.len) {
        crmi_buf_lit(&b, ": ");
        crmi_buf_add(&b, about);
    }
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(arena, crmi_buf_str(&b), out);
    crmi_buf_clear(&b);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* ---- lines ---- */

static void new_line(crmi_buf *b)
{
    if (b->len) {
        crmi_buf_char(b, '\n');
    }
}

static void text_line(crmi_buf *b, const char *label, crmsync_str value)
{
    new_line(b);
    crmi_buf_fmt(b, "%s: ", label);
    crmi_buf_add(b, value);
}

static void time_line(crmi_buf *b, const char *label, const crmsync_cell *at)
{
    if (at->type == CRMSYNC_CELL_DATETIME) {
        new_line(b);
        crmi_buf_fmt(b, "%s: ", label);
        crmi_buf_datetime_s(b, at->number);
    } else if (at->type == CRMSYNC_CELL_TEXT) {
        text_line(b, label, crmi_str_trim(at->text));
    }
}

static void duration_line(crmi_buf *b, const char *label, uint64_t left)
{
    static const struct {
        uint64_t seconds;
        const char *unit;
    } parts[] = {{3600, "h"}, {60, "min"}, {1, "s"}};
    new_line(b);
    crmi_buf_fmt(b, "%s:", label);
    bool any = false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        uint64_t n = left / parts[i].seconds;
        left %= parts[i].seconds;
        if (n || (!any && parts[i].seconds == 1)) {
            crmi_buf_char(b, ' ');
            crmi_buf_u64(b, n);
            crmi_buf_fmt(b, " %s", parts[i].unit);
            any = true;
        }
    }
}

/* A value of a form or list as a person reads it; what is neither text nor number stays JSON. */
static void put_value(crmi_buf *b, yyjson_val *v)
{
    if (yyjson_is_str(v)) {
        crmi_buf_add(b, crmi_json_text(v));
    } else if (!yyjson_is_null(v)) {
        crmi_jw w = crmi_jw_to(b);
        crmi_jw_value(&w, v);
    }
}

static void page_lines(crmi_buf *b, const char *label, yyjson_val *list)
{
    size_t i, max;
    yyjson_val *v;
    new_line(b);
    crmi_buf_fmt(b, "%s: %zu", label, yyjson_arr_size(list));
    yyjson_arr_foreach(list, i, max, v)
    {
        crmi_buf_lit(b, "\n- ");
        put_value(b, v);
    }
}

static void form_lines(crmi_buf *b, const char *label, yyjson_val *form)
{
    size_t i, max;
    yyjson_val *key, *v;
    new_line(b);
    crmi_buf_fmt(b, "%s:", label);
    yyjson_obj_foreach(form, i, max, key, v)
    {
        crmi_buf_lit(b, "\n- ");
        crmi_buf_add(b, crmi_json_text(key));
        crmi_buf_lit(b, ": ");
        put_value(b, v);
    }
}

static size_t lines_of(crmsync_str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++) {
        n += text.ptr[i] == '\n';
    }
    return n;
}

/* JSON where the host gives JSON, else the lines as they are. */
static int32_t list_lines(const crmi_activity_case *c, crmi_buf *b, const crmi_activity_field *f,
                          crmsync_str text, crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    bool pages = f->line == CRMI_LINE_PAGES;
    bool json = crmi_str_starts(text, pages ? "[" : "{");
    int32_t code = json ? crmi_json_read(c->env->alloc, text, &doc, NULL) : CRMSYNC_E_INVALID;
    if (code == CRMSYNC_E_NOMEM) {
        return crmi_fail_nomem(err);
    }
    if (code == CRMSYNC_OK) {
        (pages ? page_lines : form_lines)(b, f->label, yyjson_doc_get_root(doc));
        yyjson_doc_free(doc);
        return CRMSYNC_OK;
    }
    new_line(b);
    crmi_buf_fmt(b, "%s:", f->label);
    if (pages) {
        crmi_buf_fmt(b, " %zu", lines_of(text));
    }
    crmi_buf_char(b, '\n');
    crmi_buf_add(b, text);
    return CRMSYNC_OK;
}

/* ---- a visit of several records ---- */

static size_t add_lines(crmi_buf *b, crmsync_str text)
{
    size_t n = 0;
    while (text.len) {
        ptrdiff_t end = crmi_str_chr(text, '\n');
        size_t len = end < 0 ? text.len : (size_t)end;
        crmsync_str line = crmi_str_trim(crmi_str_sub(text, 0, len));
        if (line.len) {
            crmi_buf_lit(b, "\n- ");
            crmi_buf_add(b, line);
            n++;
        }
        text = crmi_str_sub(text, len + 1, text.len);
    }
    return n;
}

/* Pages of one record: its list, or the one page that it is about. */
static int32_t add_pages(const crmi_activity_case *c, crmi_record part, crmi_buf *b, size_t *n,
                         crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    size_t i, max;
    yyjson_val *v;
    crmsync_str text = crmi_str_trim(crmi_record_text(part, "pages"));
    if (!text.len) {
        text = crmi_str_trim(crmi_record_text(part, "url"));
    }
    int32_t code = crmi_str_starts(text, "[") ? crmi_json_read(c->env->alloc, text, &doc, NULL)
                                              : CRMSYNC_E_INVALID;
    if (code == CRMSYNC_E_NOMEM) {
        return crmi_fail_nomem(err);
    }
    if (code != CRMSYNC_OK) {
        *n += add_lines(b, text);
        return CRMSYNC_OK;
    }
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, max, v)
    {
        crmi_buf_lit(b, "\n- ");
        put_value(b, v);
        (*n)++;
    }
    yyjson_doc_free(doc);
    return CRMSYNC_OK;
}

static int32_t visit_pages(const crmi_activity_case *c, crmi_buf *b, const char *label,
                           crmsync_error **err)
{
    crmi_buf lines;
    size_t n = 0;
    int32_t code = CRMSYNC_OK;
    crmi_buf_init(&lines, c->env->alloc);
    for (size_t i = 0; code == CRMSYNC_OK && i < c->visit->count; i++) {
        code = add_pages(c, c->page[c->visit->parts[i]].local, &lines, &n, err);
    }
    if (n) {
        new_line(b);
        crmi_buf_fmt(b, "%s: %zu", label, n);
        crmi_buf_add(b, crmi_buf_str(&lines));
    }
    if (code == CRMSYNC_OK && !crmi_buf_ok(&lines)) {
        code = crmi_fail_nomem(err);
    }
    crmi_buf_clear(&lines);
    return code;
}

/* How long it took, or all records of the visit together. false = nobody knows. */
static bool seconds_of(const crmi_activity_case *c, uint64_t *seconds)
{
    bool told = false;
    size_t count = c->visit ? c->visit->count : 1;
    *seconds = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t one = 0;
        crmi_record part = c->visit ? c->page[c->visit->parts[i]].local : c->in->local;
        if (crmi_str_to_u64(crmi_str_trim(crmi_record_text(part, "duration_s")), &one) &&
            one <= UINT64_MAX - *seconds) {
            *seconds += one;
            told = true;
        }
    }
    return told;
}

/* Has the record a field of its own for it? */
static bool told_elsewhere(const crmi_activity_case *c, const crmi_activity_field *f)
{
    bool call = c->number == CRMI_ACTIVITY_CALL && c->log == CRMI_LOG_TASK;
    bool duration = f->line == CRMI_LINE_DURATION;
    if (c->visit && crmi_str_is(crmi_str(f->name), "url")) {
        return true; /* it is among the pages */
    }
    return (call && (duration || crmi_str_is(crmi_str(f->name), "outcome"))) ||
           (duration && c->log == CRMI_LOG_EVENT);
}

static int32_t add_line(const crmi_activity_case *c, crmi_buf *b, const crmi_activity_field *f,
                        crmsync_error **err)
{
    crmsync_cell cell = crmi_record_get(c->in->local, crmi_str(f->name));
    crmsync_str text = crmi_activity_text(c, f->name);
    uint64_t seconds = 0;
    if (told_elsewhere(c, f)) {
        return CRMSYNC_OK;
    }
    if (f->line == CRMI_LINE_PAGES && c->visit) {
        return visit_pages(c, b, f->label, err);
    }
    if (f->line == CRMI_LINE_DURATION && seconds_of(c, &seconds)) {
        duration_line(b, f->label, seconds);
    }
    if (crmi_cell_blank(&cell)) {
        return CRMSYNC_OK;
    }
    switch (f->line) {
    case CRMI_LINE_TIME: time_line(b, f->label, &cell); break;
    case CRMI_LINE_DURATION: break;
    case CRMI_LINE_PAGES:
    case CRMI_LINE_FIELDS: return text.len ? list_lines(c, b, f, text, err) : CRMSYNC_OK;
    case CRMI_LINE_BODY:
        if (text.len && c->env->config->activities.content) {
            crmi_buf_lit(b, b->len ? "\n\n" : "");
            crmi_buf_add(b, text);
        }
        break;
    default:
        if (text.len) {
            text_line(b, f->label, text);
        }
    }
    return CRMSYNC_OK;
}

/* ---- fitting ---- */

/* Bytes that a character takes where it is stored: in JSON, or as HTML in base64. */
static size_t stored_size(const crmi_activity_case *c, unsigned char ch)
{
    bool plain = ch >= 0x20 && ch != '"' && ch != '\\' && ch != '\'' && ch != '<' && ch != '>' &&
                 ch != '&' && ch != 0x7f;
    if (c->log == CRMI_LOG_NOTE) {
        return plain ? 1 : 6;
    }
    return plain || ch == '\'' || ch == '<' || ch == '>' || ch == '&' ? 1
           : ch == '\n' || ch == '"' || ch == '\\'                     ? 2
                                                                       : 6;
}

/* How much of the text fits, on a UTF-8 boundary; Salesforce counts UTF-16 units. */
static size_t fitting(const crmi_activity_case *c, crmsync_str text, size_t units, size_t stored)
{
    size_t i = 0;
    size_t each = crmi_str_utf8_valid(text, NULL) ? 1 : 3; /* a bad byte is stored as U+FFFD */
    while (i < text.len) {
        unsigned char lead = (unsigned char)text.ptr[i];
        size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        size_t size = len == 1 ? stored_size(c, lead) : len * each;
        size_t wide = len == 4 ? 2 : 1;
        if (wide > units || size > stored || len > text.len - i) {
            break;
        }
        units -= wide;
        stored -= size;
        i += len;
    }
    return i;
}

/* Shortens with a mark, so that nobody takes a part for the whole. */
static bool shorten(const crmi_activity_case *c, crmi_buf *b)
{
    crmsync_str text = crmi_buf_str(b);
    const crmi_field *field =
        c->object ? crmi_object_field(c->object, CRMI_STR("Description")) : NULL;
    size_t units = field && field->length ? field->length : DESCRIPTION_MAX;
    size_t mark = sizeof(MARKER) - 1;
    if (fitting(c, text, units, STORED_MAX) == text.len || units <= mark) {
        return false;
    }
    b->len = fitting(c, text, units - mark, STORED_MAX - 2 * mark);
    crmi_buf_lit(b, MARKER);
    return true;
}

int32_t crmi_activity_description(const crmi_activity_case *c, crmi_arena *arena, crmsync_str *out,
                                  uint32_t *reason, crmsync_error **err)
{
    crmi_buf b;
    int32_t code = CRMSYNC_OK;
    bool body = crmi_activity_text(c, "body").len > 0;
    *out = CRMI_STR_EMPTY;
    *reason = CRMSYNC_REASON_ACTIVITY_FIELD;
    if (c->redacted) {
        *reason = CRMSYNC_REASON_ACTIVITY_REDACTED;
        return CRMSYNC_OK;
    }
    crmi_buf_init(&b, c->env->alloc);
    for (size_t i = 0; code == CRMSYNC_OK && crmi_activity_field_at(i); i++) {
        const crmi_activity_field *f = crmi_activity_field_at(i);
        if (f->line != CRMI_LINE_NONE && (f->kinds & (1u << c->number))) {
            code = add_line(c, &b, f, err);
        }
    }
    if (code == CRMSYNC_OK && !crmi_buf_ok(&b)) {
        code = crmi_fail_nomem(err);
    }
    if (code == CRMSYNC_OK) {
        *reason = shorten(c, &b)                               ? CRMSYNC_REASON_CUT
                  : body && !c->env->config->activities.content ? CRMSYNC_REASON_CONTENT_WITHHELD
                                                                : *reason;
        code = crmi_buf_ok(&b) && crmi_arena_str(arena, crmi_buf_str(&b), out)
                   ? CRMSYNC_OK
                   : crmi_fail_nomem(err);
    }
    crmi_buf_clear(&b);
    return code;
}
