#include "salesforce/note.h"

#include <stdio.h>

#include "base/crypto.h"
#include "salesforce/answer.h"

static void put_html(crmi_buf *b, crmsync_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        switch (c) {
        case '&': crmi_buf_lit(b, "&amp;"); break;
        case '<': crmi_buf_lit(b, "&lt;"); break;
        case '>': crmi_buf_lit(b, "&gt;"); break;
        case '"': crmi_buf_lit(b, "&quot;"); break;
        case '\'': crmi_buf_lit(b, "&#39;"); break;
        case '\n': crmi_buf_lit(b, "<br>"); break;
        case '\r': break;
        default:
            if ((unsigned char)c >= 0x20 || c == '\t')
                crmi_buf_char(b, c);
        }
    }
}

void crmi_note_content(crmi_buf *b, const crmsync_alloc *alloc, crmsync_str text)
{
    crmi_buf html;
    crmi_buf_init(&html, alloc);
    put_html(&html, text);
    crmi_buf_base64(b, crmi_buf_str(&html));
    b->oom = b->oom || !crmi_buf_ok(&html);
    crmi_buf_clear(&html);
}

/* "@{" in a title would be read as a reference: a blank breaks it. */
static void put_title(crmi_jw *w, const crmsync_alloc *alloc, crmsync_str title)
{
    crmi_buf b;
    crmi_buf_init(&b, alloc);
    for (size_t i = 0; i < title.len; i++) {
        if (i && title.ptr[i - 1] == '@' && title.ptr[i] == '{')
            crmi_buf_char(&b, ' ');
        crmi_buf_char(&b, title.ptr[i]);
    }
    crmi_jw_member_text(w, "Title", crmi_buf_str(&b));
    w->out->oom = w->out->oom || !crmi_buf_ok(&b);
    crmi_buf_clear(&b);
}

static int32_t add_note(crmi_composite *c, crmi_request *part, crmsync_str version,
                        crmsync_str title, crmsync_str text, crmsync_str owner, crmsync_error **err)
{
    crmi_request_start(part, "POST", CRMI_REQ_WRITE);
    crmi_request_path(part, version, "/sobjects/ContentNote");
    crmi_request_json(part);
    crmi_jw w = crmi_jw_to(&part->body);
    crmi_jw_object(&w);
    put_title(&w, part->alloc, title);
    crmi_jw_key(&w, CRMI_STR("Content"));
    crmi_jw_raw(&w, CRMI_STR("\""));
    crmi_note_content(&part->body, part->alloc, text);
    crmi_buf_char(&part->body, '"');
    if (owner.len)
        crmi_jw_member_text(&w, "OwnerId", owner);
    crmi_jw_object_end(&w);
    return crmi_composite_add(c, CRMI_STR("note"), part, err);
}

static int32_t build_link(crmi_request *r, crmsync_str version, crmsync_str note_id,
                          crmsync_str record_id, crmsync_error **err)
{
    int32_t rc = crmi_id_check(CRMI_STR("ContentDocumentLink"), record_id, err);
    if (rc)
        return rc;
    crmi_request_start(r, "POST", CRMI_REQ_WRITE);
    crmi_request_path(r, version, "/sobjects/ContentDocumentLink");
    crmi_request_json(r);
    crmi_jw w = crmi_jw_to(&r->body);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "ContentDocumentId", note_id);
    crmi_jw_member_text(&w, "LinkedEntityId", record_id);
    crmi_jw_member_text(&w, "ShareType", CRMI_STR("V"));
    crmi_jw_member_text(&w, "Visibility", CRMI_STR("AllUsers"));
    crmi_jw_object_end(&w);
    return crmi_request_check(r, err);
}

int32_t crmi_note_link_request(crmi_request *r, crmsync_str version, crmsync_str note_id,
                               crmsync_str record_id, crmsync_error **err)
{
    int32_t rc = crmi_id_check(CRMI_STR("ContentNote"), note_id, err);
    return rc ? rc : build_link(r, version, note_id, record_id, err);
}

int32_t crmi_note_request(crmi_request *r, crmsync_str version, crmsync_str title, crmsync_str text,
                          crmsync_str owner, const crmsync_str *record_ids, size_t n,
                          crmsync_error **err)
{
    char reference[32];
    crmi_composite c;
    crmi_request part;
    if (n > CRMI_NOTE_MAX_LINKS)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a note is linked to at most %d records at once",
                         CRMI_NOTE_MAX_LINKS);
    int32_t rc = owner.len ? crmi_id_check(CRMI_STR("User"), owner, err) : CRMSYNC_OK;
    if (rc)
        return rc;
    crmi_request_init(&part, r->alloc);
    crmi_composite_begin(&c, r, version, true);
    rc = add_note(&c, &part, version, title, text, owner, err);
    for (size_t i = 0; !rc && i < n; i++) {
        snprintf(reference, sizeof reference, "l%zu", i);
        rc = build_link(&part, version, CRMI_STR("@{note.id}"), record_ids[i], err);
        if (!rc)
            rc = crmi_composite_add_linked(&c, crmi_str(reference), &part, err);
    }
    if (!rc)
        rc = crmi_composite_end(&c, err);
    crmi_request_clear(&part);
    return rc;
}

int32_t crmi_note_read(crmi_arena *arena, const crmi_response *response, size_t n_links,
                       crmi_write_result *out, crmsync_error **err)
{
    crmi_composite_answer answer;
    memset(out, 0, sizeof *out);
    int32_t rc = crmi_composite_read(arena->alloc, response, n_links + 1, &answer, err);
    if (rc)
        return rc;
    const crmi_composite_part *note = crmi_composite_find(&answer, CRMI_STR("note"));
    if (!note)
        rc = crmi_answer_odd(err, "note", "/compositeResponse");
    else
        rc = crmi_sobject_write_take(arena, note->status, note->body, out, err);
    for (size_t i = 0; !rc && i < answer.count; i++) {
        crmi_write_result one;
        rc =
            crmi_sobject_write_take(arena, answer.parts[i].status, answer.parts[i].body, &one, err);
        bool own = !rc && !one.success &&
                   !(one.errors.count && one.errors.rule->retry == CRMI_RETRY_CULPRIT);
        if (own) { /* the part all others fell with */
            *out = one;
            break;
        }
    }
    crmi_composite_answer_clear(&answer);
    return rc;
}
