/* What people and companies are looked up by. */
#include "decide/decide.h"

typedef int32_t (*normalize_fn)(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                                size_t *len);

/* Texts longer than any key have none: a name of a megabyte is not compared. */
static int32_t key_of(const crmi_decide_env *env, normalize_fn fn, crmsync_str in,
                      crmi_arena *arena, crmsync_str *out, crmsync_error **err)
{
    char key[CRMSYNC_KEY_MAX];
    size_t len = 0;
    *out = CRMI_STR_EMPTY;
    in = crmi_str_trim(in);
    if (!in.len) {
        return CRMSYNC_OK;
    }
    int32_t code = fn(env->normalizer, in, key, sizeof(key), &len);
    if (code == CRMSYNC_E_LIMIT) {
        return CRMSYNC_OK;
    }
    if (code != CRMSYNC_OK) {
        return crmi_fail_nomem(err);
    }
    return !len || crmi_arena_str(arena, (crmsync_str){key, len}, out) ? CRMSYNC_OK
                                                                       : crmi_fail_nomem(err);
}

static crmsync_str field_text(crmi_record record, crmsync_str name)
{
    if (!record.rows || !name.len) {
        return CRMI_STR_EMPTY;
    }
    crmsync_cell cell = crmi_record_get(record, name);
    return cell.type == CRMSYNC_CELL_TEXT ? crmi_str_trim(cell.text) : CRMI_STR_EMPTY;
}

int32_t crmi_person_email_key(const crmi_decide_env *env, crmi_record person, crmi_arena *arena,
                              crmsync_str *out, crmsync_error **err)
{
    return key_of(env, crmsync_normalize_email, field_text(person, env->config->local.email), arena,
                  out, err);
}

/* The first of the sites that is an own domain, not a page on somebody else's. */
static int32_t site_keys(const crmi_decide_env *env, const crmsync_str *sites, size_t n,
                         crmi_arena *arena, crmi_company_keys *out, crmsync_error **err)
{
    for (size_t i = 0; i < n; i++) {
        crmsync_str host;
        crmsync_str domain;
        int32_t code = key_of(env, crmsync_normalize_host, sites[i], arena, &host, err);
        if (code == CRMSYNC_OK) {
            code = key_of(env, crmsync_normalize_domain, sites[i], arena, &domain, err);
        }
        if (code != CRMSYNC_OK) {
            return code;
        }
        if (!domain.len || crmsync_is_shared_host(env->normalizer, host) ||
            crmsync_is_shared_host(env->normalizer, domain)) {
            continue;
        }
        out->host = host;
        out->website = domain;
        out->raw_website = sites[i];
        return CRMSYNC_OK;
    }
    return CRMSYNC_OK;
}

/* A company's own address tells its domain, a mailbox at a mail provider does not. */
static int32_t email_domain(const crmi_decide_env *env, crmi_record person, crmi_arena *arena,
                            crmsync_str *out, crmsync_error **err)
{
    crmsync_str email;
    int32_t code = crmi_person_email_key(env, person, arena, &email, err);
    *out = CRMI_STR_EMPTY;
    if (code != CRMSYNC_OK || !email.len) {
        return code;
    }
    ptrdiff_t at = crmi_str_chr(email, '@');
    crmsync_str host = crmi_str_sub(email, (size_t)(at + 1), email.len);
    if (crmsync_is_freemail(env->normalizer, host) ||
        crmsync_is_shared_host(env->normalizer, host)) {
        return CRMSYNC_OK;
    }
    return key_of(env, crmsync_normalize_domain, host, arena, out, err);
}

int32_t crmi_company_keys_of(const crmi_decide_env *env, crmi_record company, crmi_record person,
                             crmi_arena *arena, crmi_company_keys *out, crmsync_error **err)
{
    const crmi_local_names *names = &env->config->local;
    const crmsync_str sites[] = {
        field_text(company, names->company_website),
        field_text(company, names->company_domain),
        field_text(person, names->website),
    };
    *out = (crmi_company_keys){0};
    out->raw_name = field_text(company, names->company_label);
    if (!out->raw_name.len) {
        out->raw_name = field_text(person, names->company_name);
    }
    int32_t code = site_keys(env, sites, 3, arena, out, err);
    if (code == CRMSYNC_OK) {
        code = email_domain(env, person, arena, &out->email_domain, err);
    }
    if (code == CRMSYNC_OK) {
        code = key_of(env, crmsync_normalize_company, out->raw_name, arena, &out->name, err);
    }
    return code;
}
