package crmsync

// #include "bridge.h"
import "C"

import (
	"context"
	"time"
)

// RunFilter selects runs; zero members match everything.
type RunFilter struct {
	From, To time.Time // of the beginning, From <= time < To
	Run      string
	State    string // running, done, failed
	Limit    uint32 // newest first; 0 = 100
}

// DeadFilter selects dead letters; zero members match everything.
type DeadFilter struct {
	Class    Class
	Kind, ID string
	Object   string
	Limit    uint32 // 0 = 1,000; of Requeue: all
}

func (w *Workspace) rows(ctx context.Context, read func(out **C.crmsync_rows, err **C.crmsync_error) C.int32_t) ([]Record, error) {
	r := &Rows{}
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t { return read(&r.c, err) })
	if r.c == nil {
		return nil, err
	}
	return r.owned().Records(), err
}

// Runs lists runs, newest first; counts is JSON text.
func (w *Workspace) Runs(ctx context.Context, f RunFilter) ([]Record, error) {
	return w.rows(ctx, func(out **C.crmsync_rows, err **C.crmsync_error) C.int32_t {
		return C.crmsync_go_runs(w.c, millis(f.From), millis(f.To), str(f.Run), str(f.State), C.uint32_t(f.Limit), out, err)
	})
}

// DeadLetters lists records that failed for good, until they or the configuration change.
func (w *Workspace) DeadLetters(ctx context.Context, f DeadFilter) ([]Record, error) {
	return w.rows(ctx, func(out **C.crmsync_rows, err **C.crmsync_error) C.int32_t {
		return C.crmsync_go_dead_letters(w.c, C.uint32_t(f.Class), str(f.Kind), str(f.ID), str(f.Object),
			C.uint32_t(f.Limit), out, nil, err)
	})
}

// Requeue has dead letters tried again by the next job and tells how many.
func (w *Workspace) Requeue(ctx context.Context, f DeadFilter) (uint64, error) {
	var n C.uint64_t
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_go_dead_letters(w.c, C.uint32_t(f.Class), str(f.Kind), str(f.ID), str(f.Object),
			C.uint32_t(f.Limit), nil, &n, err)
	})
	return uint64(n), err
}

// Trim forgets log, reports of runs and overwritten values from before a time.
func (w *Workspace) Trim(ctx context.Context, before time.Time) error {
	return w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_trim(w.c, millis(before), err)
	})
}

// Forget erases everything the sync remembers of one record. Repeat it after a failure.
func (w *Workspace) Forget(ctx context.Context, kind, id string) error {
	return w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_forget(w.c, str(kind), str(id), err)
	})
}

// Usage tells what the runs cost, one record a day, newest first.
func (w *Workspace) Usage(ctx context.Context, from, to time.Time) ([]Record, error) {
	return w.rows(ctx, func(out **C.crmsync_rows, err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_usage(w.c, millis(from), millis(to), out, err)
	})
}

// Due tells what is due, when what is not, and why; a job with DueOnly does it. A zero time is now.
func (w *Workspace) Due(ctx context.Context, now time.Time) ([]Record, error) {
	return w.rows(ctx, func(out **C.crmsync_rows, err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_due(w.c, millis(now), out, err)
	})
}

// PushKind says what happened at the host.
type PushKind uint32

// What export.auto_push may name.
const (
	PushNewPerson  PushKind = C.CRMSYNC_PUSH_NEW_PERSON // a person was revealed: a Lead, if new to the CRM
	PushCompany    PushKind = C.CRMSYNC_PUSH_COMPANY    // a company was enriched
	PushEngagement PushKind = C.CRMSYNC_PUSH_ENGAGEMENT // an activity happened
)

// Push puts records into the lane of those that go as they happen; false if export.auto_push does not
// name it.
func (w *Workspace) Push(ctx context.Context, what PushKind, ids []string) (bool, error) {
	var pushed C.uint32_t
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		var p packer
		spans := p.addAll(ids)
		return C.crmsync_go_push(w.c, C.uint32_t(what), firstSpan(spans), C.size_t(len(ids)), p.block(), &pushed, err)
	})
	return pushed != 0, err
}

// Feed takes change events of Salesforce as JSON and tells how many ids were queued and gaps noted. The
// last replay id is kept under the channel, if one is named.
func (w *Workspace) Feed(ctx context.Context, channel, events string) (uint64, error) {
	var taken C.uint64_t
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_feed(w.c, str(channel), str(events), &taken, err)
	})
	return uint64(taken), err
}

// Replay tells the last replay id of a channel; "" if there is none.
func (w *Workspace) Replay(ctx context.Context, channel string) (string, error) {
	var out string
	err := w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		var replay C.crmsync_str
		rc := C.crmsync_workspace_replay(w.c, str(channel), &replay, err)
		if rc == 0 {
			out = goString(replay)
		}
		return rc
	})
	return out, err
}

// Estimate is what API calls are estimated for.
type Estimate struct {
	People, Companies, Activities uint64 // of the host, to be written in one run
	Read                          uint64 // records of the org that a run reads, of each object
	IntervalMin                   uint32 // 0 = as each object is configured
}

// EstimateCalls estimates the API calls of a run and of a day.
func (w *Workspace) EstimateCalls(ctx context.Context, e Estimate) ([]Record, error) {
	in := C.crmsync_estimate_input{struct_size: C.sizeof_crmsync_estimate_input, people: C.uint64_t(e.People),
		companies: C.uint64_t(e.Companies), activities: C.uint64_t(e.Activities), read: C.uint64_t(e.Read),
		interval_min: C.uint32_t(e.IntervalMin)}
	return w.rows(ctx, func(out **C.crmsync_rows, err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_estimate(w.c, &in, out, err)
	})
}

// UndoPlan builds a page of the plan that takes a run back. After is "" at first, then what next was;
// an empty next says that this was the last. Apply the pages in their order.
func (w *Workspace) UndoPlan(ctx context.Context, run, after string, limit uint32) (plan *Plan, next string, failed error) {
	var c *C.crmsync_plan
	failed = w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		var following C.crmsync_str
		rc := C.crmsync_workspace_undo_plan(w.c, str(run), str(after), C.uint32_t(limit), &c, &following, err)
		if rc == 0 {
			next = goString(following)
		}
		return rc
	})
	if c == nil {
		return nil, "", failed
	}
	return ownedPlan(c), next, failed
}

// Pause keeps every worker from reading or writing records until Resume.
func (w *Workspace) Pause(ctx context.Context, why string) error {
	return w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_pause(w.c, 1, str(why), err)
	})
}

// Resume ends a pause.
func (w *Workspace) Resume(ctx context.Context) error {
	return w.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_workspace_pause(w.c, 0, str(""), err)
	})
}
