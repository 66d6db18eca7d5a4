package crmsync

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

// Phase is a phase of a job, or several of them.
type Phase uint32

// The phases, in the order in which they are done.
const (
	PhaseConnect    Phase = C.CRMSYNC_PHASE_CONNECT
	PhasePreflight  Phase = C.CRMSYNC_PHASE_PREFLIGHT // is the org fit for what is configured?
	PhaseDescribe   Phase = C.CRMSYNC_PHASE_DESCRIBE
	PhaseRecover    Phase = C.CRMSYNC_PHASE_RECOVER
	PhaseImport     Phase = C.CRMSYNC_PHASE_IMPORT
	PhaseReconcile  Phase = C.CRMSYNC_PHASE_RECONCILE
	PhaseExport     Phase = C.CRMSYNC_PHASE_EXPORT
	PhaseActivities Phase = C.CRMSYNC_PHASE_ACTIVITIES
	PhaseApply      Phase = C.CRMSYNC_PHASE_APPLY
	PhaseDisconnect Phase = C.CRMSYNC_PHASE_DISCONNECT
	PhaseCampaigns  Phase = C.CRMSYNC_PHASE_CAMPAIGNS
	PhaseLookup     Phase = C.CRMSYNC_PHASE_LOOKUP
	PhaseSources    Phase = C.CRMSYNC_PHASE_SOURCES
	PhaseAudience   Phase = C.CRMSYNC_PHASE_AUDIENCE
	PhaseSync       Phase = C.CRMSYNC_PHASE_SYNC // all but connect and disconnect
)

// JobOptions say what a job does; the zero value is a sync of everything that changed.
type JobOptions struct {
	Phases      Phase // 0 = PhaseSync
	DryRun      bool  // decide, write nothing to either side
	All         bool  // export every record, not only changed ones
	Purge       bool  // PhaseDisconnect: forget all of the workspace; acknowledge "purge"
	DueOnly     bool  // only what Workspace.Due tells, and single records that are queued
	Limit       uint64
	Actor       string   // who asked, for the log
	RedirectURL string   // PhaseConnect: the address the browser came back with
	Acknowledge []string // what may happen: breakers "creates", "updates", "deactivations"; "purge"
	Source      string   // the only audience to read, or to import from: a name, or one as JSON
	Keys        *Rows    // PhaseLookup: what to look for
	Plan        *Plan    // PhaseApply: what is carried out; your own, open until the job is closed

	// Review, if set, sees each page before it is applied and may exclude operations; an error ends
	// the job. The plan is valid until Review returns.
	Review func(*Plan) error
	// Progress, if set, is told where Run is after each step. As transports block, a step goes on until
	// it has something to wait for or to review, or the job is done.
	Progress func(Progress)
}

// Job is one run over a workspace.
type Job struct {
	workspace *Workspace
	review    func(*Plan) error
	progress  func(Progress)
	keys      *Rows // borrowed by the job

	mu        sync.Mutex // of what Cancel needs
	c         *C.crmsync_job
	cut       context.CancelFunc
	cancelled bool

	plan    *Plan
	outside *Plan // kept as long as the job
	report  report
}

// report keeps what a job told, for after its end.
type report struct {
	runID    string
	counters map[string]uint64
	progress Progress
	rows     []Record
}

// NewJob makes a job; nothing happens before it is run. One job per workspace at a time.
func (w *Workspace) NewJob(o JobOptions) (*Job, error) {
	j := &Job{workspace: w, review: o.Review, progress: o.Progress, keys: o.Keys}
	flags := C.uint32_t(0)
	for flag, on := range map[C.uint32_t]bool{C.CRMSYNC_JOB_DRY_RUN: o.DryRun, C.CRMSYNC_JOB_ALL: o.All,
		C.CRMSYNC_JOB_REVIEW: o.Review != nil, C.CRMSYNC_JOB_PURGE: o.Purge,
		C.CRMSYNC_JOB_DUE: o.DueOnly} {
		flags |= flag * number(on)
	}
	var outside *C.crmsync_plan
	if o.Plan != nil {
		outside, j.outside = o.Plan.c, o.Plan
	}
	err := w.call(context.Background(), func(err **C.crmsync_error) C.int32_t {
		rc := C.crmsync_go_job_new(w.c, C.uint32_t(o.Phases), flags, C.uint64_t(o.Limit), str(o.Actor),
			str(o.RedirectURL), str(strings.Join(o.Acknowledge, ",")), str(o.Source), rowsOrNil(o.Keys), outside,
			&j.c, err)
		if rc == 0 {
			w.job = j
		}
		return rc
	})
	if j.c == nil {
		return nil, err
	}
	return j, err
}

