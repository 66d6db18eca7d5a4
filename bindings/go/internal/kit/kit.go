// Package kit hands the hooks of a host to the contract tests of package conformance.
package kit

import "unsafe"

// Hook is a table of C functions with its context; Free ends both.
type Hook struct {
	Table   unsafe.Pointer
	Context uintptr
	Free    func()
}

// Set by package crmsync; the arguments are its StateStore, RecordStore and Transport.
var (
	State     func(store interface{}) Hook
	Records   func(store interface{}) Hook
	Transport func(transport interface{}) (Hook, error)
)
