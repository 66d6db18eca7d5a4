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
	if due, err := w.Due(ctx, time.Time{}); err != nil || len(due) == 0 {
		t.Errorf("due: %v %v", due, err)
	}
	if pushed, err := w.Push(ctx, PushEngagement, []string{"a1"}); err != nil || pushed {
		t.Errorf("push that is not configured: %v %v", pushed, err)
	}
	if _, err := w.Push(ctx, 9, []string{"a1"}); !errors.Is(err, CodeInvalid) {
		t.Errorf("push of nothing: %v", err)
	}
	event := `{"replayId":"7","payload":{"ChangeEventHeader":{"entityName":"Pet__c","changeType":"UPDATE","recordIds":[]}}}`
	if n, err := w.Feed(ctx, "c", event); err != nil || n != 0 {
		t.Errorf("feed: %d %v", n, err)
	}
	if replay, err := w.Replay(ctx, "c"); err != nil || replay != "7" {
		t.Errorf("replay: %q %v", replay, err)
	}
	if rows, err := w.EstimateCalls(ctx, Estimate{People: 1000}); err != nil || len(rows) == 0 {
		t.Errorf("estimate: %v %v", rows, err)
	}
	plan, next, err := w.UndoPlan(ctx, "01J0000000000000000000000X", "", 0)
	if err != nil || next != "" || plan.Len() != 0 {
		t.Errorf("undo of a run that kept nothing: %v %q", err, next)
	}
	if _, _, err := w.UndoPlan(ctx, "", "", 0); !errors.Is(err, CodeInvalid) {
		t.Errorf("undo of no run: %v", err)
	}
	if _, err := w.NewJob(JobOptions{Phases: PhaseApply}); !errors.Is(err, CodeInvalid) {
		t.Errorf("apply without a plan: %v", err)
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
