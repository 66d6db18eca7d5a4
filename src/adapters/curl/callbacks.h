/* What libcurl calls; `data` is the crmi_exchange. */
#ifndef CRMI_ADAPTERS_CURL_CALLBACKS_H
#define CRMI_ADAPTERS_CURL_CALLBACKS_H

#include "exchange.h"

int crmi_curl_before_request(void *data, char *conn_ip, char *local_ip, int conn_port,
                             int local_port);
size_t crmi_curl_read(char *out, size_t size, size_t count, void *data);
int crmi_curl_seek(void *data, curl_off_t offset, int origin);
size_t crmi_curl_header(char *line, size_t size, size_t count, void *data);
size_t crmi_curl_write(char *bytes, size_t size, size_t count, void *data);

#endif