// Run makes a job, runs it to its end and closes it. The job that is returned still tells its
// counters, after an error too; it is nil if it could not be made.
func (w *Workspace) Run(ctx context.Context, o JobOptions) (*Job, error) {
	j, err := w.NewJob(o)
	if err != nil {
		return nil, err
	}
	err = j.Run(ctx)
	if closing := j.Close(); err == nil {
		err = closing
	}
	return j, err
}

// Close frees the job, cancelling what is in flight. What it counted stays.
func (j *Job) Close() error {
	return j.workspace.engine.call(context.Background(), func(**C.crmsync_error) C.int32_t {
		j.release()
		return 0
	})
}

func (j *Job) release() {
	if j.c == nil {
		return
	}
	j.keepReport()
	j.forgetPlan()
	j.mu.Lock()
	c := j.c
	j.c = nil
	j.mu.Unlock()
	C.crmsync_job_free(c)
	j.workspace.job = nil
}

// Cancel ends the job: a call that is running returns CodeCancelled, else the next one does. It may
// be called from any goroutine and from hooks.
func (j *Job) Cancel() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cancelled = true
	if j.c != nil {
		C.crmsync_job_cancel(j.c)
	}
	if j.cut != nil {
		j.cut()
	}
}

// call makes one call that ends when ctx does. The transport's context ends by Cancel alone, after the
// library was told: it would take an exchange that is cut off for trouble with the network.
func (j *Job) call(ctx context.Context, into func(err **C.crmsync_error) C.int32_t) error {
	inner, cut := context.WithCancel(steadyContext{ctx})
	j.mu.Lock()
	j.cut = cut
	if j.cancelled {
		cut()
	}
	j.mu.Unlock()
	over := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-ctx.Done():
			j.Cancel()
		case <-over:
		}
	}()
	err := j.workspace.call(inner, func(err **C.crmsync_error) C.int32_t {
		if j.c == nil {
			message := "the job is closed"
			return C.crmsync_error_new(C.CRMSYNC_E_STATE, str(message), err)
		}
		if ctx.Err() != nil {
			C.crmsync_job_cancel(j.c)
		}
		return into(err)
	})
	close(over)
	<-watched
	cut()
	return j.cutOff(ctx, err)
}

// cutOff gives an error its cause if the end of ctx, or Cancel, is behind it.
func (j *Job) cutOff(ctx context.Context, err error) error {
	j.mu.Lock()
	cancelled := j.cancelled
	j.mu.Unlock()
	e, ok := err.(*Error)
	if !ok || !cancelled && ctx.Err() == nil {
		return err
	}
	if e.Code == CodeTransport && errors.Is(e.cause, context.Canceled) {
		message := "the job was cancelled"
		var c *C.crmsync_error
		e, _ = take(C.crmsync_error_new(C.CRMSYNC_E_CANCELLED, str(message), &c), c).(*Error)
	}
	if e.Code == CodeCancelled {
		e.cause = ctx.Err()
	}
	return e
}

// Want is what a job needs to go on.
type Want uint32

// What a job needs.
const (
	WantDone  Want = C.CRMSYNC_WANT_DONE
	WantIO    Want = C.CRMSYNC_WANT_IO    // an answer from the network: Wait
	WantTimer Want = C.CRMSYNC_WANT_TIMER // time to pass: Wait
	WantPlan  Want = C.CRMSYNC_WANT_PLAN  // Plan, then Accept
	WantMore  Want = C.CRMSYNC_WANT_MORE  // call again at once
)

// Step does what can be done now; exchanges are performed by it. The duration is how long to Wait at
// most. An error ends the job; what was done so far stays done.
func (j *Job) Step(ctx context.Context) (Want, time.Duration, error) {
	want := C.crmsync_want{struct_size: C.sizeof_crmsync_want}
	err := j.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_job_step(j.c, &want, err)
	})
	return Want(want.what), time.Duration(want.timeout_ms) * time.Millisecond, err
}

