/* The host: three hook tables and an environment, all from adapters, and the engine on them. */
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES 32

crmsync_str text(const char *s)
{
    return (crmsync_str){s, s ? strlen(s) : 0};
}

bool same(crmsync_str a, const char *b)
{
    return a.len == strlen(b) && memcmp(a.ptr, b, a.len) == 0;
}

/* ---- errors ---- */

static const struct {
    int32_t code;
    int exit_code;
} exits[] = {
    {CRMSYNC_E_AUTH, EXIT_AUTHORIZE},      {CRMSYNC_E_TRANSPORT, EXIT_NETWORK},
    {CRMSYNC_E_PROTOCOL, EXIT_NETWORK},    {CRMSYNC_E_STORE, EXIT_STORE},
    {CRMSYNC_E_CONFLICT, EXIT_STORE},      {CRMSYNC_E_CORRUPT, EXIT_STORE},
    {CRMSYNC_E_CANCELLED, EXIT_CANCELLED}, {CRMSYNC_E_BUDGET, EXIT_STOPPED},
    {CRMSYNC_E_SALESFORCE, EXIT_STOPPED},  {CRMSYNC_E_BREAKER, EXIT_STOPPED},
    {CRMSYNC_E_NOT_FOUND, EXIT_NOT_FOUND}, {CRMSYNC_E_STATE, EXIT_AUTHORIZE},
};

static void print_part(const char *before, crmsync_str s)
{
    if (s.len)
        fprintf(stderr, "%s%.*s\n", before, (int)s.len, s.ptr);
}

int complain(int32_t code, crmsync_error *err)
{
    int exit_code = EXIT_OTHER;
    crmsync_str message = crmsync_error_message(err);
    if (!message.len)
        message = text(crmsync_code_name(code));
    print_part("crmsync-sync: ", message);
    print_part("  where:  ", crmsync_error_where(err));
    print_part("  code:   ", crmsync_error_salesforce_code(err));
    print_part("  remedy: ", crmsync_error_remedy(err));
    if (crmsync_error_retry_after_ms(err))
        fprintf(stderr, "  again in %llu s\n",
                (unsigned long long)(crmsync_error_retry_after_ms(err) / 1000));
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++) {
        if (exits[i].code == code)
            exit_code = exits[i].exit_code;
    }
    if (crmsync_error_class(err) == CRMSYNC_CLASS_CONFIG && exit_code == EXIT_OTHER)
        exit_code = EXIT_CONFIG;
    crmsync_error_free(err);
    return exit_code;
}

/* ---- files ---- */

char *read_file(const char *path, size_t *len)
{
    size_t size = 0, cap = 1 << 16;
    char *bytes = NULL;
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "crmsync-sync: %s: %s\n", path, strerror(errno));
        return NULL;
    }
    for (;;) {
        char *grown = realloc(bytes, cap);
        if (!grown)
            break;
        bytes = grown;
        size += fread(bytes + size, 1, cap - size - 1, file);
        if (size < cap - 1)
            break;
        cap *= 2;
    }
    if (!bytes || size >= cap - 1 || ferror(file)) {
        fprintf(stderr, "crmsync-sync: %s: could not be read whole\n", path);
        free(bytes);
        bytes = NULL;
    } else {
        bytes[size] = '\0';
        *len = size;
    }
    fclose(file);
    return bytes;
}

/* Makes the key that seals tokens at rest: whoever has file and key can act in the org. */
static int make_key(const char *path)
{
    unsigned char key[KEY_BYTES];
    int fd = -1;
    if (getentropy(key, sizeof key) == 0)
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, key, sizeof key) != (ssize_t)sizeof key) {
        fprintf(stderr, "crmsync-sync: the key file %s could not be made: %s\n", path,
                strerror(errno));
        if (fd >= 0)
            close(fd);
        return EXIT_STORE;
    }
    close(fd);
    memset(key, 0, sizeof key);
    fprintf(stderr,
            "crmsync-sync: made the key file %s; tokens are sealed with it, so keep it apart from "
            "backups of the database\n",
            path);
    return EXIT_FINE;
}

