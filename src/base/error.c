#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

/* Errors outlive the engine they came from, so they use libc's allocator. */
struct crmsync_error {
    int32_t code;
    uint32_t error_class;
    int32_t http_status;
    uint64_t retry_after_ms;
    uint64_t token; /* the host's */
    crmsync_str message, where, remedy, salesforce_code;
};

static crmsync_error out_of_memory = {
    .code = CRMSYNC_E_NOMEM,
    .error_class = CRMSYNC_CLASS_INTERNAL,
    .message = CRMSYNC_STR_LIT("out of memory"),
};

static const struct {
    int32_t code;
    const char *name;
    uint32_t error_class; /* unless something better is known */
} codes[] = {
    {CRMSYNC_OK, "CRMSYNC_OK", CRMSYNC_CLASS_NONE},
    {CRMSYNC_E_INVALID, "CRMSYNC_E_INVALID", CRMSYNC_CLASS_CONFIG},
    {CRMSYNC_E_NOMEM, "CRMSYNC_E_NOMEM", CRMSYNC_CLASS_INTERNAL},
    {CRMSYNC_E_LIMIT, "CRMSYNC_E_LIMIT", CRMSYNC_CLASS_DATA},
    {CRMSYNC_E_UNSUPPORTED, "CRMSYNC_E_UNSUPPORTED", CRMSYNC_CLASS_CONFIG},
    {CRMSYNC_E_REENTRANT, "CRMSYNC_E_REENTRANT", CRMSYNC_CLASS_CONFIG},
    {CRMSYNC_E_STATE, "CRMSYNC_E_STATE", CRMSYNC_CLASS_CONFIG},
    {CRMSYNC_E_CALLBACK, "CRMSYNC_E_CALLBACK", CRMSYNC_CLASS_STORE},
    {CRMSYNC_E_STORE, "CRMSYNC_E_STORE", CRMSYNC_CLASS_STORE},
    {CRMSYNC_E_CONFLICT, "CRMSYNC_E_CONFLICT", CRMSYNC_CLASS_CONFLICT},
    {CRMSYNC_E_TRANSPORT, "CRMSYNC_E_TRANSPORT", CRMSYNC_CLASS_TRANSIENT},
    {CRMSYNC_E_PROTOCOL, "CRMSYNC_E_PROTOCOL", CRMSYNC_CLASS_TRANSIENT},
    {CRMSYNC_E_AUTH, "CRMSYNC_E_AUTH", CRMSYNC_CLASS_AUTH},
    {CRMSYNC_E_SALESFORCE, "CRMSYNC_E_SALESFORCE", CRMSYNC_CLASS_DATA},
    {CRMSYNC_E_BUDGET, "CRMSYNC_E_BUDGET", CRMSYNC_CLASS_LIMIT},
    {CRMSYNC_E_CANCELLED, "CRMSYNC_E_CANCELLED", CRMSYNC_CLASS_NONE},
    {CRMSYNC_E_BREAKER, "CRMSYNC_E_BREAKER", CRMSYNC_CLASS_CONFIG},
    {CRMSYNC_E_CORRUPT, "CRMSYNC_E_CORRUPT", CRMSYNC_CLASS_STORE},
    {CRMSYNC_E_NOT_FOUND, "CRMSYNC_E_NOT_FOUND", CRMSYNC_CLASS_CONFIG},
    {CRMSYNC_E_INTERNAL, "CRMSYNC_E_INTERNAL", CRMSYNC_CLASS_INTERNAL},
    {CRMSYNC_E_CONTRACT, "CRMSYNC_E_CONTRACT", CRMSYNC_CLASS_CONFIG},
};

static const char *const class_names[] = {
    "none",       "config", "schema", "data",      "duplicate", "reference", "permission",
    "auth",       "limit",  "transient", "conflict", "state",   "store",     "internal",
};

static crmsync_alloc libc(void)
{
    crmsync_alloc a;
    crmi_alloc_init(&a, NULL);
    return a;
}

void crmsync_error_free(crmsync_error *err)
{
    if (!err || err == &out_of_memory)
        return;
    crmsync_alloc a = libc();
    crmi_str_drop(&a, &err->message);
    crmi_str_drop(&a, &err->where);
    crmi_str_drop(&a, &err->remedy);
    crmi_str_drop(&a, &err->salesforce_code);
    CRMI_DELETE(&a, err);
}

static uint32_t class_of(int32_t code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].code == code)
            return codes[i].error_class;
    }
    return CRMSYNC_CLASS_INTERNAL;
}

