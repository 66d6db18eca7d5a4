package crmsync

// #include "bridge.h"
import "C"

import (
	"context"
	"runtime/cgo"
	"sync"
	"time"
)

// EngineOptions are the hooks of a host, all of them required but Transport, and limits.
type EngineOptions struct {
	Environment      Environment
	State            StateStore
	Records          RecordStore
	Transport        Transport     // nil = HTTPTransport(nil)
	MaxResponseBytes uint64        // of one response; 0 = 64 MiB
	Lease            time.Duration // of a worker, a minute to an hour; 0 = five minutes
}

// Engine is the host's hooks in one object. n workers make n engines over the same stores.
type Engine struct {
	c         *C.crmsync_engine
	transport *C.crmsync_sync_transport
	hooks     *hooks
	handle    cgo.Handle
	busy      sync.Mutex
	open      map[*Workspace]bool
}

// NewEngine makes an engine; no hook is called yet. Close it when it is no longer needed.
func NewEngine(o EngineOptions) (*Engine, error) {
	if o.Environment == nil || o.State == nil || o.Records == nil {
		return nil, failure(CodeInvalid, ClassConfig, "an engine needs an Environment, a StateStore and a RecordStore")
	}
	if o.Transport == nil {
		o.Transport = HTTPTransport(nil)
	}
	e := &Engine{hooks: newHooks(o.Environment, o.State, o.Records, o.Transport), open: map[*Workspace]bool{}}
	e.handle = cgo.NewHandle(e.hooks)
	limits := stateLimits(o.State)
	var err *C.crmsync_error
	rc := C.crmsync_go_engine_new(C.uintptr_t(e.handle), has(o), C.uint32_t(limits.MaxItems),
		C.uint32_t(limits.MaxValue), C.uint64_t(limits.MaxBytes), C.uint64_t(o.MaxResponseBytes),
		C.uint32_t(o.Lease/time.Millisecond), &e.c, &e.transport, &err)
	if rc != 0 {
		e.handle.Delete()
		return nil, take(rc, err)
	}
	return e, nil
}

// has tells which optional hooks the host implements.
func has(o EngineOptions) C.uint32_t {
	var have C.uint32_t
	if _, ok := o.Records.(RecordFinder); ok {
		have |= C.CRMSYNC_GO_FIND
	}
	if _, ok := o.Environment.(Logger); ok {
		have |= C.CRMSYNC_GO_LOG
	}
	if _, ok := o.Environment.(Tracer); ok {
		have |= C.CRMSYNC_GO_TRACE
	}
	if _, ok := o.Environment.(Calendar); ok {
		have |= C.CRMSYNC_GO_CIVIL_DATE
	}
	if _, ok := o.Environment.(SealKeys); ok {
		have |= C.CRMSYNC_GO_SEAL_KEY
	}
	if _, ok := o.Environment.(SecretStore); ok {
		have |= C.CRMSYNC_GO_SECRETS
	}
	return have
}

// call makes one call into the library. The hooks get ctx, those that write without its end.
func (e *Engine) call(ctx context.Context, into func(err **C.crmsync_error) C.int32_t) error {
	if !e.busy.TryLock() {
		return failure(CodeReentrant, ClassConfig, "the engine is busy with another call, or called from one of its hooks")
	}
	defer e.busy.Unlock()
	if e.c == nil {
		return failure(CodeState, ClassConfig, "the engine is closed")
	}
	return e.inside(ctx, into)
}

func (e *Engine) inside(ctx context.Context, into func(err **C.crmsync_error) C.int32_t) error {
	var err *C.crmsync_error
	e.hooks.begin(ctx)
	rc := into(&err)
	return e.hooks.end(rc, err)
}

// Close ends the engine with all workspaces and jobs that are open on it.
func (e *Engine) Close() error {
	if !e.busy.TryLock() {
		return failure(CodeReentrant, ClassConfig, "the engine is busy with a call")
	}
	defer e.busy.Unlock()
	if e.c == nil {
		return nil
	}
	err := e.inside(context.Background(), func(**C.crmsync_error) C.int32_t {
		for w := range e.open {
			w.release()
		}
		C.crmsync_engine_free(e.c)
		C.crmsync_sync_transport_free(e.transport)
		return 0
	})
	e.c, e.transport = nil, nil
	e.handle.Delete()
	return err
}
