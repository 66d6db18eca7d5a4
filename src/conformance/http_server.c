#include "http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http_answer.h"

enum { CONNECTIONS = 32, PATHS = 32, PATH_SIZE = 32, READ_SIZE = 16384, TLS_HANDSHAKE = 0x16 };

struct connection {
    int fd; /* -1 = free */
    unsigned requests;
    crmi_bytes in;
    crmi_bytes out;
    size_t written;
    crmi_answer how;
    bool answering;
    int64_t write_at; /* not before this instant */
};

struct crmi_http_server {
    crmsync_alloc alloc;
    pthread_t thread;
    pthread_mutex_t lock; /* of counts */
    int listener;
    int stop[2]; /* a pipe: a byte ends the thread */
    unsigned port;
    struct connection connections[CONNECTIONS];
    struct {
        char path[PATH_SIZE];
        unsigned count;
    } counts[PATHS];
};

static int64_t now_ms(void)
{
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static unsigned *count_of(crmi_http_server *s, crmsync_str path)
{
    size_t i = 0;

    if (path.len >= PATH_SIZE)
        path.len = PATH_SIZE - 1;
    for (; i < PATHS - 1 && s->counts[i].path[0]; i++)
        if (crmi_host_eq(path, crmi_host_str(s->counts[i].path)))
            return &s->counts[i].count;
    memcpy(s->counts[i].path, path.ptr, path.len);
    s->counts[i].path[path.len] = '\0';
    return &s->counts[i].count;
}

unsigned crmi_http_server_count(crmi_http_server *s, const char *path)
{
    unsigned *count;
    unsigned was;

    pthread_mutex_lock(&s->lock);
    count = count_of(s, crmi_host_str(path));
    was = *count;
    *count = 0;
    pthread_mutex_unlock(&s->lock);
    return was;
}

static void hang_up(struct connection *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->requests = 0;
    c->written = 0;
    c->answering = false;
    crmi_bytes_clear(&c->in);
    crmi_bytes_clear(&c->out);
}

static void accept_one(crmi_http_server *s)
{
    int fd = accept(s->listener, NULL, NULL);

    if (fd < 0)
        return;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct connection *c = &s->connections[i];
        if (c->fd >= 0)
            continue;
        fcntl(fd, F_SETFL, O_NONBLOCK);
        c->fd = fd;
        return;
    }
    close(fd);
}

static bool same_letters(const char *a, const char *lower, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = a[i] >= 'A' && a[i] <= 'Z' ? (char)(a[i] - 'A' + 'a') : a[i];
        if (c != lower[i])
            return false;
    }
    return true;
}

static size_t content_length(crmsync_str head)
{
    static const char name[] = "\ncontent-length:";
    size_t n = sizeof name - 1;
    size_t length = 0;

    for (size_t i = 0; i + n < head.len; i++) {
        if (!same_letters(head.ptr + i, name, n))
            continue;
        for (i += n; i < head.len && head.ptr[i] == ' ';)
            i++;
        for (; i < head.len && head.ptr[i] >= '0' && head.ptr[i] <= '9'; i++)
            length = length * 10 + (size_t)(head.ptr[i] - '0');
        break;
    }
    return length;
}

static crmsync_str word(crmsync_str line, size_t which)
{
    size_t start = 0;

    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] != ' ' && line.ptr[i] != '\r')
            continue;
        if (which-- == 0)
            return (crmsync_str){line.ptr + start, i - start};
        start = i + 1;
    }
    return (crmsync_str){"", 0};
}

/* The request that has arrived, if it has wholly; of /cut the head is enough. */
static bool whole_request(const struct connection *c, crmi_request *r, size_t *used)
{
    size_t end = 0;

    while (end + 4 <= c->in.len && memcmp(c->in.ptr + end, "\r\n\r\n", 4) != 0)
        end++;
    if (end + 4 > c->in.len)
        return false;
    r->head = (crmsync_str){c->in.ptr, end + 4};
    r->method = word(r->head, 0);
    r->path = word(r->head, 1);
    r->body = (crmsync_str){c->in.ptr + end + 4, content_length(r->head)};
    r->reused = c->requests > 0;
    if (crmi_host_eq(r->path, CRMI_HOST_LIT("/cut")))
        r->body.len = 0;
    *used = end + 4 + r->body.len;
    return *used <= c->in.len;
}

static void serve(crmi_http_server *s, struct connection *c)
{
    crmi_request request;
    size_t used;

    if (c->answering)
        return;
    if (c->in.len > 0 && c->in.ptr[0] == TLS_HANDSHAKE) {
        crmi_bytes_lit(&c->out, "HTTP/1.1 400 No TLS here\r\n\r\n");
        c->how = (crmi_answer){.close = true};
        c->answering = true;
        return;
    }
    if (!whole_request(c, &request, &used))
        return;
    pthread_mutex_lock(&s->lock);
    ++*count_of(s, request.path);
    pthread_mutex_unlock(&s->lock);
    crmi_bytes_clear(&c->out);
    c->written = 0;
    c->how = crmi_http_answer(&request, &c->out);
    c->answering = true;
    c->write_at = now_ms() + c->how.delay_ms;
    c->requests++;
    memmove(c->in.ptr, c->in.ptr + used, c->in.len - used);
    c->in.len -= used;
}

