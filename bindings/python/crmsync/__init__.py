"""Two-way sync between a product's people and companies and Salesforce.

The library is libcrmsync; this package is its binding. docs/python.md shows it in use.
"""
from ._crmsync import ffi as _ffi
from ._crmsync import lib as _lib
from .adapters import CurlTransport, MemoryStore, PosixEnvironment, PostgresStore, SqliteStore, has
from .config import Config, Finding, Schema
from .engagement import Suppression, attribute, decide_members
from .engine import Audience, Connection, Engine, Job, Progress, Want, Workspace
from .environment import SystemEnvironment
from .errors import (AuthError, BreakerError, BudgetError, CancelledError, ConfigError, ConflictError,
                     CrmSyncError, DanglingError, DataError, DuplicateError, InternalError, LimitError,
                     NotFoundError, NotPossibleNowError, OutOfMemoryError, RecordStateError, ReentrantError,
                     RightsError, SchemaError, StoreError, TransientError, TransportError, UnsupportedError)
from .hooks import (Changes, Commit, CompletionTransport, Conflict, Entry, Environment, Exchange,
                    FindingRecordStore, Gone, HttpSink, LoggingEnvironment, NoAnswer, NotSent, RecordStore,
                    Refused, Request, Response, Saved, SaveAnswer, SealingEnvironment, SecretEnvironment,
                    StateStore, TlsRefused, Transport)
from .matching import owner_report, quality
from .normalize import Normalizer
from .plan import UNTOUCHED, Plan, PlanField, PlanOp, PlanOther, Untouched, decide_people
from .rows import Record, Rows, SalesforceId, Value
from .words import (AttributionModel, AudienceState, BodyVerdict, CaseResult, Channel, Code, CommitOutcome,
                    ConnectionState, Direction, ErrorClass, HttpOutcome, LogLevel, OpKind, Outcome, Phase,
                    Reason, SourceKind, WantKind)

#: Version of the library that is linked.
__version__: str = _ffi.string(_lib.crmsync_version()).decode()

if _lib.crmsync_version_number() < _lib.CRMSYNC_VERSION_NUMBER:
    raise ImportError(f"libcrmsync {__version__} is older than the one that this package was built against")

__all__ = [
    "AttributionModel", "Audience", "AudienceState", "AuthError", "BodyVerdict", "BreakerError", "BudgetError", "CancelledError",
    "CaseResult", "Changes", "Channel", "Code", "Commit", "CommitOutcome", "CompletionTransport", "Config",
    "ConfigError", "Conflict", "ConflictError", "Connection", "ConnectionState", "CrmSyncError",
    "CurlTransport", "DanglingError", "DataError", "Direction", "DuplicateError", "Engine", "Entry",
    "Environment", "ErrorClass", "Exchange", "Finding", "FindingRecordStore", "Gone", "HttpOutcome", "HttpSink",
    "InternalError", "Job", "LimitError", "LogLevel", "LoggingEnvironment", "MemoryStore", "NoAnswer",
    "Normalizer", "NotFoundError", "NotPossibleNowError", "NotSent", "OpKind", "OutOfMemoryError", "Outcome",
    "Phase", "Plan", "PlanField", "PlanOp", "PlanOther", "PosixEnvironment", "PostgresStore", "Progress",
    "Reason", "Record",
    "RecordStateError", "RecordStore", "ReentrantError", "Refused", "Request", "Response", "RightsError",
    "Rows", "SalesforceId", "SaveAnswer", "Saved", "Schema", "SchemaError", "SealingEnvironment",
    "SecretEnvironment", "SourceKind", "SqliteStore", "StateStore", "StoreError", "Suppression",
    "SystemEnvironment", "TlsRefused", "TransientError", "Transport", "TransportError", "UNTOUCHED",
    "UnsupportedError", "Untouched", "Value", "Want", "WantKind", "Workspace", "attribute", "decide_members",
    "decide_people", "has", "owner_report", "quality",
]
