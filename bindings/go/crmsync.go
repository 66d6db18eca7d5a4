// Package crmsync keeps the people and companies of a product and a Salesforce org in line, both
// ways. It is a binding of libcrmsync: the product implements a StateStore, a RecordStore and, if
// http.RoundTripper does not do, a Transport, and runs jobs over its workspaces.
//
// An Engine, with all that is opened on it, serves one goroutine at a time: a second call meanwhile,
// and a call from inside a hook, is refused with CodeReentrant. Job.Cancel alone may come from
// anywhere. Config, Schema and Normalizer are immutable and may be shared.
//
// A job holds an operating system thread while it runs, so that n jobs at once are n threads.
package crmsync

// #include "bridge.h"
import "C"

import "unsafe"

// Version is the version of the library that is linked, such as "0.1.0".
func Version() string { return C.GoString(C.crmsync_version()) }

// str lends the bytes of a string to C for one call.
func str(s string) C.crmsync_str {
	if s == "" {
		return C.crmsync_str{}
	}
	return C.crmsync_str{ptr: (*C.char)(*(*unsafe.Pointer)(unsafe.Pointer(&s))), len: C.size_t(len(s))}
}

// lend does the same for bytes.
func lend(b []byte) C.crmsync_str {
	if len(b) == 0 {
		return C.crmsync_str{}
	}
	return C.crmsync_str{ptr: (*C.char)(unsafe.Pointer(&b[0])), len: C.size_t(len(b))}
}

func goString(s C.crmsync_str) string {
	if s.len == 0 {
		return ""
	}
	return C.GoStringN(s.ptr, C.int(s.len))
}

func goBytes(s C.crmsync_str) []byte {
	if s.len == 0 {
		return nil
	}
	return C.GoBytes(unsafe.Pointer(s.ptr), C.int(s.len))
}

// goStrings copies an array of views.
func goStrings(at *C.crmsync_str, n C.size_t) []string {
	out := make([]string, int(n))
	for i, s := range views(at, n) {
		out[i] = goString(s)
	}
	return out
}

func views(at *C.crmsync_str, n C.size_t) []C.crmsync_str {
	if n == 0 {
		return nil
	}
	return unsafe.Slice(at, int(n))
}

// packer gathers texts in one block; C finds them by their position.
type packer struct{ text []byte }

func (p *packer) add(s string) C.crmsync_go_span {
	at := len(p.text)
	p.text = append(p.text, s...)
	return C.crmsync_go_span{at: C.uint64_t(at), len: C.uint64_t(len(s))}
}

func (p *packer) addBytes(b []byte) C.crmsync_go_span {
	at := len(p.text)
	p.text = append(p.text, b...)
	return C.crmsync_go_span{at: C.uint64_t(at), len: C.uint64_t(len(b))}
}

// block is the address of the texts, taken when all of them are in.
func (p *packer) block() *C.char {
	if len(p.text) == 0 {
		return nil
	}
	return (*C.char)(unsafe.Pointer(&p.text[0]))
}

func (p *packer) addAll(list []string) []C.crmsync_go_span {
	out := make([]C.crmsync_go_span, 0, len(list))
	for _, s := range list {
		out = append(out, p.add(s))
	}
	return out
}

func firstSpan(spans []C.crmsync_go_span) *C.crmsync_go_span {
	if len(spans) == 0 {
		return nil
	}
	return &spans[0]
}
