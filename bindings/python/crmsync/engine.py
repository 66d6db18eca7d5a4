"""The engine, its workspaces and their jobs."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Union

from . import _trampolines
from ._crmsync import ffi, lib
from ._guard import Guard, Hook
from ._views import set_view, sized, text_of, view, views
from .adapters import CurlTransport, MemoryStore, PosixEnvironment, PostgresStore, SqliteStore
from .config import Config
from .engagement import Suppression
from .environment import SystemEnvironment
from .errors import NotPossibleNowError
from .hooks import CompletionTransport, Environment, RecordStore, StateStore, Transport
from .plan import Plan
from .rows import Record, Rows
from .words import AudienceState, ConnectionState, ErrorClass, Phase, WantKind

AnyState = Union[StateStore, MemoryStore, SqliteStore, PostgresStore]
AnyRecords = Union[RecordStore, MemoryStore, SqliteStore, PostgresStore]
AnyTransport = Union[Transport, CompletionTransport, CurlTransport]
AnyEnvironment = Union[Environment, PosixEnvironment]

#: Ctrl-C is noticed at the latest after this time, whatever the transport is.
_WAIT_MS = 200


class Tables:
    """Hook tables of hosts' objects and adapters, with everything that must live as long."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.kept: list[Any] = []
        self.wrapped: list[Any] = []
        self.adapters: list[Any] = []

    def of(self, target: Any, native: str, table: Callable[[Any], Any]) -> tuple[Any, Any]:
        """Table and context; `native` is the method by which an adapter gives its own."""
        if hasattr(target, native):
            ops, ctx = getattr(target, native)()
            target._users += 1
            self.adapters.append(target)
            return ops, ctx
        ops, ctx = table(target), self.handle(target)
        self.kept.append(ops)
        return ops, ctx

    def handle(self, target: Any) -> Any:
        made = ffi.new_handle(Hook(target, self.guard))
        self.kept.append(made)
        return made

    def transport(self, target: Any) -> tuple[Any, Any]:
        if not hasattr(target, "_transport") and not hasattr(target, "send"):
            if not all(hasattr(target, name) for name in ("start", "poll", "resume", "cancel")):
                raise TypeError(f"a {type(target).__name__} is no transport: it has no send(), nor start(), "
                                "poll(), resume() and cancel()")
        if hasattr(target, "_transport") or not hasattr(target, "send"):
            return self.of(target, "_transport", _trampolines.transport_table)
        out = ffi.new("crmsync_sync_transport **")
        options = sized("crmsync_sync_transport_options")
        options.send, options.sleep = lib.crmpy_http_send, lib.crmpy_http_sleep
        options.wake, options.ctx = lib.crmpy_http_wake, self.handle(_trampolines.Blocking(target))
        self.guard.call(lib.crmsync_sync_transport_new, options, out)
        self.wrapped.append(out[0])
        # Without `destroy`, so that it is freed here whether an engine took it or not.
        ops = ffi.new("crmsync_transport_ops *", lib.crmsync_sync_transport_ops()[0])
        ops.destroy = ffi.NULL
        self.kept.append(ops)
        return ops, out[0]

    def end(self) -> None:
        while self.wrapped:
            lib.crmsync_sync_transport_free(self.wrapped.pop())
        while self.adapters:
            self.adapters.pop()._release()
        self.kept.clear()


