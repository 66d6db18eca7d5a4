/**
 * @file error.h
 * Result codes and the error object.
 *
 * A fallible function returns CRMSYNC_OK (0) or a negative code and fills `*err`, its last
 * parameter, if that is not NULL. Success leaves `*err` untouched. There is no last-error state.
 * The caller frees the error. Messages are one line of UTF-8 and never contain secrets. Functions
 * without that parameter have a single reason to fail, which their comment names.
 */
#ifndef CRMSYNC_ERROR_H
#define CRMSYNC_ERROR_H

#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_error crmsync_error;

/** Result codes. New ones may be added; treat an unknown negative value as CRMSYNC_E_INTERNAL. */
enum {
    CRMSYNC_OK = 0,
    CRMSYNC_E_INVALID = -1,      /**< an argument, a configuration or a record is not valid */
    CRMSYNC_E_NOMEM = -2,        /**< out of memory; the object is unchanged unless stated */
    CRMSYNC_E_LIMIT = -3,        /**< a size or depth limit was exceeded */
    CRMSYNC_E_UNSUPPORTED = -4,  /**< a newer caller asks for what this library does not know */
    CRMSYNC_E_REENTRANT = -5,    /**< called from a hook of the same handle */
    CRMSYNC_E_STATE = -6,        /**< not possible now; the message names the missing step */
    CRMSYNC_E_CALLBACK = -7,     /**< a hook of the host failed */
    CRMSYNC_E_STORE = -8,        /**< the state store failed */
    CRMSYNC_E_CONFLICT = -9,     /**< somebody else changed it first */
    CRMSYNC_E_TRANSPORT = -10,   /**< the network failed; see the transport outcome */
    CRMSYNC_E_PROTOCOL = -11,    /**< the server's answer is not what the API documents */
    CRMSYNC_E_AUTH = -12,        /**< the connection must be authorized anew */
    CRMSYNC_E_SALESFORCE = -13,  /**< Salesforce refused; see class and Salesforce code */
    CRMSYNC_E_BUDGET = -14,      /**< the API call budget is used up for now */
    CRMSYNC_E_CANCELLED = -15,   /**< crmsync_job_cancel was called */
    CRMSYNC_E_BREAKER = -16,     /**< an unusual number of changes: acknowledge to go on */
    CRMSYNC_E_CORRUPT = -17,     /**< stored state cannot be read */
    CRMSYNC_E_NOT_FOUND = -18,   /**< no such object */
    CRMSYNC_E_INTERNAL = -19,    /**< a defect of the library */
    CRMSYNC_E_CONTRACT = -20     /**< a hook broke its contract: mend the hook, the message says how */
};

/** What kind of trouble it is, and so who can mend it. Numbers are ABI; names are stored. */
enum {
    CRMSYNC_CLASS_NONE = 0,
    CRMSYNC_CLASS_CONFIG = 1,     /**< the host's configuration or call */
    CRMSYNC_CLASS_SCHEMA = 2,     /**< the org's fields or objects differ from the mapping */
    CRMSYNC_CLASS_DATA = 3,       /**< this record's values; permanent until it changes */
    CRMSYNC_CLASS_DUPLICATE = 4,  /**< the org holds such a record already */
    CRMSYNC_CLASS_REFERENCE = 5,  /**< a referenced record is gone or invisible */
    CRMSYNC_CLASS_PERMISSION = 6, /**< rights in the org */
    CRMSYNC_CLASS_AUTH = 7,       /**< connect again */
    CRMSYNC_CLASS_LIMIT = 8,      /**< quota or concurrency; later, or smaller */
    CRMSYNC_CLASS_TRANSIENT = 9,  /**< try again soon */
    CRMSYNC_CLASS_CONFLICT = 10,  /**< the record changed meanwhile; decide anew */
    CRMSYNC_CLASS_STATE = 11,     /**< deleted, merged, converted, locked in the org */
    CRMSYNC_CLASS_STORE = 12,     /**< the host's store */
    CRMSYNC_CLASS_INTERNAL = 13
};

/**
 * Makes an error, for hooks of the host that fail.
 *
 * @param code     what the hook returns as well; normally CRMSYNC_E_CALLBACK
 * @param message  one line, no secrets; copied
 * @param out      receives the error, or a static out-of-memory error; NULL is allowed
 * @return         `code`
 *
 * Any thread. Allowed inside hooks. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_error_new(int32_t code, crmsync_str message, crmsync_error **out);

/**
 * For a hook whose failure is of a known kind: CRMSYNC_CLASS_*, and how long to wait before another
 * try (0 = not known). No-ops on NULL and on the static out-of-memory error. Since 0.1.
 */
CRMSYNC_API void crmsync_error_set_class(crmsync_error *err, uint32_t error_class);
CRMSYNC_API void crmsync_error_set_retry_after(crmsync_error *err, uint64_t ms);
/**
 * Marks a hook's error with a value of the host's, not 0: an index or a handle by which the program
 * that called the library finds its own error again. The library carries it and never looks at it;
 * nothing is called when the error is freed. No-op on NULL and on the static out-of-memory error.
 * Since 0.1.
 */
CRMSYNC_API void crmsync_error_set_token(crmsync_error *err, uint64_t token);

/** Frees an error; NULL is allowed. Any thread. Since 0.1. */
CRMSYNC_API void crmsync_error_free(crmsync_error *err);

/* Getters. NULL gives 0 or an empty view. Views live as long as the error. Since 0.1. */
CRMSYNC_API int32_t crmsync_error_code(const crmsync_error *err);
CRMSYNC_API uint32_t crmsync_error_class(const crmsync_error *err);
CRMSYNC_API crmsync_str crmsync_error_message(const crmsync_error *err);
/** A JSON pointer, `byte 17`, or a record such as `person/42`; empty if not known. */
CRMSYNC_API crmsync_str crmsync_error_where(const crmsync_error *err);
/** What to do about it, one sentence; empty if not known. */
CRMSYNC_API crmsync_str crmsync_error_remedy(const crmsync_error *err);
/** HTTP status of the answer that caused it, or 0. */
CRMSYNC_API int32_t crmsync_error_http_status(const crmsync_error *err);
/** Salesforce's own code, such as `REQUIRED_FIELD_MISSING`; empty if none. */
CRMSYNC_API crmsync_str crmsync_error_salesforce_code(const crmsync_error *err);
/** Milliseconds to wait before another try, or 0 when not known. */
CRMSYNC_API uint64_t crmsync_error_retry_after_ms(const crmsync_error *err);

/** The value that a hook marked its error with, or 0. */
CRMSYNC_API uint64_t crmsync_error_token(const crmsync_error *err);

/** Name of a result code, `CRMSYNC_E_INVALID`; a static string; never NULL. Since 0.1. */
CRMSYNC_API const char *crmsync_code_name(int32_t code);
/** Stored name of a class, `schema`; a static string; never NULL. Since 0.1. */
CRMSYNC_API const char *crmsync_class_name(uint32_t error_class);

CRMSYNC_END_DECLS

#endif
