package crmsync

// #include "bridge.h"
import "C"

import (
	"context"
	"runtime"
	"time"
)

// AudienceState says how an audience stands.
type AudienceState uint32

// The states.
const (
	AudienceNever     AudienceState = C.CRMSYNC_AUDIENCE_NEVER     // not read yet
	AudienceFresh     AudienceState = C.CRMSYNC_AUDIENCE_FRESH     // read to the end
	AudienceStale     AudienceState = C.CRMSYNC_AUDIENCE_STALE     // too long ago, or under another source
	AudienceTruncated AudienceState = C.CRMSYNC_AUDIENCE_TRUNCATED // the last try did not get all of it
	AudienceError     AudienceState = C.CRMSYNC_AUDIENCE_ERROR     // the last try failed
)

func (s AudienceState) String() string {
	return C.GoString(C.crmsync_audience_name(C.uint32_t(s)))
}

// Audience is how an audience stands; Token asks for what changes from here on.
type Audience struct {
	State                   AudienceState
	Configured              bool // false = the configuration once had it
	Members, Added, Removed uint64
	Read, Tried             time.Time // of the last reading to the end, and of the last try
	Object, Source, Token   string
	Code, Message, Remedy   string // truncated, error: what happened
}

func whenOf(ms C.int64_t) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(ms))
}

// Audience tells how an audience stands, without asking the org.
func (w *Workspace) Audience(ctx context.Context, name string) (Audience, error) {
	var told Audience
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		now := C.crmsync_audience{struct_size: C.sizeof_crmsync_audience}
		rc := C.crmsync_workspace_audience(w.c, str(name), &now, err)
		if rc == 0 {
			told = Audience{AudienceState(now.state), now.configured != 0, uint64(now.members), uint64(now.added),
				uint64(now.removed), whenOf(now.read_ms), whenOf(now.tried_ms), goString(now.object),
				goString(now.source), goString(now.token), goString(now.code), goString(now.message),
				goString(now.remedy)}
		}
		return rc
	})
	return told, err
}

func (w *Workspace) records(ctx context.Context, into func(out **C.crmsync_rows, err **C.crmsync_error) C.int32_t) (
	[]Record, error) {
	r := &Rows{}
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t { return into(&r.c, err) })
	if r.c == nil {
		return nil, err
	}
	return r.owned().Records(), err
}

// Audiences lists the audiences of the configuration, and those still stored.
func (w *Workspace) Audiences(ctx context.Context) ([]Record, error) {
	return w.records(ctx, func(out **C.crmsync_rows, err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_audiences(w.c, out, err)
	})
}

// AudienceQuery selects members; with Since, a token, what has changed since.
type AudienceQuery struct {
	Name, Since string
	After       string // the crm_id of the last record of the page before
	Limit       uint32 // 0 = 1,000
}

// AudienceMembers reads a page of members, or of changes, in the order of their ids.
func (w *Workspace) AudienceMembers(ctx context.Context, q AudienceQuery) ([]Record, error) {
	return w.records(ctx, func(out **C.crmsync_rows, err **C.crmsync_error) C.int32_t {
		return C.crmsync_go_audience_members(w.c, str(q.Name), str(q.Since), str(q.After), C.uint32_t(q.Limit), out, err)
	})
}

// ForgetAudience forgets an audience and its members; one that is configured is read anew.
func (w *Workspace) ForgetAudience(ctx context.Context, name string) error {
	return w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_audience_forget(w.c, str(name), err)
	})
}

// MatchAccount finds accounts by website, domain, email or name, without a call to the org.
func (w *Workspace) MatchAccount(ctx context.Context, keys *Rows) ([]Record, error) {
	defer runtime.KeepAlive(keys)
	return w.records(ctx, func(out **C.crmsync_rows, err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_match_account(w.c, rowsOrNil(keys), out, err)
	})
}

// Suppression is the stored lists of suppression.lists, for checking these people. The workspace must
// stay open as long as it is used.
func (w *Workspace) Suppression(ctx context.Context, people, companies *Rows) (*Suppression, error) {
	defer runtime.KeepAlive(people)
	defer runtime.KeepAlive(companies)
	s := &Suppression{workspace: w}
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_suppression(w.c, rowsOrNil(people), rowsOrNil(companies), &s.c, err)
	})
	if s.c == nil {
		return nil, err
	}
	runtime.SetFinalizer(s, func(s *Suppression) { C.crmsync_suppression_free(s.c) })
	return s, err
}
