/* Compressed bodies, both ways: what a client sends as gzip, and answers for those that take it. */
#include "server.h"

#include <strings.h>
#include <zlib.h>

enum { WORTH_IT = 1024, GZIP = 16, GZIP_OR_ZLIB = 32, PIECE = 16384 };

bool server_gunzip(const orgsim_buf *packed, orgsim_buf *out, size_t most)
{
    z_stream z = {.next_in = (Bytef *)packed->ptr, .avail_in = (uInt)packed->len};
    char piece[PIECE];
    int rc = Z_OK;
    if (inflateInit2(&z, MAX_WBITS + GZIP_OR_ZLIB) != Z_OK)
        return false;
    while (rc == Z_OK && out->len <= most) {
        z.next_out = (Bytef *)piece;
        z.avail_out = sizeof piece;
        rc = inflate(&z, Z_NO_FLUSH);
        if (rc == Z_OK || rc == Z_STREAM_END)
            orgsim_buf_put(out, piece, sizeof piece - z.avail_out);
    }
    inflateEnd(&z);
    return rc == Z_STREAM_END && out->len <= most;
}

bool server_gzip(crmsync_str body, orgsim_buf *out)
{
    z_stream z = {.next_in = (Bytef *)body.ptr, .avail_in = (uInt)body.len};
    char piece[PIECE];
    int rc = Z_OK;
    if (body.len < WORTH_IT || deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + GZIP, 8,
                                            Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    while (rc == Z_OK) {
        z.next_out = (Bytef *)piece;
        z.avail_out = sizeof piece;
        rc = deflate(&z, Z_FINISH);
        orgsim_buf_put(out, piece, sizeof piece - z.avail_out);
    }
    deflateEnd(&z);
    return rc == Z_STREAM_END;
}