class _Open:
    """What is open of one engine. It knows only pointers, so that anything may be dropped in any order.

    Workspaces and jobs have tokens: C uses an address again as soon as it is free.
    """

    def __init__(self, guard: Guard, tables: Tables) -> None:
        self.guard, self.tables = guard, tables
        self.engine: Any = None
        self.workspaces: dict[object, Any] = {}
        self.configs: dict[object, Any] = {}  # borrowed by the workspace
        self.owners: dict[object, object] = {}  # job -> its workspace

    def free_job(self, job: object) -> None:
        with self.guard.lock:
            pointer = self.guard.jobs.pop(job)
        del self.owners[job]
        lib.crmsync_job_free(pointer)

    def close_workspace(self, workspace: object) -> None:
        for job in [job for job, owner in self.owners.items() if owner is workspace]:
            self.free_job(job)
        lib.crmsync_workspace_close(self.workspaces.pop(workspace))
        del self.configs[workspace]

    def close(self) -> None:
        for workspace in list(self.workspaces):
            self.close_workspace(workspace)
        engine, self.engine = self.engine, None
        if engine is not None:
            lib.crmsync_engine_free(engine)
        self.tables.end()


class Engine:
    """The host's hooks in one object. One thread at a time uses it; workers make one each.

    Hooks are objects as crmsync.hooks describes them, or adapters. What is given lives as long as the
    engine. `lease` is the period of a worker's lease in seconds.
    """

    def __init__(self, *, state: AnyState, records: AnyRecords, transport: AnyTransport,
                 environment: AnyEnvironment | None = None, max_response_bytes: int = 0,
                 lease: float = 0) -> None:
        guard = Guard()
        guard.clock = getattr(environment, "mono_ms", guard.clock)
        tables = Tables(guard)
        self._open = _Open(guard, tables)
        self._hooks = (state, records, transport, environment)
        options = sized("crmsync_engine_options")
        try:
            options.env, options.env_ctx = tables.of(environment or SystemEnvironment(), "_environment",
                                                     _trampolines.env_table)
            options.state, options.state_ctx = tables.of(state, "_state", _trampolines.state_table)
            options.records, options.records_ctx = tables.of(records, "_records", _trampolines.record_table)
            options.transport, options.transport_ctx = tables.transport(transport)
            options.max_response_bytes, options.lease_ms = max_response_bytes, int(lease * 1000)
            out = ffi.new("crmsync_engine **")
            guard.call(lib.crmsync_engine_new, options, out)
        except BaseException:
            tables.end()
            raise
        self._open.engine = out[0]

    def workspace(self, name: str, config: Config) -> Workspace:
        """Opens a workspace: one tenant with one CRM connection."""
        if self._open.engine is None:
            raise NotPossibleNowError("the engine is closed")
        return Workspace(self, name, config)

    def close(self) -> None:
        """Closes everything opened on it, too. Closing twice is fine."""
        self._open.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_open"):
            self._open.close()


@dataclass(frozen=True, slots=True)
class Connection:
    """State of the connection as stored."""

    state: ConnectionState
    sandbox: bool
    since_ms: int  # wall clock; 0 = not known
    org_id: str
    user_id: str  # the Salesforce user that the library acts as
    instance_url: str
    message: str  # expired, blocked: what the org said
    remedy: str  # and what to do about it
    name: str  # connection.name: what people call it
    org_name: str
    edition: str  # Enterprise Edition
    username: str
    scopes: str  # granted, with blanks between them
    enabled: bool
    mapped: bool  # whether the configuration maps anything yet


@dataclass(frozen=True, slots=True)
class Audience:
    """How an audience stands; `token` asks for what changes from here on."""

    state: AudienceState
    configured: bool  # False = the configuration once had it
    members: int
    added: int  # by the last reading that changed the set
    removed: int
    read_ms: int  # wall clock of the last reading to the end; 0 = never
    tried_ms: int
    object: str
    source: str
    token: str
    code: str  # truncated, error: what happened
    message: str
    remedy: str


