"""The library's numbers, by name. A number that this version does not know gets a member of its own."""
from __future__ import annotations

from enum import IntEnum, IntFlag

from ._crmsync import ffi, lib


class OpenEnum(IntEnum):
    """An enumeration that a newer library may add to: unknown numbers are members, not errors."""

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member


class Code(OpenEnum):
    """What a call returned."""

    OK = 0
    INVALID = -1
    NOMEM = -2
    LIMIT = -3
    UNSUPPORTED = -4
    REENTRANT = -5
    STATE = -6
    CALLBACK = -7
    STORE = -8
    CONFLICT = -9
    TRANSPORT = -10
    PROTOCOL = -11
    AUTH = -12
    SALESFORCE = -13
    BUDGET = -14
    CANCELLED = -15
    BREAKER = -16
    CORRUPT = -17
    NOT_FOUND = -18
    INTERNAL = -19
    CONTRACT = -20


class ErrorClass(OpenEnum):
    """What kind of trouble it is, and so who can mend it."""

    NONE = 0
    CONFIG = 1
    SCHEMA = 2
    DATA = 3
    DUPLICATE = 4
    REFERENCE = 5
    PERMISSION = 6
    AUTH = 7
    LIMIT = 8
    TRANSIENT = 9
    CONFLICT = 10
    STATE = 11
    STORE = 12
    INTERNAL = 13


class Direction(OpenEnum):
    IN = 1
    OUT = 2


class Outcome(OpenEnum):
    """What a record is counted as."""

    CREATED = 1
    UPDATED = 2
    UNCHANGED = 3
    SKIPPED = 4
    HELD = 5
    FAILED = 6
    UNKNOWN = 7


class OpKind(OpenEnum):
    """What an operation of a plan does to a side."""

    NONE = 0
    CREATE = 1
    UPDATE = 2
    DEACTIVATE = 3


class LogLevel(OpenEnum):
    ERROR = 1
    WARN = 2
    INFO = 3
    DEBUG = 4


class ConnectionState(OpenEnum):
    NONE = 0
    PENDING = 1
    CONNECTED = 2
    EXPIRED = 3
    DISCONNECTED = 4
    BLOCKED = 5


class WantKind(OpenEnum):
    """What a job needs to go on."""

    DONE = 0
    IO = 1
    TIMER = 2
    PLAN = 3
    MORE = 4


class CommitOutcome(OpenEnum):
    """How a commit of the state store ended."""

    OK = 1
    CONFLICT = 2
    UNKNOWN = 3


class HttpOutcome(OpenEnum):
    """How an exchange ended."""

    RESPONDED = 1
    NOT_SENT = 2
    UNKNOWN = 3
    REFUSED_TLS = 4


class BodyVerdict(OpenEnum):
    """What the library says to a piece of a body."""

    OK = 0
    PAUSED = 1
    LIMIT = 2


class CaseResult(OpenEnum):
    """How a case of a conformance kit ended."""

    FAILED = 0
    PASSED = 1
    SKIPPED = 2


class Phase(IntFlag):
    """Phases of a job; they are done in this order."""

    CONNECT = 0x1
    PREFLIGHT = 0x80
    DESCRIBE = 0x2
    RECOVER = 0x4
    IMPORT = 0x8
    RECONCILE = 0x200
    AUDIENCE = 0x400
    EXPORT = 0x10
    ACTIVITIES = 0x20
    APPLY = 0x1000
    DISCONNECT = 0x40
    LOOKUP = 0x100
    SOURCES = 0x2000
    CAMPAIGNS = 0x800
    SYNC = 0xE3E


class AudienceState(OpenEnum):
    """How an audience stands."""

    NEVER = 0
    FRESH = 1
    STALE = 2
    TRUNCATED = 3
    ERROR = 4


class AttributionModel(OpenEnum):
    """How an amount is shared out over touches."""

    FIRST = 1
    LAST = 2
    LINEAR = 3
    U_SHAPED = 4
    W_SHAPED = 5
    TIME_DECAY = 6


class SourceKind(OpenEnum):
    """What a source of suppression holds."""

    LIST = 1
    OPPORTUNITIES = 2
    CONTACT_ROLES = 3
    STAGES = 4


class Channel(IntFlag):
    """Ways to contact somebody."""

    EMAIL = 0x1
    CALL = 0x2


class Reason(int):
    """Why a record or a field was treated as it was. Its words come from the library."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The stored name, such as `create_no_match`."""
        return str(ffi.string(lib.crmsync_reason_name(self)).decode())

    @property
    def text(self) -> str:
        """One sentence for people."""
        return str(ffi.string(lib.crmsync_reason_text(self)).decode())

    @property
    def remedy(self) -> str:
        """What to do about it, or nothing."""
        return str(ffi.string(lib.crmsync_reason_remedy(self)).decode())

    @property
    def outcome(self) -> Outcome | None:
        """What a record of this reason is counted as."""
        number = int(lib.crmsync_reason_outcome(self))
        return Outcome(number) if number else None

    @classmethod
    def by_name(cls, name: str) -> Reason:
        data = name.encode()
        number = int(lib.crmsync_reason_by_name((ffi.from_buffer(data), len(data))))
        if not number:
            raise KeyError(name)
        return cls(number)

    def __repr__(self) -> str:
        return f"<Reason {int(self)} {self.name}>"
