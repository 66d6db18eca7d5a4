package crmsync

// #include "bridge.h"
import "C"

import (
	"fmt"
	"time"
)

// Code is a result code of the library. As an error it is a target for errors.Is.
type Code int32

// The result codes; Error.Code has one of them.
const (
	CodeInvalid     Code = C.CRMSYNC_E_INVALID
	CodeNoMemory    Code = C.CRMSYNC_E_NOMEM
	CodeLimit       Code = C.CRMSYNC_E_LIMIT
	CodeUnsupported Code = C.CRMSYNC_E_UNSUPPORTED
	CodeReentrant   Code = C.CRMSYNC_E_REENTRANT
	CodeState       Code = C.CRMSYNC_E_STATE
	CodeCallback    Code = C.CRMSYNC_E_CALLBACK
	CodeStore       Code = C.CRMSYNC_E_STORE
	CodeConflict    Code = C.CRMSYNC_E_CONFLICT
	CodeTransport   Code = C.CRMSYNC_E_TRANSPORT
	CodeProtocol    Code = C.CRMSYNC_E_PROTOCOL
	CodeAuth        Code = C.CRMSYNC_E_AUTH
	CodeSalesforce  Code = C.CRMSYNC_E_SALESFORCE
	CodeBudget      Code = C.CRMSYNC_E_BUDGET
	CodeCancelled   Code = C.CRMSYNC_E_CANCELLED
	CodeBreaker     Code = C.CRMSYNC_E_BREAKER
	CodeCorrupt     Code = C.CRMSYNC_E_CORRUPT
	CodeNotFound    Code = C.CRMSYNC_E_NOT_FOUND
	CodeInternal    Code = C.CRMSYNC_E_INTERNAL
	CodeContract    Code = C.CRMSYNC_E_CONTRACT // a hook broke its contract
)

// Error gives the code's name, such as CRMSYNC_E_AUTH.
func (c Code) Error() string { return C.GoString(C.crmsync_code_name(C.int32_t(c))) }

// Class says what kind of trouble it is, and so who can mend it. As an error it is a target for
// errors.Is.
type Class uint32

// The classes; Error.Class has one of them.
const (
	ClassNone       Class = C.CRMSYNC_CLASS_NONE
	ClassConfig     Class = C.CRMSYNC_CLASS_CONFIG
	ClassSchema     Class = C.CRMSYNC_CLASS_SCHEMA
	ClassData       Class = C.CRMSYNC_CLASS_DATA
	ClassDuplicate  Class = C.CRMSYNC_CLASS_DUPLICATE
	ClassReference  Class = C.CRMSYNC_CLASS_REFERENCE
	ClassPermission Class = C.CRMSYNC_CLASS_PERMISSION
	ClassAuth       Class = C.CRMSYNC_CLASS_AUTH
	ClassLimit      Class = C.CRMSYNC_CLASS_LIMIT
	ClassTransient  Class = C.CRMSYNC_CLASS_TRANSIENT
	ClassConflict   Class = C.CRMSYNC_CLASS_CONFLICT
	ClassState      Class = C.CRMSYNC_CLASS_STATE
	ClassStore      Class = C.CRMSYNC_CLASS_STORE
	ClassInternal   Class = C.CRMSYNC_CLASS_INTERNAL
)

// String gives the stored name, such as "schema".
func (c Class) String() string { return C.GoString(C.crmsync_class_name(C.uint32_t(c))) }

// Error gives the stored name.
func (c Class) Error() string { return c.String() }

// Error is what the library reports. An error that a hook of the host returned is not wrapped in
// one: it comes out of the call as itself.
type Error struct {
	Code           Code
	Class          Class
	Message        string
	Where          string        // a JSON pointer, "byte 17", or a record such as "person/42"
	Remedy         string        // what to do about it
	HTTPStatus     int           // of the answer that caused it, or 0
	SalesforceCode string        // such as "REQUIRED_FIELD_MISSING"
	RetryAfter     time.Duration // 0 = not known

	cause error
}

func (e *Error) Error() string {
	text := e.Message
	if text == "" {
		text = e.Code.Error()
	}
	if e.Where != "" {
		text = e.Where + ": " + text
	}
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return text
}

// Is makes errors.Is(err, CodeAuth) and errors.Is(err, ClassLimit) work.
func (e *Error) Is(target error) bool {
	switch t := target.(type) {
	case Code:
		return t == e.Code
	case Class:
		return t == e.Class
	}
	return false
}

// Unwrap gives the host's error behind it, where there is one: that of the context of a job that
// was cancelled, that of the transport when the network failed.
func (e *Error) Unwrap() error { return e.cause }

// PanicError is returned by a call during which a hook of the host panicked.
type PanicError struct {
	Value interface{} // what was given to panic
	Stack []byte      // of the goroutine, where it happened
}

func (e *PanicError) Error() string { return fmt.Sprintf("a hook panicked: %v", e.Value) }

// Unwrap gives the value if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// take turns what a call gave into an error, and frees it.
func take(rc C.int32_t, c *C.crmsync_error) error {
	if rc >= 0 {
		C.crmsync_error_free(c)
		return nil
	}
	err := &Error{
		Code:           Code(rc),
		Class:          Class(C.crmsync_error_class(c)),
		Message:        goString(C.crmsync_error_message(c)),
		Where:          goString(C.crmsync_error_where(c)),
		Remedy:         goString(C.crmsync_error_remedy(c)),
		HTTPStatus:     int(C.crmsync_error_http_status(c)),
		SalesforceCode: goString(C.crmsync_error_salesforce_code(c)),
		RetryAfter:     time.Duration(C.crmsync_error_retry_after_ms(c)) * time.Millisecond,
	}
	C.crmsync_error_free(c)
	return err
}

func failure(code Code, class Class, message string) error {
	return &Error{Code: code, Class: class, Message: message}
}