int32_t crmsync_error_new(int32_t code, crmsync_str message, crmsync_error **out)
{
    if (!out)
        return code;
    crmsync_error *made = NULL;
    crmsync_alloc a = libc();
    if (code != CRMSYNC_E_NOMEM)
        made = CRMI_NEW(&a, crmsync_error);
    if (made) {
        made->code = code;
        made->error_class = class_of(code);
        if (!crmi_str_dup(&a, message, &made->message)) {
            CRMI_DELETE(&a, made);
            made = NULL;
        }
    }
    crmsync_error *old = *out;
    *out = made ? made : &out_of_memory;
    crmsync_error_free(old);
    return code;
}

int32_t crmi_fail(crmsync_error **err, int32_t code, const char *format, ...)
{
    if (!err)
        return code;
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    crmsync_str message = {text, n < 0 ? 0 : (size_t)n};
    if (message.len >= sizeof text)
        message.len = sizeof text - 1;
    size_t whole;
    if (!crmi_str_utf8_valid(message, &whole))
        message.len = whole; /* the cut went through a character */
    for (char *p = text; *p; p++) {
        if ((unsigned char)*p < 0x20)
            *p = ' ';
    }
    return crmsync_error_new(code, message, err);
}

int32_t crmi_fail_nomem(crmsync_error **err)
{
    return crmsync_error_new(CRMSYNC_E_NOMEM, CRMI_STR_EMPTY, err);
}

static crmsync_error *open_error(crmsync_error **err)
{
    return err && *err && *err != &out_of_memory ? *err : NULL;
}

static void replace(crmsync_str *slot, crmsync_str value)
{
    crmsync_str copy;
    crmsync_alloc a = libc();
    if (!crmi_str_dup(&a, value, &copy))
        return;
    crmi_str_drop(&a, slot);
    *slot = copy;
}

void crmi_error_set_class(crmsync_error **err, uint32_t error_class)
{
    if (open_error(err))
        (*err)->error_class = error_class;
}

void crmsync_error_set_class(crmsync_error *err, uint32_t error_class)
{
    crmi_error_set_class(&err, error_class);
}

void crmsync_error_set_retry_after(crmsync_error *err, uint64_t ms)
{
    crmi_error_set_retry_after(&err, ms);
}

void crmsync_error_set_token(crmsync_error *err, uint64_t token)
{
    if (open_error(&err))
        err->token = token;
}

void crmi_error_set_where(crmsync_error **err, crmsync_str where)
{
    if (open_error(err))
        replace(&(*err)->where, where);
}

void crmi_error_set_remedy(crmsync_error **err, crmsync_str remedy)
{
    if (open_error(err))
        replace(&(*err)->remedy, remedy);
}

void crmi_error_set_http(crmsync_error **err, int32_t status, crmsync_str salesforce_code)
{
    if (!open_error(err))
        return;
    (*err)->http_status = status;
    replace(&(*err)->salesforce_code, salesforce_code);
}

void crmi_error_set_retry_after(crmsync_error **err, uint64_t ms)
{
    if (open_error(err))
        (*err)->retry_after_ms = ms;
}

int32_t crmi_fail_at(crmsync_error **err, int32_t code, crmsync_str where, const char *remedy,
                     const char *message)
{
    crmi_fail(err, code, "%s", message);
    crmi_error_set_where(err, where);
    if (remedy)
        crmi_error_set_remedy(err, crmi_str(remedy));
    return code;
}

void crmi_error_drop(crmsync_error **err)
{
    if (!err)
        return;
    crmsync_error_free(*err);
    *err = NULL;
}

int32_t crmsync_error_code(const crmsync_error *err)
{
    return err ? err->code : CRMSYNC_OK;
}

uint32_t crmsync_error_class(const crmsync_error *err)
{
    return err ? err->error_class : CRMSYNC_CLASS_NONE;
}

crmsync_str crmsync_error_message(const crmsync_error *err)
{
    return err ? err->message : CRMI_STR_EMPTY;
}

crmsync_str crmsync_error_where(const crmsync_error *err)
{
    return err ? err->where : CRMI_STR_EMPTY;
}

crmsync_str crmsync_error_remedy(const crmsync_error *err)
{
    return err ? err->remedy : CRMI_STR_EMPTY;
}

int32_t crmsync_error_http_status(const crmsync_error *err)
{
    return err ? err->http_status : 0;
}

crmsync_str crmsync_error_salesforce_code(const crmsync_error *err)
{
    return err ? err->salesforce_code : CRMI_STR_EMPTY;
}

uint64_t crmsync_error_retry_after_ms(const crmsync_error *err)
{
    return err ? err->retry_after_ms : 0;
}

uint64_t crmsync_error_token(const crmsync_error *err)
{
    return err ? err->token : 0;
}

const char *crmsync_code_name(int32_t code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].code == code)
            return codes[i].name;
    }
    return "CRMSYNC_E_UNKNOWN";
}

const char *crmsync_class_name(uint32_t error_class)
{
    return error_class < sizeof class_names / sizeof class_names[0] ? class_names[error_class]
                                                                    : "unknown";
}
