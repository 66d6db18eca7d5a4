package crmsync

// #include "bridge.h"
import "C"

import (
	"context"
	"time"
)

// Workspace is one tenant of the host with one CRM connection.
type Workspace struct {
	c      *C.crmsync_workspace
	engine *Engine
	config *Config
	job    *Job
}

// Open opens a workspace, which creates its format entry in an empty store.
func (e *Engine) Open(ctx context.Context, name string, config *Config) (*Workspace, error) {
	if config == nil {
		return nil, failure(CodeInvalid, ClassConfig, "a workspace needs a configuration")
	}
	w := &Workspace{engine: e, config: config}
	err := e.call(ctx, func(err **C.crmsync_error) C.int32_t {
		rc := C.crmsync_workspace_open(e.c, str(name), config.c, &w.c, err)
		if rc == 0 {
			e.open[w] = true
		}
		return rc
	})
	if w.c == nil {
		return nil, err
	}
	return w, err
}

// call is Engine.call for an open workspace.
func (w *Workspace) call(ctx context.Context, into func(err **C.crmsync_error) C.int32_t) error {
	return w.engine.call(ctx, func(err **C.crmsync_error) C.int32_t {
		if w.c == nil {
			message := "the workspace is closed"
			return C.crmsync_error_new(C.CRMSYNC_E_STATE, str(message), err)
		}
		return into(err)
	})
}

// Close closes the workspace with its job. Nothing is forgotten.
func (w *Workspace) Close() error {
	if w.c == nil {
		return nil
	}
	return w.engine.call(context.Background(), func(**C.crmsync_error) C.int32_t {
		w.release()
		return 0
	})
}

func (w *Workspace) release() {
	if w.job != nil {
		w.job.release()
	}
	C.crmsync_workspace_close(w.c)
	w.c = nil
	delete(w.engine.open, w)
}

// ConnectionState says how a workspace stands with its org.
type ConnectionState uint32

// The states of a connection.
const (
	ConnectionNone         ConnectionState = C.CRMSYNC_CONNECTION_NONE
	ConnectionPending      ConnectionState = C.CRMSYNC_CONNECTION_PENDING // the user is at the login page
	ConnectionConnected    ConnectionState = C.CRMSYNC_CONNECTION_CONNECTED
	ConnectionExpired      ConnectionState = C.CRMSYNC_CONNECTION_EXPIRED // authorize again
	ConnectionDisconnected ConnectionState = C.CRMSYNC_CONNECTION_DISCONNECTED
	ConnectionBlocked      ConnectionState = C.CRMSYNC_CONNECTION_BLOCKED // the org refuses; see the remedy
)

// Connection is the state of a connection as stored.
type Connection struct {
	State       ConnectionState
	Sandbox     bool
	Since       time.Time // the zero time if that is not known
	OrgID       string
	UserID      string // the Salesforce user that the library acts as
	InstanceURL string
	Message     string // expired, blocked: what the org said
	Remedy      string // and what to do about it
	Name        string // connection.name: what people call it
	OrgName     string
	Edition     string // "Enterprise Edition"
	Username    string
	Scopes      string // granted, with blanks between them
	Enabled     bool
	Mapped      bool // whether the configuration maps anything yet
}

// String gives the name of a state, such as "connected".
func (s ConnectionState) String() string {
	return C.GoString(C.crmsync_connection_name(C.uint32_t(s)))
}

// Connection tells how the workspace stands with its org.
func (w *Workspace) Connection(ctx context.Context) (Connection, error) {
	var out Connection
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		now := C.crmsync_connection{struct_size: C.sizeof_crmsync_connection}
		rc := C.crmsync_workspace_connection(w.c, &now, err)
		if rc != 0 {
			return rc
		}
		out = Connection{State: ConnectionState(now.state), Sandbox: now.sandbox != 0,
			OrgID: goString(now.org_id), UserID: goString(now.user_id),
			InstanceURL: goString(now.instance_url), Message: goString(now.message), Remedy: goString(now.remedy),
			Name: goString(now.name), OrgName: goString(now.org_name), Edition: goString(now.edition),
			Username: goString(now.username), Scopes: goString(now.scopes), Enabled: now.enabled != 0,
			Mapped: now.mapped != 0}
		if now.since_ms != 0 {
			out.Since = time.UnixMilli(int64(now.since_ms))
		}
		return rc
	})
	return out, err
}

// SetOtherCRM records that the host uses another CRM for this workspace, or no longer does.
func (w *Workspace) SetOtherCRM(ctx context.Context, crm string, active bool) error {
	return w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_set_other_crm(w.c, str(crm), C.int32_t(number(active)), err)
	})
}