// Wait waits for at most d.
func (j *Job) Wait(ctx context.Context, d time.Duration) error {
	return j.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_job_wait(j.c, C.uint32_t(d/time.Millisecond), err)
	})
}

// Run steps and waits until the end. When ctx ends, so does the job, with CodeCancelled and the
// error of ctx behind it.
func (j *Job) Run(ctx context.Context) error {
	for {
		want, d, err := j.Step(ctx)
		if err != nil {
			return err
		}
		if j.progress != nil {
			j.progress(j.Progress())
		}
		switch want {
		case WantDone:
			return nil
		case WantPlan:
			err = j.reviewed(ctx)
		case WantIO, WantTimer:
			err = j.Wait(ctx, d)
		}
		if err != nil {
			return err
		}
	}
}

func (j *Job) reviewed(ctx context.Context) error {
	if p := j.Plan(); p != nil && j.review != nil {
		if err := j.review(p); err != nil {
			return err
		}
	}
	return j.Accept(ctx)
}

// Plan is the page under review, or nil; it is valid until Accept.
func (j *Job) Plan() *Plan {
	if j.c == nil {
		return nil
	}
	c := C.crmsync_job_plan(j.c)
	if c == nil {
		return nil
	}
	if j.plan == nil || j.plan.c != c {
		j.forgetPlan()
		j.plan = &Plan{c: c, job: j}
	}
	return j.plan
}

func (j *Job) forgetPlan() {
	if j.plan != nil {
		j.plan.c = nil
		j.plan = nil
	}
}

// Accept goes on with the page under review.
func (j *Job) Accept(ctx context.Context) error {
	j.forgetPlan()
	return j.call(ctx, func(err **C.crmsync_error) C.int32_t { return C.crmsync_job_accept(j.c, err) })
}

// Progress is where a job is.
type Progress struct {
	Phase       Phase
	Object      string // what is being read or written
	Done, Total uint64 // records of this phase and object; Total 0 = not known
	APICalls    uint64 // of the job
}

// Progress tells where the job is.
func (j *Job) Progress() Progress {
	if j.c == nil {
		return j.report.progress
	}
	p := C.crmsync_progress{struct_size: C.sizeof_crmsync_progress}
	C.crmsync_job_progress(j.c, &p)
	return Progress{Phase(p.phase), goString(p.object), uint64(p.done), uint64(p.total), uint64(p.api_calls)}
}

// Preflight tells what PhasePreflight found, until the job is closed: records with id, state (pass,
// info, warn, fail), subject, message and remedy.
func (j *Job) Preflight(ctx context.Context) ([]Record, error) {
	r := &Rows{}
	err := j.workspace.call(ctx, func(err **C.crmsync_error) C.int32_t {
		return C.crmsync_job_preflight(j.c, &r.c, err)
	})
	if r.c == nil {
		return nil, err
	}
	return r.owned().Records(), err
}

// Counters gives all counters that are not 0, such as "export.Lead.created" and "writes.crm"; job.h
// lists the keys.
func (j *Job) Counters() map[string]uint64 {
	if j.c == nil {
		return j.report.counters
	}
	out := map[string]uint64{}
	for i, n := C.size_t(0), C.crmsync_job_counters(j.c); i < n; i++ {
		var value C.uint64_t
		key := C.crmsync_job_counter(j.c, i, &value)
		out[goString(key)] = uint64(value)
	}
	return out
}

// Count gives one counter; unknown ones are 0.
func (j *Job) Count(key string) uint64 {
	if j.c == nil {
		return j.report.counters[key]
	}
	return uint64(C.crmsync_job_count(j.c, str(key)))
}

// RunID names the run in the log.
func (j *Job) RunID() string {
	if j.c == nil {
		return j.report.runID
	}
	return goString(C.crmsync_job_run_id(j.c))
}

// Rows is what a look-up has found, or what a dry run of an import from a source would make of each
// record; nil if neither was asked for. It stands after the job was closed.
func (j *Job) Rows() []Record {
	if j.c == nil {
		return j.report.rows
	}
	c := C.crmsync_job_rows(j.c)
	if c == nil {
		return nil
	}
	return lentRows(c).Records()
}

func (j *Job) keepReport() {
	j.report = report{j.RunID(), j.Counters(), j.Progress(), j.Rows()}
}