class Workspace:
    """One tenant of the host; from Engine.workspace()."""

    def __init__(self, engine: Engine, name: str, config: Config) -> None:
        out = ffi.new("crmsync_workspace **")
        opened = engine._open
        self._engine, self._open, self.name, self.config = engine, opened, name, config
        opened.guard.call(lib.crmsync_workspace_open, opened.engine, view(name), config._config, out)
        self._token = object()
        opened.workspaces[self._token] = out[0]
        opened.configs[self._token] = config._config

    @property
    def _here(self) -> Any:
        if self._token not in self._open.workspaces:
            raise NotPossibleNowError("the workspace is closed")
        return self._open.workspaces[self._token]

    def connection(self) -> Connection:
        now = sized("crmsync_connection")
        self._open.guard.call(lib.crmsync_workspace_connection, self._here, now)
        return Connection(ConnectionState(now.state), bool(now.sandbox), now.since_ms, text_of(now.org_id),
                          text_of(now.user_id), text_of(now.instance_url), text_of(now.message),
                          text_of(now.remedy), text_of(now.name), text_of(now.org_name),
                          text_of(now.edition), text_of(now.username), text_of(now.scopes),
                          bool(now.enabled), bool(now.mapped))

    def set_secret(self, name: str, value: str | bytes) -> None:
        """Keeps `client_secret`, `private_key` and the like, sealed; an empty value deletes it."""
        self._open.guard.call(lib.crmsync_workspace_set_secret, self._here, view(name), view(value))

    def set_other_crm(self, crm: str, active: bool) -> None:
        """Records that the host uses another CRM for this workspace, or no longer does."""
        self._open.guard.call(lib.crmsync_workspace_set_other_crm, self._here, view(crm), int(active))

    def authorize_url(self, prompt: str | None = None) -> str:
        """The address to send the user's browser to; what it comes back with goes to connect()."""
        url = ffi.new("crmsync_str *")
        self._open.guard.call(lib.crmsync_workspace_authorize_url, self._here, view(prompt or ""), url)
        return text_of(url)

    def enqueue(self, kind: str, ids: Iterable[str], *, manual: bool = False, lead: bool = False,
                contact: bool = False, fields: Iterable[str] = ()) -> None:
        """Asks for records to be exported by the next job, ahead of the change feed.

        With `fields` (local or Salesforce names) nothing but these is updated, and nothing created.
        """
        array, n, _kept = views(ids)
        options = sized("crmsync_enqueue_options")
        options.flags = (manual * lib.CRMSYNC_ENQUEUE_MANUAL | lead * lib.CRMSYNC_ENQUEUE_LEAD
                         | contact * lib.CRMSYNC_ENQUEUE_CONTACT)
        options.fields, options.field_count, _names = views(fields)
        self._open.guard.call(lib.crmsync_workspace_enqueue, self._here, view(kind), array, n,
                              options)

    def reactivate(self, kind: str, id: str, *, form: bool = False) -> None:
        """Lets a record that was deactivated by a deletion in the CRM be created there again.

        The person filled in a form, or else somebody imported the record at the host.
        """
        why = lib.CRMSYNC_REACTIVATE_FORM if form else lib.CRMSYNC_REACTIVATE_IMPORT
        self._open.guard.call(lib.crmsync_workspace_reactivate, self._here, view(kind), view(id), why)

    def duplicates(self, kind: str, *, limit: int = 0) -> Rows:
        """What stands more than once, for people to merge: a row per Salesforce record.

        `limit` counts local records; 0 = 1,000 at most.
        """
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_workspace_duplicates, self._here, view(kind), limit, out)
        return Rows._owning(out[0])

    def audience(self, name: str) -> Audience:
        """How an audience stands; NotFoundError if it is neither configured nor stored."""
        now = sized("crmsync_audience")
        self._open.guard.call(lib.crmsync_workspace_audience, self._here, view(name), now)
        texts = (now.object, now.source, now.token, now.code, now.message, now.remedy)
        return Audience(AudienceState(now.state), bool(now.configured), now.members, now.added, now.removed,
                        now.read_ms, now.tried_ms, *map(text_of, texts))

    def audiences(self) -> Rows:
        """The audiences of the configuration, and those still stored."""
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_workspace_audiences, self._here, out)
        return Rows._owning(out[0])

    def audience_members(self, name: str, *, since: str = "", after: str = "", limit: int = 0) -> Rows:
        """A page of members, or with a token of what has changed since; 0 = 1,000 rows at most."""
        kept: list[Any] = []
        query = sized("crmsync_audience_query")
        for field, text in {"name": name, "since": since, "after": after}.items():
            set_view(getattr(query, field), text, kept)
        query.limit = limit
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_workspace_audience_members, self._here, query, out)
        return Rows._owning(out[0])

    def forget_audience(self, name: str) -> None:
        """Forgets an audience and its members; one that is configured is read anew by the next run."""
        self._open.guard.call(lib.crmsync_workspace_audience_forget, self._here, view(name))

    def match_account(self, keys: Rows | Iterable[Record]) -> Rows:
        """Finds accounts by `website`, `domain`, `email` or `name`, without a call to the org."""
        held = Rows.of("key", keys)
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_workspace_match_account, self._here, held._rows, out)
        return Rows._owning(out[0])

    def suppression(self, people: Rows | Iterable[Record],
                    companies: Rows | Iterable[Record] | None = None) -> Suppression:
        """The stored lists of `suppression.lists`, for checking these people."""
        asked, firms = Rows.of("person", people), None if companies is None else Rows.of("company", companies)
        out = ffi.new("crmsync_suppression **")
        self._open.guard.call(lib.crmsync_workspace_suppression, self._here, asked._rows,
                              firms._rows if firms else ffi.NULL, out)
        return Suppression._owning(out[0], self)

    def log(self, *, since: datetime | None = None, until: datetime | None = None, kind: str = "",
            id: str = "", object: str = "", operation: str = "", run: str = "",
            error_class: ErrorClass = ErrorClass.NONE, limit: int = 0) -> Rows:
        """The sync log, newest first; 0 = 1,000 rows at most. `fields` is JSON text."""
        kept: list[Any] = []
        chosen = sized("crmsync_log_filter")
        chosen.from_ms = int(since.timestamp() * 1000) if since else 0
        chosen.to_ms = int(until.timestamp() * 1000) if until else 0
        texts = {"kind": kind, "id": id, "object": object, "operation": operation, "run": run}
        for name, text in texts.items():
            set_view(getattr(chosen, name), text, kept)
        chosen.error_class, chosen.limit = error_class, limit
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_workspace_log, self._here, chosen, out)
        return Rows._owning(out[0])

    def runs(self, *, since: datetime | None = None, until: datetime | None = None, run: str = "",
             state: str = "", limit: int = 0) -> Rows:
        """Runs, newest first; 0 = the last 100. `counts` is JSON text."""
        kept: list[Any] = []
        chosen = sized("crmsync_run_filter")
        chosen.from_ms = int(since.timestamp() * 1000) if since else 0
        chosen.to_ms = int(until.timestamp() * 1000) if until else 0
        set_view(chosen.run, run, kept)
        set_view(chosen.state, state, kept)
        chosen.limit = limit
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_workspace_runs, self._here, chosen, out)
        return Rows._owning(out[0])

    def _dead(self, error_class: ErrorClass, kind: str, id: str, object: str, limit: int,
              kept: list[Any]) -> Any:
        chosen = sized("crmsync_dead_filter")
        chosen.error_class, chosen.limit = error_class, limit
        for name, text in {"kind": kind, "id": id, "object": object}.items():
            set_view(getattr(chosen, name), text, kept)
        return chosen

    def dead_letters(self, *, error_class: ErrorClass = ErrorClass.NONE, kind: str = "", id: str = "",
                     object: str = "", limit: int = 0) -> Rows:
        """Records that failed for good, until they or the configuration change; 0 = 1,000 at most."""
        kept: list[Any] = []
        chosen = self._dead(error_class, kind, id, object, limit, kept)
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_workspace_dead_letters, self._here, chosen, out)
        return Rows._owning(out[0])

    def requeue(self, *, error_class: ErrorClass = ErrorClass.NONE, kind: str = "", id: str = "",
                object: str = "", limit: int = 0) -> int:
        """Has dead letters tried again by the next job; tells how many. 0 = all."""
        kept: list[Any] = []
        chosen = self._dead(error_class, kind, id, object, limit, kept)
        out = ffi.new("uint64_t *")
        self._open.guard.call(lib.crmsync_workspace_requeue, self._here, chosen, out)
        return int(out[0])

    def trim(self, before: datetime) -> None:
        """Forgets log, reports of runs and overwritten values from before a time."""
        self._open.guard.call(lib.crmsync_workspace_trim, self._here, int(before.timestamp() * 1000))

    def forget(self, kind: str, id: str) -> None:
        """Erases everything the sync remembers of one record. Repeat it after a failure."""
        self._open.guard.call(lib.crmsync_workspace_forget, self._here, view(kind), view(id))

    def usage(self, *, since: datetime | None = None, until: datetime | None = None) -> Rows:
        """What the runs cost, one row a day, newest first."""
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_workspace_usage, self._here,
                              int(since.timestamp() * 1000) if since else 0,
                              int(until.timestamp() * 1000) if until else 0, out)
        return Rows._owning(out[0])

    def due(self, now: datetime | None = None) -> Rows:
        """What is due, when what is not, and why; a job with due_only does it."""
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_workspace_due, self._here,
                              int(now.timestamp() * 1000) if now else 0, out)
        return Rows._owning(out[0])

    def push(self, ids: Iterable[str], *, what: str) -> bool:
        """Records that go as they happen: `what` is new_person, company or engagement.

        False if export.auto_push does not name it; they go with their change feed then.
        """
        kinds = {"new_person": lib.CRMSYNC_PUSH_NEW_PERSON, "company": lib.CRMSYNC_PUSH_COMPANY,
                 "engagement": lib.CRMSYNC_PUSH_ENGAGEMENT}
        array, n, _kept = views(ids)
        pushed = ffi.new("uint32_t *")
        self._open.guard.call(lib.crmsync_workspace_push, self._here, kinds.get(what, 0), array, n, pushed)
        return bool(pushed[0])

    def feed(self, events: str | bytes, *, channel: str = "") -> int:
        """Takes change events of Salesforce as JSON; tells how many ids were queued and gaps noted."""
        taken = ffi.new("uint64_t *")
        self._open.guard.call(lib.crmsync_workspace_feed, self._here, view(channel), view(events), taken)
        return int(taken[0])

    def replay(self, channel: str) -> str:
        """The last replay id of a channel; empty if there is none."""
        out = ffi.new("crmsync_str *")
        self._open.guard.call(lib.crmsync_workspace_replay, self._here, view(channel), out)
        return text_of(out)

    def estimate(self, *, people: int = 0, companies: int = 0, activities: int = 0, read: int = 0,
                 interval_min: int = 0) -> Rows:
        """Estimates the API calls of a run and of a day."""
        wanted = sized("crmsync_estimate_input")
        wanted.people, wanted.companies, wanted.activities = people, companies, activities
        wanted.read, wanted.interval_min = read, interval_min
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_workspace_estimate, self._here, wanted, out)
        return Rows._owning(out[0])

    def undo_plans(self, run: str, *, limit: int = 0) -> Iterator[Plan]:
        """The plans that take a run back, the last writes first: apply them in their order."""
        after = ""
        while True:
            out, following = ffi.new("crmsync_plan **"), ffi.new("crmsync_str *")
            self._open.guard.call(lib.crmsync_workspace_undo_plan, self._here, view(run), view(after), limit,
                                  out, following)
            after = text_of(following)
            yield Plan._owning(out[0])
            if not after:
                return

    def pause(self, why: str = "") -> None:
        """No worker reads or writes records until resume()."""
        self._open.guard.call(lib.crmsync_workspace_pause, self._here, 1, view(why))

    def resume(self) -> None:
        self._open.guard.call(lib.crmsync_workspace_pause, self._here, 0, view(""))

    def explain(self, kind: str, id: str) -> dict[str, Any]:
        """Everything known of one record; NotFoundError if it was never seen."""
        out = ffi.new("crmsync_str *")
        self._open.guard.call(lib.crmsync_workspace_explain, self._here, view(kind), view(id), out)
        told: dict[str, Any] = json.loads(text_of(out))
        return told

    def job(self, phases: Phase = Phase.SYNC, *, dry_run: bool = False, review: bool = False,
            all: bool = False, purge: bool = False, limit: int = 0, actor: str = "",
            redirect_url: str = "", acknowledge: Sequence[str] = (),
            source: str | Mapping[str, Any] = "", keys: Rows | Iterable[Record] | None = None,
            plan: Plan | None = None, due_only: bool = False) -> Job:
        """Makes a job; nothing happens before its first step. One at a time.

        `source` is the name of an audience, or what one of the configuration would be: the only one to
        read, or to import from. `keys` are what Phase.LOOKUP looks for. Phase.APPLY carries out `plan`, of
        your own: read from JSON, an inverse, or of undo_plans().
        """
        return Job(self, phases, dry_run * lib.CRMSYNC_JOB_DRY_RUN | review * lib.CRMSYNC_JOB_REVIEW
                   | all * lib.CRMSYNC_JOB_ALL | purge * lib.CRMSYNC_JOB_PURGE
                   | due_only * lib.CRMSYNC_JOB_DUE, limit,
                   {"actor": actor, "redirect_url": redirect_url, "acknowledge": ",".join(acknowledge),
                    "source": source if isinstance(source, str) else json.dumps(source)},
                   None if keys is None else Rows.of("key", keys), plan)

    def run(self, phases: Phase = Phase.SYNC, **options: Any) -> dict[str, int]:
        """Makes a job, runs it to its end and returns its counters."""
        with self.job(phases, **options) as job:
            return job.run()

    def connect(self, redirect_url: str = "") -> None:
        """Gets tokens by the redirect, or by a flow without a person, and tries them."""
        self.run(Phase.CONNECT, redirect_url=redirect_url)

    def disconnect(self, *, purge: bool = False) -> None:
        """Revokes the tokens. Links and log are kept, unless `purge` forgets everything for good."""
        self.run(Phase.DISCONNECT, purge=purge, acknowledge=("purge",) if purge else ())

    def close(self) -> None:
        """Closes its jobs, too. Nothing is forgotten. Closing twice is fine."""
        if self._token in self._open.workspaces:
            self._open.close_workspace(self._token)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_token"):
            self.close()


