"""Exceptions: one class for each kind of trouble, with what the library knows of it."""
from __future__ import annotations

from typing import Any

from ._crmsync import ffi, lib
from .words import Code, ErrorClass


class CrmSyncError(Exception):
    """Something the library refused or could not do.

    `code` is what the call returned, `error_class` who can mend it, `where` a JSON pointer, a byte or a
    record, `remedy` one sentence on what to do, `retry_after` seconds to wait, if known.
    """

    code: Code = Code.INTERNAL
    error_class: ErrorClass = ErrorClass.NONE
    message: str = ""
    where: str = ""
    remedy: str = ""
    http_status: int | None = None
    salesforce_code: str = ""
    retry_after: float | None = None

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.remedy})" if self.remedy else text


class ConfigError(CrmSyncError, ValueError):
    """The configuration or a call is not valid."""


class SchemaError(CrmSyncError):
    """The org's fields or objects differ from the mapping."""


class DataError(CrmSyncError, ValueError):
    """A record's values; permanent until it changes."""


class DuplicateError(CrmSyncError):
    """The org holds such a record already."""


class DanglingError(CrmSyncError):
    """A referenced record is gone or invisible."""


class RightsError(CrmSyncError):
    """Rights in the org are missing."""


class AuthError(CrmSyncError):
    """The connection must be authorized anew."""


class LimitError(CrmSyncError):
    """A quota or a size; later, or smaller."""


class BudgetError(LimitError):
    """The API call budget is used up for now; see `retry_after`."""


class TransientError(CrmSyncError):
    """Try again soon."""


class ConflictError(CrmSyncError):
    """Somebody else changed it first."""


class RecordStateError(CrmSyncError):
    """The record is deleted, merged, converted or locked in the org."""


class StoreError(CrmSyncError):
    """The state store failed, or what it holds cannot be read."""


class TransportError(TransientError):
    """The network failed."""


class InternalError(CrmSyncError):
    """A defect of the library."""


class NotPossibleNowError(CrmSyncError):
    """A step is missing; the message names it."""


class ReentrantError(NotPossibleNowError):
    """Called from a hook of the same engine."""


class BreakerError(CrmSyncError):
    """An unusual number of changes: acknowledge it to go on."""


class CancelledError(CrmSyncError):
    """Job.cancel() was called."""


class UnsupportedError(CrmSyncError):
    """Newer than what this library knows."""


class NotFoundError(CrmSyncError, LookupError):
    """No such object."""


class OutOfMemoryError(CrmSyncError, MemoryError):
    """No memory."""


# A code that says it all comes first; then the class; then the code.
_CODES_FIRST: dict[int, type[CrmSyncError]] = {
    Code.NOMEM: OutOfMemoryError, Code.UNSUPPORTED: UnsupportedError, Code.REENTRANT: ReentrantError,
    Code.BUDGET: BudgetError, Code.CANCELLED: CancelledError, Code.BREAKER: BreakerError,
    Code.NOT_FOUND: NotFoundError, Code.TRANSPORT: TransportError, Code.STATE: NotPossibleNowError,
}
_CLASSES: dict[int, type[CrmSyncError]] = {
    ErrorClass.CONFIG: ConfigError, ErrorClass.SCHEMA: SchemaError, ErrorClass.DATA: DataError,
    ErrorClass.DUPLICATE: DuplicateError, ErrorClass.REFERENCE: DanglingError,
    ErrorClass.PERMISSION: RightsError, ErrorClass.AUTH: AuthError, ErrorClass.LIMIT: LimitError,
    ErrorClass.TRANSIENT: TransientError, ErrorClass.CONFLICT: ConflictError,
    ErrorClass.STATE: RecordStateError, ErrorClass.STORE: StoreError, ErrorClass.INTERNAL: InternalError,
}
_CODES_LAST: dict[int, type[CrmSyncError]] = {
    Code.INVALID: ConfigError, Code.LIMIT: LimitError, Code.STORE: StoreError, Code.CONFLICT: ConflictError,
    Code.AUTH: AuthError, Code.CORRUPT: StoreError, Code.INTERNAL: InternalError,
}


def _text(view: Any) -> str:
    return bytes(ffi.buffer(view.ptr, view.len)).decode("utf-8", "replace") if view.len else ""


def from_c(code: int, err: Any) -> CrmSyncError:
    """The exception for a code and its error object, which may be NULL; frees the object."""
    kind = int(lib.crmsync_error_class(err))
    made = _CODES_FIRST.get(code) or _CLASSES.get(kind) or _CODES_LAST.get(code) or CrmSyncError
    message = _text(lib.crmsync_error_message(err))
    e = made(message or ffi.string(lib.crmsync_code_name(code)).decode())
    e.code, e.error_class = Code(code), ErrorClass(kind)
    e.where, e.remedy = _text(lib.crmsync_error_where(err)), _text(lib.crmsync_error_remedy(err))
    e.http_status = int(lib.crmsync_error_http_status(err)) or None
    e.salesforce_code = _text(lib.crmsync_error_salesforce_code(err))
    wait = int(lib.crmsync_error_retry_after_ms(err))
    e.retry_after = wait / 1000 if wait else None
    lib.crmsync_error_free(err)
    return e
