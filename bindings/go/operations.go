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