@dataclass(frozen=True, slots=True)
class Want:
    """What a job needs to go on; `timeout` in seconds."""

    what: WantKind
    timeout: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job is; `total` is None while it is not known."""

    phase: Phase
    object: str
    done: int
    total: int | None
    api_calls: int


class Job:
    """One run over a workspace; from Workspace.job()."""

    def __init__(self, workspace: Workspace, phases: Phase, flags: int, limit: int,
                 texts: dict[str, str], keys: Rows | None = None, outside: Plan | None = None) -> None:
        kept: list[Any] = []
        options = sized("crmsync_job_options")
        options.phases, options.flags, options.limit = phases, flags, limit
        options.keys = keys._rows if keys else ffi.NULL
        self._keys = keys  # borrowed by the job
        for name, text in texts.items():
            set_view(getattr(options, name), text, kept)
        self._outside = outside  # it lives as long as the job
        if outside is not None:
            options.plan = outside._here
        out = ffi.new("crmsync_job **")
        self._open, self._workspace = workspace._open, workspace
        guard = self._open.guard
        guard.call(lib.crmsync_job_new, workspace._here, options, out)
        self._token = object()
        self._plan: Plan | None = None
        with guard.lock:
            guard.jobs[self._token] = out[0]
        self._open.owners[self._token] = workspace._token

    @property
    def _here(self) -> Any:
        if self._token not in self._open.guard.jobs:
            raise NotPossibleNowError("the job is closed")
        return self._open.guard.jobs[self._token]

    def step(self) -> Want:
        """Does what can be done now and never waits for the network."""
        want = sized("crmsync_want")
        self._open.guard.call(lib.crmsync_job_step, self._here, want)
        return Want(WantKind(want.what), want.timeout_ms / 1000)

    def wait(self, timeout: float) -> None:
        """Waits in the transport for at most `timeout` seconds."""
        self._open.guard.call(lib.crmsync_job_wait, self._here, int(timeout * 1000))

    def run(self, *, on_progress: Callable[[Progress], None] | None = None,
            review: Callable[[Plan], None] | None = None) -> dict[str, int]:
        """Steps and waits until the end; returns the counters, which stand after an error, too.

        `review` is given each page of a job made with review=True; it may exclude operations.
        """
        while True:
            want = self.step()
            if on_progress:
                on_progress(self.progress())
            if want.what == WantKind.DONE:
                return self.counters()
            if want.what == WantKind.PLAN:
                plan = self.plan()
                if review and plan is not None:
                    review(plan)
                self.accept()
            elif want.what != WantKind.MORE:
                self.wait(min(want.timeout, _WAIT_MS / 1000))

    def cancel(self) -> None:
        """Ends the job at its next step with CancelledError. From any thread, and from hooks."""
        with self._open.guard.lock:
            if self._token in self._open.guard.jobs:
                lib.crmsync_job_cancel(self._open.guard.jobs[self._token])

    def plan(self) -> Plan | None:
        """The page under review, until accept()."""
        if self._plan is None:
            pointer = lib.crmsync_job_plan(self._here)
            self._plan = Plan(pointer, self) if pointer else None
        return self._plan

    def accept(self) -> None:
        """Goes on with the page under review, without what was excluded."""
        if self._plan is not None:
            self._plan._end()
            self._plan = None
        self._open.guard.call(lib.crmsync_job_accept, self._here)

    def progress(self) -> Progress:
        p = sized("crmsync_progress")
        lib.crmsync_job_progress(self._here, p)
        return Progress(Phase(p.phase), text_of(p.object), p.done, p.total or None, p.api_calls)

    def preflight(self) -> Rows:
        """What Phase.PREFLIGHT found, a row each: `id`, `state`, `subject`, `message`, `remedy`."""
        out = ffi.new("crmsync_rows **")
        self._open.guard.call(lib.crmsync_job_preflight, self._here, out)
        return Rows._owning(out[0])

    def count(self, key: str) -> int:
        """One counter; 0 for a key that is not known."""
        return int(lib.crmsync_job_count(self._here, view(key)))

    def rows(self) -> Rows | None:
        """What a look-up has found, or what a dry run of an import from a source would make of each."""
        pointer = lib.crmsync_job_rows(self._here)
        return Rows._copy(pointer) if pointer else None

    def counters(self) -> dict[str, int]:
        """All counters that are not 0."""
        value = ffi.new("uint64_t *")
        told = {}
        for i in range(lib.crmsync_job_counters(self._here)):
            key = text_of(lib.crmsync_job_counter(self._here, i, value))
            told[key] = int(value[0])
        return told

    @property
    def run_id(self) -> str:
        return text_of(lib.crmsync_job_run_id(self._here))

    def close(self) -> None:
        """Frees it, cancelling what is in flight. Closing twice is fine."""
        if self._plan is not None:
            self._plan._end()
            self._plan = None
        if self._token in self._open.guard.jobs:
            self._open.free_job(self._token)

    def __enter__(self) -> Job:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_plan"):
            self.close()
