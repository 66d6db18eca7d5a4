/* The page on which a person allows the connected app; answered for them with orgsim_allow=1. */
#include "server.h"

#include "../text.h"

#include <stdlib.h>
#include <string.h>

static const char page_top[] =
    "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>Allow access?</title><style>"
    "body{font:16px/1.5 sans-serif;max-width:28em;margin:4em auto;padding:0 1em;color:#222}"
    "button{font:inherit;padding:.5em 1.5em;margin-right:1em;"
    "border-radius:4px;border:1px solid #999}"
    "button.yes{background:#0b5cab;color:#fff;border-color:#0b5cab}</style></head><body>"
    "<h1>Allow access?</h1><p>The app <b>";
static const char page_middle[] =
    "</b> asks to read and change the data of this simulated org and to stay connected.</p>"
    "<form method=\"post\" action=\"";
static const char page_end[] =
    "\"><button class=\"yes\" name=\"orgsim_allow\" value=\"1\">Allow</button>"
    "<button name=\"orgsim_deny\" value=\"1\">Deny</button></form></body></html>";
static const char page_refused[] =
    "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Error</title></head>"
    "<body><h1>This authorization request cannot be answered</h1>"
    "<p>client_id or redirect_uri is missing or unknown.</p></body></html>";

static void put_html(orgsim_buf *buf, const char *text)
{
    static const struct {
        char from;
        const char *to;
    } table[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (; *text; text++) {
        const char *to = NULL;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
            to = table[i].from == *text ? table[i].to : to;
        if (to)
            orgsim_buf_puts(buf, to);
        else
            orgsim_buf_put(buf, text, 1);
    }
}

static void show_page(exchange *x, const char *query)
{
    orgsim_buf page = {0};
    char *client = orgsim_form_value(query, strlen(query), "client_id");
    orgsim_buf_puts(&page, page_top);
    put_html(&page, client ? client : "?");
    orgsim_buf_puts(&page, page_middle);
    put_html(&page, x->target);
    orgsim_buf_puts(&page, page_end);
    free(client);
    size_t len = page.len;
    exchange_reply_text(x, 200, "text/html; charset=utf-8", orgsim_buf_take(&page), len);
}

/* A parameter of the query or of the form that was posted. */
static bool is_set(const exchange *x, const char *query, const char *name)
{
    char *value = orgsim_form_value(query, strlen(query), name);
    if (!value && x->body.len)
        value = orgsim_form_value(x->body.ptr, x->body.len, name);
    bool set = value && strcmp(value, "1") == 0;
    free(value);
    return set;
}

bool consent_answer(server *s, exchange *x)
{
    static const char path[] = "/services/oauth2/authorize";
    size_t len = strcspn(x->target, "?");
    if (len != sizeof path - 1 || memcmp(x->target, path, len) != 0)
        return false;
    const char *query = x->target[len] ? x->target + len + 1 : "";
    bool deny = is_set(x, query, "orgsim_deny");
    bool post = strcmp(x->method, "POST") == 0;
    if (!deny && !post && !is_set(x, query, "orgsim_allow")) {
        show_page(x, query);
        return true;
    }
    orgsim_buf url = {0};
    orgsim_buf_printf(&url, "%s%s", s->base_url, x->target);
    char *location = deny ? orgsim_browser_deny(s->org, url.ptr)
                          : orgsim_browser_allow(s->org, url.ptr);
    if (location)
        exchange_reply_redirect(x, location);
    else
        exchange_reply_text(x, 400, "text/html; charset=utf-8", orgsim_copy_text(page_refused),
                            sizeof page_refused - 1);
    orgsim_string_free(location);
    orgsim_buf_clear(&url);
    return true;
}
