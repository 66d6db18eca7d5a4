package crmsync

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestWorkspaceIsRunDayByDay(t *testing.T) {
	w, ctx := workspaceOf(t, &System{Key: key32()}, &store{}, nil), context.Background()
	runs, err := w.Runs(ctx, RunFilter{State: "done", Limit: 3})
	if err != nil || len(runs) != 0 {
		t.Errorf("runs of an empty workspace: %v %v", runs, err)
	}
	if dead, err := w.DeadLetters(ctx, DeadFilter{Kind: "person"}); err != nil || len(dead) != 0 {
		t.Errorf("dead letters: %v %v", dead, err)
	}
	if n, err := w.Requeue(ctx, DeadFilter{}); err != nil || n != 0 {
		t.Errorf("requeued %d: %v", n, err)
	}
	if _, err := w.Requeue(ctx, DeadFilter{Class: 99}); !errors.Is(err, CodeInvalid) {
		t.Errorf("no such class: %v", err)
	}
	if days, err := w.Usage(ctx, time.Time{}, time.Time{}); err != nil || len(days) != 0 {
		t.Errorf("usage: %v %v", days, err)
	}
	if err := w.Forget(ctx, "person", "p1"); err != nil {
		t.Errorf("forget: %v", err)
	}
	if err := w.Trim(ctx, time.Time{}); !errors.Is(err, CodeInvalid) {
		t.Errorf("trim without a time: %v", err)
	}
	if err := w.Pause(ctx, "audit"); err != nil {
		t.Errorf("pause: %v", err)
	}
	if _, err := w.NewJob(JobOptions{Phases: PhaseExport}); !errors.Is(err, CodeState) {
		t.Errorf("a job of a paused workspace: %v", err)
	}
	if err := w.Resume(ctx); err != nil {
		t.Errorf("resume: %v", err)
	}
}
