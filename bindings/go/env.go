package crmsync

// #include "bridge.h"
import "C"

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
	"unsafe"
)

// Environment is the hook for clocks and random bytes. It must also be a SealKeys or a SecretStore,
// and may be a Logger, a Tracer and a Calendar. System is one.
type Environment interface {
	Now() time.Time
	// Monotonic is a clock that never goes back and keeps counting while the machine sleeps, which
	// that of package time does not.
	Monotonic() time.Duration
	// Random fills p with unpredictable bytes.
	Random(p []byte) error
}

// SealKeys gives the 32-byte keys that tokens in the state store are sealed with. An empty id asks
// for the current key, another one for the key that a stored secret was sealed with.
type SealKeys interface {
	SealKey(ctx context.Context, workspace, id string) (key []byte, keyID string, err error)
}

// SecretStore keeps secrets instead of the state store.
type SecretStore interface {
	// Secret gives nil when there is no such secret.
	Secret(ctx context.Context, workspace, name string) ([]byte, error)
	// PutSecret is durable when it returns. An empty value deletes.
	PutSecret(ctx context.Context, workspace, name string, value []byte) error
}

// LogLevel is the weight of a message.
type LogLevel uint32

// The log levels.
const (
	LogError LogLevel = C.CRMSYNC_LOG_ERROR
	LogWarn  LogLevel = C.CRMSYNC_LOG_WARN
	LogInfo  LogLevel = C.CRMSYNC_LOG_INFO
	LogDebug LogLevel = C.CRMSYNC_LOG_DEBUG
)

// Logger receives messages of one line.
type Logger interface {
	Log(level LogLevel, message string)
}

// Exchange is one finished exchange with Salesforce; secrets are replaced beforehand.
type Exchange struct {
	Method, URL               string
	RequestBody, ResponseBody []byte // of the response, the first 16 KiB
	Status                    int    // 0 = no response
	Elapsed                   time.Duration
}

// Tracer receives finished exchanges.
type Tracer interface {
	Trace(Exchange)
}

// Calendar tells on which day an instant falls for a team member, named by the host's id.
type Calendar interface {
	CivilDate(at time.Time, owner string) time.Time
}

// System is an Environment of the machine's own clocks and random bytes.
type System struct {
	Key     []byte // 32 bytes that tokens are sealed with
	KeyID   string // names Key, so that it can be changed later; empty = "1"
	OldKeys map[string][]byte
	Logf    func(level LogLevel, message string) // nil = no log
}

// Now is the wall clock.
func (s *System) Now() time.Time { return time.Now() }

// Monotonic counts in suspend, too.
func (s *System) Monotonic() time.Duration {
	return time.Duration(C.crmsync_go_mono_ms()) * time.Millisecond
}

// Random is crypto/rand.
func (s *System) Random(p []byte) error {
	_, err := rand.Read(p)
	return err
}

// SealKey gives Key, or one of OldKeys.
func (s *System) SealKey(_ context.Context, _, id string) ([]byte, string, error) {
	current := s.KeyID
	if current == "" {
		current = "1"
	}
	if id == "" || id == current {
		if len(s.Key) != 32 {
			return nil, "", errors.New("System.Key must have 32 bytes")
		}
		return s.Key, current, nil
	}
	if key, ok := s.OldKeys[id]; ok {
		return key, id, nil
	}
	return nil, "", fmt.Errorf("no key of the id %q; add it to System.OldKeys", id)
}

// Log hands on to Logf.
func (s *System) Log(level LogLevel, message string) {
	if s.Logf != nil {
		s.Logf(level, message)
	}
}

//export crmsyncGoWall
func crmsyncGoWall(handle C.uintptr_t) C.int64_t {
	told(handle, func(h *hooks) {
		now := h.env.Now().UnixMilli()
		h.mu.Lock()
		h.wall = now
		h.mu.Unlock()
	})
	h := hooksOf(handle)
	h.mu.Lock()
	defer h.mu.Unlock()
	return C.int64_t(h.wall)
}

//export crmsyncGoMono
func crmsyncGoMono(handle C.uintptr_t) C.uint64_t {
	told(handle, func(h *hooks) {
		now := uint64(h.env.Monotonic() / time.Millisecond)
		h.mu.Lock()
		h.mono = now
		h.mu.Unlock()
	})
	h := hooksOf(handle)
	h.mu.Lock()
	defer h.mu.Unlock()
	return C.uint64_t(h.mono)
}

//export crmsyncGoRandom
func crmsyncGoRandom(handle C.uintptr_t, out unsafe.Pointer, n C.size_t, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		return 0, h.env.Random(unsafe.Slice((*byte)(out), int(n)))
	})
}

//export crmsyncGoLog
func crmsyncGoLog(handle C.uintptr_t, level C.uint32_t, message C.crmsync_str) {
	told(handle, func(h *hooks) { h.env.(Logger).Log(LogLevel(level), goString(message)) })
}

//export crmsyncGoTrace
func crmsyncGoTrace(handle C.uintptr_t, t *C.crmsync_trace) {
	told(handle, func(h *hooks) {
		h.env.(Tracer).Trace(Exchange{
			Method: goString(t.method), URL: goString(t.url),
			RequestBody: goBytes(t.request_body), ResponseBody: goBytes(t.response_body),
			Status: int(t.status), Elapsed: time.Duration(t.elapsed_ms) * time.Millisecond,
		})
	})
}

//export crmsyncGoCivilDate
func crmsyncGoCivilDate(handle C.uintptr_t, instant C.int64_t, owner C.crmsync_str) C.int64_t {
	at := time.UnixMilli(int64(instant)).UTC()
	day := days(at)
	told(handle, func(h *hooks) { day = days(h.env.(Calendar).CivilDate(at, goString(owner))) })
	return C.int64_t(day)
}

//export crmsyncGoSealKey
func crmsyncGoSealKey(handle C.uintptr_t, workspace, id C.crmsync_str, keyOut, idOut *C.crmsync_bytes_sink, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		key, keyID, err := h.env.(SealKeys).SealKey(h.steady(), goString(workspace), goString(id))
		if err != nil {
			return 0, err
		}
		if rc := C.crmsync_bytes_set(idOut, str(keyID)); rc != 0 {
			return rc, nil
		}
		return C.crmsync_bytes_set(keyOut, lend(key)), nil
	})
}

//export crmsyncGoSecretGet
func crmsyncGoSecretGet(handle C.uintptr_t, workspace, name C.crmsync_str, out *C.crmsync_bytes_sink, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		secret, err := h.env.(SecretStore).Secret(h.steady(), goString(workspace), goString(name))
		if err != nil || len(secret) == 0 {
			return 0, err
		}
		return C.crmsync_bytes_set(out, lend(secret)), nil
	})
}

//export crmsyncGoSecretPut
func crmsyncGoSecretPut(handle C.uintptr_t, workspace, name, value C.crmsync_str, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		return 0, h.env.(SecretStore).PutSecret(h.steady(), goString(workspace), goString(name), goBytes(value))
	})
}