static int read_key(const settings *o, char key[KEY_BYTES])
{
    char path[4096];
    struct stat st;
    size_t len = 0;
    snprintf(path, sizeof path, "%s%s", o->key_file ? o->key_file : o->db,
             o->key_file ? "" : ".key");
    if (stat(path, &st) != 0) {
        int made = errno == ENOENT ? make_key(path) : EXIT_STORE;
        if (made != EXIT_FINE)
            return made;
    } else if (st.st_mode & 077) {
        fprintf(stderr, "crmsync-sync: others can read the key file %s; chmod 600 it\n", path);
        return EXIT_STORE;
    }
    char *bytes = read_file(path, &len);
    if (!bytes || len != KEY_BYTES) {
        fprintf(stderr, "crmsync-sync: the key file %s must hold %d bytes\n", path, KEY_BYTES);
        free(bytes);
        return EXIT_STORE;
    }
    memcpy(key, bytes, KEY_BYTES);
    memset(bytes, 0, len);
    free(bytes);
    return EXIT_FINE;
}

/* ---- opening ---- */

static int open_store(host *h)
{
    crmsync_error *err = NULL;
    crmsync_sqlite_options options = CRMSYNC_SQLITE_OPTIONS_INIT;
    crmsync_record_keys keys =
        CRMSYNC_RECORD_KEYS_INIT; /* e-mail, domain, name: see record_keys.h */
    int32_t rc = crmsync_normalizer_new(NULL, NULL, &h->normalizer, &err);
    keys.normalizer = h->normalizer;
    options.keys = &keys;
    if (!rc)
        rc = crmsync_sqlite_open(NULL, text(h->settings->db), &options, &h->db, &err);
    return rc ? complain(rc, err) : EXIT_FINE;
}

static int open_config(host *h)
{
    crmsync_error *err = NULL;
    size_t len = 0;
    char *json = read_file(h->settings->config, &len);
    if (!json)
        return EXIT_CONFIG;
    int32_t rc = crmsync_config_parse(NULL, (crmsync_str){json, len}, &h->config, &err);
    free(json);
    if (!rc)
        return EXIT_FINE;
    fprintf(stderr, "crmsync-sync: in %s:\n", h->settings->config);
    complain(rc, err);
    return EXIT_CONFIG;
}

static int open_hooks(host *h)
{
    char key[KEY_BYTES];
    crmsync_error *err = NULL;
    crmsync_posix_options env = CRMSYNC_POSIX_OPTIONS_INIT;
    crmsync_curl_options curl = CRMSYNC_CURL_OPTIONS_INIT;
    int code = read_key(h->settings, key);
    if (code != EXIT_FINE)
        return code;
    env.log_level = h->settings->verbose ? CRMSYNC_LOG_DEBUG : 0;
    env.seal_key = (crmsync_str){key, sizeof key};
    curl.ca_file = text(h->settings->ca_file);
    int32_t rc = crmsync_posix_env_new(NULL, &env, &h->env, &err);
    memset(key, 0, sizeof key);
    if (!rc)
        rc = crmsync_curl_new(NULL, &curl, &h->curl, &err);
    return rc ? complain(rc, err) : EXIT_FINE;
}

static int open_engine(host *h)
{
    crmsync_error *err = NULL;
    crmsync_engine_options engine = CRMSYNC_ENGINE_OPTIONS_INIT;
    engine.lease_ms = 60000; /* after a run that was killed, the next one waits this long */
    engine.env = crmsync_posix_env_ops();
    engine.env_ctx = h->env;
    engine.state = crmsync_sqlite_state_ops();
    engine.state_ctx = h->db;
    engine.records = crmsync_sqlite_record_ops();
    engine.records_ctx = h->db;
    engine.transport = crmsync_curl_ops();
    engine.transport_ctx = h->curl;
    int32_t rc = crmsync_engine_new(&engine, &h->engine, &err);
    if (!rc)
        rc = crmsync_workspace_open(h->engine, text(h->settings->workspace), h->config,
                                    &h->workspace, &err);
    return rc ? complain(rc, err) : EXIT_FINE;
}

int host_open(host *h, const settings *o, bool engine)
{
    int code = EXIT_FINE;
    h->settings = o;
    if (engine)
        code = open_config(h);
    if (code == EXIT_FINE)
        code = open_store(h);
    if (code == EXIT_FINE && engine)
        code = open_hooks(h);
    if (code == EXIT_FINE && engine)
        code = open_engine(h);
    return code;
}

/* In reverse order: what stands on something goes first. */
void host_close(host *h)
{
    crmsync_workspace_close(h->workspace);
    crmsync_engine_free(h->engine);
    crmsync_curl_free(h->curl);
    crmsync_posix_env_free(h->env);
    crmsync_sqlite_close(h->db);
    crmsync_config_free(h->config);
    crmsync_normalizer_free(h->normalizer);
}