static void take_bytes(crmi_http_server *s, struct connection *c)
{
    char bytes[READ_SIZE];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);

    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            hang_up(c);
        return;
    }
    crmi_bytes_add(&c->in, (crmsync_str){bytes, (size_t)n});
    serve(s, c);
}

static void give_bytes(crmi_http_server *s, struct connection *c)
{
    size_t left = c->out.len - c->written;
    size_t piece = c->how.piece > 0 && c->how.piece < left ? c->how.piece : left;
    ssize_t n = piece > 0 ? send(c->fd, c->out.ptr + c->written, piece, MSG_NOSIGNAL) : 0;

    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            hang_up(c);
        return;
    }
    c->written += (size_t)n;
    if (c->how.piece > 0)
        c->write_at = now_ms() + 1;
    if (c->written < c->out.len)
        return;
    if (c->how.close) {
        hang_up(c);
        return;
    }
    c->answering = false;
    serve(s, c);
}

/* When the connection wants to write: now, later (returns the wait), or not (-1). */
static int64_t until_write(const struct connection *c, int64_t now)
{
    if (!c->answering || c->how.never)
        return -1;
    return c->write_at > now ? c->write_at - now : 0;
}

static int watch(crmi_http_server *s, struct pollfd *polled)
{
    int64_t now = now_ms();
    int64_t wait = 1000;

    polled[0] = (struct pollfd){s->stop[0], POLLIN, 0};
    polled[1] = (struct pollfd){s->listener, POLLIN, 0};
    for (size_t i = 0; i < CONNECTIONS; i++) {
        int64_t due = until_write(&s->connections[i], now);
        short events = POLLIN;
        if (due == 0)
            events |= POLLOUT;
        else if (due > 0 && due < wait)
            wait = due;
        polled[2 + i] = (struct pollfd){s->connections[i].fd, events, 0};
    }
    return (int)wait;
}

static void *run(void *arg)
{
    crmi_http_server *s = arg;

    for (;;) {
        struct pollfd polled[2 + CONNECTIONS];
        int wait = watch(s, polled);
        if (poll(polled, 2 + CONNECTIONS, wait) < 0 && errno != EINTR)
            return NULL;
        if (polled[0].revents)
            return NULL;
        for (size_t i = 0; i < CONNECTIONS; i++) {
            struct connection *c = &s->connections[i];
            if (c->fd >= 0 && (polled[2 + i].revents & POLLOUT))
                give_bytes(s, c);
            if (c->fd >= 0 && (polled[2 + i].revents & (POLLIN | POLLHUP | POLLERR)))
                take_bytes(s, c);
        }
        if (polled[1].revents & POLLIN)
            accept_one(s);
    }
}

static bool listen_on_loopback(crmi_http_server *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(s->listener, 16) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&address, &size) != 0)
        return false;
    s->port = ntohs(address.sin_port);
    return true;
}

static void release(crmi_http_server *s)
{
    crmsync_alloc a = s->alloc;

    for (size_t i = 0; i < CONNECTIONS; i++)
        hang_up(&s->connections[i]);
    if (s->listener >= 0)
        close(s->listener);
    for (size_t i = 0; i < 2; i++)
        if (s->stop[i] >= 0)
            close(s->stop[i]);
    pthread_mutex_destroy(&s->lock);
    crmi_host_free(&a, s, sizeof *s);
}

crmi_http_server *crmi_http_server_start(const crmsync_alloc *alloc)
{
    crmi_http_server *s = crmi_host_new(alloc, sizeof *s);

    if (!s)
        return NULL;
    s->alloc = *alloc;
    s->listener = s->stop[0] = s->stop[1] = -1;
    pthread_mutex_init(&s->lock, NULL);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        s->connections[i].fd = -1;
        crmi_bytes_init(&s->connections[i].in, &s->alloc);
        crmi_bytes_init(&s->connections[i].out, &s->alloc);
    }
    if (!listen_on_loopback(s) || pipe(s->stop) != 0 ||
        pthread_create(&s->thread, NULL, run, s) != 0) {
        release(s);
        return NULL;
    }
    return s;
}

void crmi_http_server_stop(crmi_http_server *s)
{
    ssize_t written;

    if (!s)
        return;
    do
        written = write(s->stop[1], "x", 1);
    while (written < 0 && errno == EINTR);
    pthread_join(s->thread, NULL);
    release(s);
}

unsigned crmi_http_server_port(const crmi_http_server *s)
{
    return s->port;
}
