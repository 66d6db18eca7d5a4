/**
 * @file config.h
 * Configuration: one JSON document, parsed, checked and then immutable.
 *
 * docs/configuration.md lists every member with its default.
 */
#ifndef CRMSYNC_CONFIG_H
#define CRMSYNC_CONFIG_H

#include <crmsync/error.h>
#include <crmsync/normalize.h>
#include <crmsync/schema.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

/** Immutable and shareable between threads. */
typedef struct crmsync_config crmsync_config;

/**
 * Parses and checks a configuration. With `"extends": NAME` the document is a merge patch
 * (RFC 7396) over that built-in preset. Unknown members are refused.
 *
 * @param alloc  NULL = libc
 * @param json   at most 1 MiB
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID with the JSON pointer (or byte offset) as where, and a
 *         remedy that names the nearest known member; CRMSYNC_E_UNSUPPORTED for a newer "version";
 *         CRMSYNC_E_LIMIT; CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_config_parse(const crmsync_alloc *alloc, crmsync_str json,
                                         crmsync_config **out, crmsync_error **err);
CRMSYNC_API void crmsync_config_free(crmsync_config *config);
/** The whole configuration as JSON, presets merged in, members in a fixed order. Borrowed from the
 *  configuration. Parsing it gives an equal configuration. Since 0.1. */
CRMSYNC_API crmsync_str crmsync_config_dump(const crmsync_config *config);
/**
 * Makes the normalizer that this configuration asks for (`match.keep_subdomains`, `freemail_add`,
 * `freemail_remove`, `shared_host_add`, `legal_form_add`), as a workspace uses it: for offline
 * decisions and for a host's own index.
 * @return as crmsync_normalizer_new(). Since 0.1.
 */
CRMSYNC_API int32_t crmsync_config_normalizer(const crmsync_config *config,
                                              const crmsync_alloc *alloc,
                                              crmsync_normalizer **out, crmsync_error **err);
/** 64-bit digest of the dump. Since 0.1. */
CRMSYNC_API uint64_t crmsync_config_digest(const crmsync_config *config);

/** Receives one finding of crmsync_config_lint(); `severity` is CRMSYNC_LOG_ERROR or _WARN, `where`
 *  a JSON pointer into crmsync_config_dump(). The views live until it returns. */
typedef void (*crmsync_lint_fn)(void *ctx, int32_t severity, crmsync_str where,
                                crmsync_str message, crmsync_str remedy);
/**
 * Checks a configuration against a real org: unknown or invisible fields, not writeable ones
 * (never, on create, later), types that cannot be converted, texts that a field cannot hold (type,
 * length, picklist value), required fields without a mapping or default, external ids and match
 * fields that cannot be queried, statuses that only a conversion sets, owners that cannot be given,
 * activities that cannot be logged.
 * @param report  NULL = only count
 * @return number of errors (warnings not counted), or a negative code. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_config_lint(const crmsync_config *config, const crmsync_schema *schema,
                                        crmsync_lint_fn report, void *ctx, crmsync_error **err);

CRMSYNC_END_DECLS

#endif
