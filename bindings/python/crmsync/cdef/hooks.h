/* The functions of Python that the hook tables point to, as make_cdef.py has no part in them. */
extern "Python" {
int64_t crmpy_wall_ms(void *);
uint64_t crmpy_mono_ms(void *);
int32_t crmpy_random(void *, void *, size_t, crmsync_error **);
void crmpy_log(void *, uint32_t, crmsync_str);
void crmpy_trace(void *, const crmsync_trace *);
int64_t crmpy_civil_date(void *, int64_t, crmsync_str);
int32_t crmpy_seal_key(void *, crmsync_str, crmsync_str, crmsync_bytes_sink *, crmsync_bytes_sink *,
                       crmsync_error **);
int32_t crmpy_secret_get(void *, crmsync_str, crmsync_str, crmsync_bytes_sink *, crmsync_error **);
int32_t crmpy_secret_put(void *, crmsync_str, crmsync_str, crmsync_str, crmsync_error **);

int32_t crmpy_state_get(void *, crmsync_str, const crmsync_kv_item *, size_t, crmsync_state_sink *,
                        crmsync_error **);
int32_t crmpy_state_scan(void *, crmsync_str, uint32_t, crmsync_str, crmsync_str, uint32_t, uint32_t,
                         crmsync_state_sink *, crmsync_error **);
int32_t crmpy_state_commit(void *, const crmsync_kv_commit *, uint32_t *, crmsync_error **);
int32_t crmpy_state_clear(void *, crmsync_str, uint32_t, crmsync_str, crmsync_str, crmsync_error **);

int32_t crmpy_record_load(void *, crmsync_str, crmsync_str, const crmsync_str *, size_t,
                          crmsync_record_sink *, crmsync_error **);
int32_t crmpy_record_find(void *, crmsync_str, crmsync_str, crmsync_str, const crmsync_str *, size_t,
                          crmsync_record_sink *, crmsync_error **);
int32_t crmpy_record_save(void *, crmsync_str, const crmsync_rows *, crmsync_record_sink *,
                          crmsync_error **);
int32_t crmpy_record_changed(void *, crmsync_str, crmsync_str, crmsync_str, uint32_t,
                             crmsync_record_sink *, crmsync_error **);

int32_t crmpy_http_start(void *, const crmsync_http_request *, crmsync_http_sink *, crmsync_error **);
int32_t crmpy_http_poll(void *, uint32_t, crmsync_http_sink *, crmsync_error **);
int32_t crmpy_http_resume(void *, uint64_t, crmsync_http_sink *, crmsync_error **);
void crmpy_http_cancel(void *, uint64_t);
void crmpy_http_wake(void *);
int32_t crmpy_http_send(void *, const crmsync_http_request *, crmsync_http_reply *, crmsync_error **);
void crmpy_http_sleep(void *, uint32_t);

int32_t crmpy_write(void *, crmsync_str);
void crmpy_lint(void *, int32_t, crmsync_str, crmsync_str, crmsync_str);
}
