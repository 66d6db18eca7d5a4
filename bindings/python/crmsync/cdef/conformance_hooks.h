extern "Python" {
void crmpy_report(void *, const char *, int32_t, const char *);
int32_t crmpy_reopen(void *, void **);
int32_t crmpy_remove(void *, crmsync_str, crmsync_str, crmsync_str);
}
