/* server.h: the loopback HTTP server in front of the org; one thread, one org. */
#ifndef ORGSIM_SERVER_H
#define ORGSIM_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <microhttpd.h>

#include "../buf.h"
#include "../orgsim.h"

typedef struct server_options {
    uint16_t port;
    const char *seed_file, *ca_out, *jwt_public_file;
    bool tls, real_latency, exit_with_parent, verbose, help;
    orgsim_options org;
} server_options;

/* 0, or -1 after a message on stderr. */
int server_options_parse(server_options *options, int argc, char **argv);
void server_options_help(void);
/* The whole file, NUL-terminated, to be freed; NULL after a message on stderr. */
char *server_file_read(const char *path, size_t *len);

/* ---- tls.c: a certificate authority that lives as long as the process ---- */
typedef struct server_tls {
    char *ca_pem, *cert_pem, *key_pem;
} server_tls;
int server_tls_make(server_tls *tls);
void server_tls_clear(server_tls *tls);

/* ---- wire_faults.c: what may go wrong on the wire ---- */
typedef struct wire_fault {
    const char *name;
    bool effect; /* the request acts on the org */
    bool reply;  /* something is sent; otherwise the connection ends without a byte */
    bool hang;   /* the connection stays open, silent */
    enum orgsim_fault_kind answer; /* how the reply is broken */
    const char *meaning;
} wire_fault;
extern const wire_fault server_wire_faults[];
extern const size_t server_wire_fault_count;
const wire_fault *server_wire_fault_named(const char *name);

typedef struct wire_plan {
    const wire_fault *fault;
    char *part;   /* in "METHOD target"; NULL = any request */
    uint64_t skip, count;
    bool reused;  /* only on a connection that has carried a request before */
    struct wire_plan *next;
} wire_plan;

typedef struct exchange exchange;

typedef struct server {
    server_options options;
    orgsim *org;
    struct MHD_Daemon *daemon;
    char base_url[64];
    int64_t ahead_ms; /* of the machine's clock */
    wire_plan *plans;
    exchange *sleepers;
} server;

void server_wire_plan_add(server *s, const wire_fault *fault, const char *part, uint64_t skip,
                          uint64_t count, bool reused);
void server_wire_plan_clear(server *s);
/* The fault this request meets, used up; NULL = none. */
const wire_fault *server_wire_fault_take(server *s, const char *method, const char *target,
                                         bool reused_connection);

int64_t server_mono_ms(void);
int64_t server_wall_ms(const server *s);

/* ---- gzip.c ---- */
/* False when it is no gzip, or more than `most` bytes come out. */
bool server_gunzip(const orgsim_buf *packed, orgsim_buf *out, size_t most);
/* False when it is not worth it. */
bool server_gzip(crmsync_str body, orgsim_buf *out);

/* ---- exchange.c: one HTTP request ---- */
struct exchange {
    char *target;
    const char *method;
    orgsim_buf body;
    bool begun;              /* headers seen */
    bool answered;           /* `reply` or `drop` is decided */
    bool drop;               /* close without a byte */
    unsigned status;
    struct MHD_Response *reply;
    int64_t wake_mono;       /* suspended until then; 0 = not */
    struct MHD_Connection *connection;
    exchange *next;
};

/* Takes over `text`. */
void exchange_reply_text(exchange *x, unsigned status, const char *type, char *text, size_t len);
void exchange_reply_redirect(exchange *x, const char *location);

/* Callbacks of libmicrohttpd. */
void *exchange_open(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_handle(void *cls, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **con_cls);
void exchange_close(void *cls, struct MHD_Connection *connection, void **con_cls,
                    enum MHD_RequestTerminationCode code);
void exchange_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                         enum MHD_ConnectionNotificationCode code);
/* Wakes the suspended ones whose time has come (all of them when `all`); returns milliseconds
 * until the next, -1 when there is none. */
int64_t server_wake_sleepers(server *s, bool all);

/* ---- admin.c and consent.c: false when the target is not theirs ---- */
bool admin_answer(server *s, exchange *x);
bool consent_answer(server *s, exchange *x);

#endif
