// Package conformance runs the contract tests of libcrmsync-conformance against hooks written in Go.
// The stores are written to: give the tests a workspace of their own.
package conformance

// #include "bridge.h"
import "C"

import (
	"fmt"
	"runtime/cgo"

	"crmsync"
	"crmsync/internal/kit"
)

// Verdict says how a case ended.
type Verdict int32

// How a case ended.
const (
	Failed  Verdict = C.CRMSYNC_CASE_FAILED
	Passed  Verdict = C.CRMSYNC_CASE_PASSED
	Skipped Verdict = C.CRMSYNC_CASE_SKIPPED // an option that it needs was not given
)

// Case is the result of one case.
type Case struct {
	Name    string
	Verdict Verdict
	Message string // empty for a case that passed
}

// StateOptions may all be left at their zero values, which skips some cases.
type StateOptions struct {
	Workspace string // empty = "conformance"; another, with "-2" behind, is used as well
	// Reopen throws the store away as a crash would and opens it anew on the same data.
	Reopen func() (crmsync.StateStore, error)
	// Other is a second store on the same data, or the same one, that another thread uses meanwhile.
	Other crmsync.StateStore
}

// RecordOptions may be left at their zero values, too.
type RecordOptions struct {
	Workspace string
	Reopen    func() (crmsync.RecordStore, error)
	// Remove removes a record as the host's user would.
	Remove func(workspace, kind, id string) error
}

// run is what the kit's contexts stand for.
type run struct {
	cases  []Case
	hooks  []kit.Hook
	reopen func() (kit.Hook, error)
	remove func(workspace, kind, id string) error
}

func (r *run) keep(h kit.Hook) kit.Hook {
	r.hooks = append(r.hooks, h)
	return h
}

func (r *run) free() {
	for _, h := range r.hooks {
		h.Free()
	}
}

// State tests a state store. A store with StateLimits must keep to them in what Reopen gives.
func State(store crmsync.StateStore, o StateOptions) []Case {
	r := &run{}
	defer r.free()
	handle := cgo.NewHandle(r)
	defer handle.Delete()
	hook := r.keep(kit.State(store))
	var other, reopens = C.uintptr_t(0), C.uint32_t(0)
	if o.Other != nil {
		other = C.uintptr_t(r.keep(kit.State(o.Other)).Context)
	}
	if o.Reopen != nil {
		reopens = 1
		r.reopen = func() (kit.Hook, error) {
			fresh, err := o.Reopen()
			if err != nil {
				return kit.Hook{}, err
			}
			return kit.State(fresh), nil
		}
	}
	workspace := C.CString(o.Workspace)
	defer free(workspace)
	C.crmsync_go_conformance_state(hook.Table, C.uintptr_t(hook.Context), view(workspace, o.Workspace), reopens, other, C.uintptr_t(handle))
	return r.cases
}

// Records tests a record store.
func Records(store crmsync.RecordStore, o RecordOptions) []Case {
	r := &run{remove: o.Remove}
	defer r.free()
	handle := cgo.NewHandle(r)
	defer handle.Delete()
	hook := r.keep(kit.Records(store))
	var reopens, removes C.uint32_t
	if o.Reopen != nil {
		reopens = 1
		r.reopen = func() (kit.Hook, error) {
			fresh, err := o.Reopen()
			if err != nil {
				return kit.Hook{}, err
			}
			return kit.Records(fresh), nil
		}
	}
	if o.Remove != nil {
		removes = 1
	}
	workspace := C.CString(o.Workspace)
	defer free(workspace)
	C.crmsync_go_conformance_records(hook.Table, C.uintptr_t(hook.Context), view(workspace, o.Workspace), reopens, removes, C.uintptr_t(handle))
	return r.cases
}

// Transport tests a transport against a small server on loopback.
func Transport(transport crmsync.Transport) ([]Case, error) {
	r := &run{}
	defer r.free()
	handle := cgo.NewHandle(r)
	defer handle.Delete()
	hook, err := kit.Transport(transport)
	if err != nil {
		return nil, err
	}
	r.keep(hook)
	C.crmsync_go_conformance_transport(hook.Table, C.uintptr_t(hook.Context), C.uintptr_t(handle))
	return r.cases, nil
}

//export crmsyncGoCase
func crmsyncGoCase(h C.uintptr_t, name *C.char, verdict C.int32_t, message *C.char) {
	r := cgo.Handle(h).Value().(*run)
	r.cases = append(r.cases, Case{C.GoString(name), Verdict(verdict), C.GoString(message)})
}

//export crmsyncGoReopen
func crmsyncGoReopen(h C.uintptr_t) (context C.uintptr_t) {
	r := cgo.Handle(h).Value().(*run)
	defer r.catch("reopen")
	hook, err := r.reopen()
	if err != nil {
		r.cases = append(r.cases, Case{"reopen", Failed, err.Error()})
		return 0
	}
	return C.uintptr_t(r.keep(hook).Context)
}

//export crmsyncGoRemove
func crmsyncGoRemove(h C.uintptr_t, workspace, kind, id C.crmsync_str) (rc C.int32_t) {
	r := cgo.Handle(h).Value().(*run)
	rc = C.CRMSYNC_E_CALLBACK
	defer r.catch("remove")
	if err := r.remove(text(workspace), text(kind), text(id)); err != nil {
		r.cases = append(r.cases, Case{"remove", Failed, err.Error()})
		return rc
	}
	return 0
}

// catch keeps a panic of the host from unwinding through C.
func (r *run) catch(what string) {
	if p := recover(); p != nil {
		r.cases = append(r.cases, Case{what, Failed, fmt.Sprintf("panic: %v", p)})
	}
}
