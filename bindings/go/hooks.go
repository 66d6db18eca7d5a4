package crmsync

// #include "bridge.h"
import "C"

import (
	"context"
	"runtime/cgo"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// hooks is what a handle stands for: the host's side of one engine, and what befell it during the
// call that is in progress. The library calls from one thread at a time, the contract tests from
// two.
type hooks struct {
	env       Environment
	state     StateStore
	records   RecordStore
	transport Transport

	mu       sync.Mutex
	ctx      context.Context
	failures []hookFailure // the last ones; some are reported by a later call than the one they befell
	tokens   uint64
	woken    chan struct{} // a job was cancelled: a wait is to end
	network  error         // of the last exchange, nil if that went well
	panicked error
	wall     int64 // the last good answers of the clocks, for when they panic
	mono     uint64
}

const failuresKept = 32

// hookFailure remembers a host's error by the token that the library carries for it.
type hookFailure struct {
	token uint64
	err   error
}

func newHooks(env Environment, state StateStore, records RecordStore, transport Transport) *hooks {
	return &hooks{env: env, state: state, records: records, transport: transport,
		ctx: context.Background(), woken: make(chan struct{}, 1)}
}

func (h *hooks) begin(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ctx, h.panicked = ctx, nil
}

// end turns what a call gave into an error of Go.
func (h *hooks) end(rc C.int32_t, c *C.crmsync_error) error {
	token := uint64(C.crmsync_error_token(c))
	err := take(rc, c)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ctx = context.Background()
	if h.panicked != nil {
		return h.panicked
	}
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	for _, failure := range h.failures {
		if failure.token == token {
			return failure.err
		}
	}
	if e.Code == CodeTransport {
		e.cause = h.network
	}
	return e
}

// during gives the context of the call in progress, for hooks that may be cut off.
func (h *hooks) during() context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ctx
}

// steady gives the values of that context without its end: what is written down when a job is
// cancelled must still be written.
func (h *hooks) steady() context.Context { return steadyContext{h.during()} }

type steadyContext struct{ values context.Context }

func (steadyContext) Deadline() (time.Time, bool)         { return time.Time{}, false }
func (steadyContext) Done() <-chan struct{}               { return nil }
func (steadyContext) Err() error                          { return nil }
func (c steadyContext) Value(key interface{}) interface{} { return c.values.Value(key) }

// fail hands an error of the host to the library.
func (h *hooks) fail(err error, out **C.crmsync_error) C.int32_t {
	message := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(err.Error(), "?"))
	var c *C.crmsync_error
	rc := C.crmsync_error_new(C.CRMSYNC_E_CALLBACK, str(message), &c)
	h.mu.Lock()
	if len(h.failures) == failuresKept {
		h.failures = h.failures[1:]
	}
	h.tokens++
	h.failures = append(h.failures, hookFailure{h.tokens, err})
	C.crmsync_error_set_token(c, C.uint64_t(h.tokens))
	h.mu.Unlock()
	if out == nil {
		C.crmsync_error_free(c)
	} else {
		*out = c
	}
	return rc
}

func hooksOf(h C.uintptr_t) *hooks { return cgo.Handle(h).Value().(*hooks) }

// guarded runs a hook that can fail. A panic must not unwind through C: it becomes an error, and is
// what the call in progress returns, whatever the library makes of the hook's failure.
func guarded(handle C.uintptr_t, out **C.crmsync_error, hook func(h *hooks) (C.int32_t, error)) (rc C.int32_t) {
	h := hooksOf(handle)
	defer func() {
		if p := recover(); p != nil {
			rc = h.fail(h.caught(p), out)
		}
	}()
	rc, err := hook(h)
	if err != nil {
		return h.fail(err, out)
	}
	return rc
}

// told runs a hook that cannot fail.
func told(handle C.uintptr_t, hook func(h *hooks)) {
	h := hooksOf(handle)
	defer func() {
		if p := recover(); p != nil {
			h.caught(p)
		}
	}()
	hook(h)
}

func (h *hooks) caught(p interface{}) error {
	err := &PanicError{Value: p, Stack: debug.Stack()}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.panicked = err
	return err
}