// SetSecret keeps "client_secret", "private_key" and the like sealed; an empty value deletes it.
func (w *Workspace) SetSecret(ctx context.Context, name string, value []byte) error {
	return w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_set_secret(w.c, str(name), lend(value), err)
	})
}

// AuthorizeURL begins the web-server flow: it gives the address to send the user's browser to. The
// one it comes back with goes into JobOptions.RedirectURL. The prompt is "", "login", "consent" or
// "select_account".
func (w *Workspace) AuthorizeURL(ctx context.Context, prompt string) (string, error) {
	var out string
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		var url C.crmsync_str
		rc := C.crmsync_workspace_authorize_url(w.c, str(prompt), &url, err)
		if rc == 0 {
			out = goString(url)
		}
		return rc
	})
	return out, err
}

// EnqueueFlags say how records are to be exported that the host asks for.
type EnqueueFlags uint32

// Flags of Workspace.Enqueue.
const (
	EnqueueManual  EnqueueFlags = C.CRMSYNC_ENQUEUE_MANUAL  // whatever its stage says
	EnqueueLead    EnqueueFlags = C.CRMSYNC_ENQUEUE_LEAD    // as a Lead, if it is new to the CRM
	EnqueueContact EnqueueFlags = C.CRMSYNC_ENQUEUE_CONTACT // as a Contact, if it is new to the CRM
)

// Enqueue asks for records to be exported by the next job, ahead of the change feed. With fields
// (local or Salesforce names) nothing but these is updated, and nothing is created.
func (w *Workspace) Enqueue(ctx context.Context, kind string, ids []string, flags EnqueueFlags, fields ...string) error {
	return w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		var p packer
		spans := append(p.addAll(ids), p.addAll(fields)...)
		return C.crmsync_go_enqueue(w.c, str(kind), firstSpan(spans), C.size_t(len(ids)), C.size_t(len(fields)),
			p.block(), C.uint32_t(flags), err)
	})
}

// ReactivateReason says why a record comes back that the CRM had deleted.
type ReactivateReason uint32

// Reasons of Workspace.Reactivate.
const (
	ReactivateForm   ReactivateReason = C.CRMSYNC_REACTIVATE_FORM   // the person filled in a form
	ReactivateImport ReactivateReason = C.CRMSYNC_REACTIVATE_IMPORT // imported again at the host
)

// Reactivate lets a record that was deactivated by a deletion in the CRM be created there again.
func (w *Workspace) Reactivate(ctx context.Context, kind, id string, why ReactivateReason) error {
	return w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_reactivate(w.c, str(kind), str(id), C.uint32_t(why), err)
	})
}

// Duplicates lists what stands more than once, for people to merge: one record for each in Salesforce,
// with id, object, crm_id, role and state. The limit counts local records; 0 = 1,000.
func (w *Workspace) Duplicates(ctx context.Context, kind string, limit uint32) ([]Record, error) {
	r := &Rows{}
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_duplicates(w.c, str(kind), C.uint32_t(limit), &r.c, err)
	})
	if r.c == nil {
		return nil, err
	}
	return r.owned().Records(), err
}

// LogFilter selects rows of the sync log; zero members match everything.
type LogFilter struct {
	From, To  time.Time // From <= time < To
	Kind, ID  string
	Object    string
	Operation string // create, update, link, skip, hold, deactivate, fail, unknown
	Run       string
	Class     Class
	Limit     uint32 // newest first; 0 = 1,000
}

func millis(t time.Time) C.int64_t {
	if t.IsZero() {
		return 0
	}
	return C.int64_t(t.UnixMilli())
}

// Log reads the sync log, newest first.
func (w *Workspace) Log(ctx context.Context, f LogFilter) ([]Record, error) {
	r := &Rows{}
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_go_workspace_log(w.c, millis(f.From), millis(f.To), str(f.Kind), str(f.ID), str(f.Object),
			str(f.Operation), str(f.Run), C.uint32_t(f.Class), C.uint32_t(f.Limit), &r.c, err)
	})
	if r.c == nil {
		return nil, err
	}
	return r.owned().Records(), err
}

// Explain tells everything known of one record, as JSON.
func (w *Workspace) Explain(ctx context.Context, kind, id string) (string, error) {
	var out string
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		var json C.crmsync_str
		rc := C.crmsync_workspace_explain(w.c, str(kind), str(id), &json, err)
		if rc == 0 {
			out = goString(json)
		}
		return rc
	})
	return out, err
}
