package crmsync

// #include "bridge.h"
import "C"

import (
	"context"
	"unsafe"
)

// Key names an entry of a workspace. Key is bytes, not text; keys are ordered as strings compare.
type Key struct {
	Space uint32
	Key   string
}

// Entry is a value with its version, which the library makes up.
type Entry struct {
	Key
	Value   []byte
	Version uint64
}

// Expect demands the version of an entry; 0 = there must be none.
type Expect struct {
	Key
	Version uint64
}

// Commit is one atomic change.
type Commit struct {
	Expects []Expect
	Puts    []Entry
	Deletes []Key
}

// Range selects entries of a space with From <= key < To in order of the keys; an empty To is no end.
type Range struct {
	Space    uint32
	From, To string
	Limit    int
	Reverse  bool // in descending order
}

// CommitOutcome says how a commit ended that could be answered.
type CommitOutcome uint32

// How a commit ended.
const (
	CommitOK       CommitOutcome = C.CRMSYNC_COMMIT_OK
	CommitConflict CommitOutcome = C.CRMSYNC_COMMIT_CONFLICT // nothing was applied
	CommitUnknown  CommitOutcome = C.CRMSYNC_COMMIT_UNKNOWN  // applied whole or not at all
)

// StateStore is the hook where the sync remembers: a durable ordered map. An error says that
// nothing was applied. docs/hooks.md tells what each method promises.
type StateStore interface {
	Get(ctx context.Context, workspace string, keys []Key) ([]Entry, error)
	Scan(ctx context.Context, workspace string, r Range) ([]Entry, error)
	// Commit compares all expectations, then applies all puts and deletes, or nothing.
	Commit(ctx context.Context, workspace string, c Commit) (CommitOutcome, error)
	// Clear deletes a range without regard to its Limit.
	Clear(ctx context.Context, workspace string, r Range) error
}

// StateLimits is how much one commit may carry.
type StateLimits struct {
	MaxItems, MaxValue uint32
	MaxBytes           uint64
}

// StateLimiter is for a StateStore with other limits than 1,000 items, 1 MiB a value and 16 MiB.
type StateLimiter interface {
	StateLimits() StateLimits
}

func stateLimits(store StateStore) StateLimits {
	if l, ok := store.(StateLimiter); ok {
		return l.StateLimits()
	}
	return StateLimits{MaxItems: 1000, MaxValue: 1 << 20, MaxBytes: 16 << 20}
}

func kvItems(at *C.crmsync_kv_item, n C.size_t) []C.crmsync_kv_item {
	if n == 0 {
		return nil
	}
	return unsafe.Slice(at, int(n))
}

func keyOf(item *C.crmsync_kv_item) Key { return Key{uint32(item.space), goString(item.key)} }

func deliver(sink *C.crmsync_state_sink, entries []Entry) C.int32_t {
	if len(entries) == 0 {
		return 0
	}
	var p packer
	items := make([]C.crmsync_go_item, len(entries))
	for i, e := range entries {
		items[i] = C.crmsync_go_item{key: p.add(e.Key.Key), value: p.addBytes(e.Value),
			version: C.uint64_t(e.Version), space: C.uint32_t(e.Space)}
	}
	return C.crmsync_go_state_items(sink, &items[0], C.size_t(len(items)), p.block())
}

//export crmsyncGoStateGet
func crmsyncGoStateGet(handle C.uintptr_t, workspace C.crmsync_str, at *C.crmsync_kv_item, n C.size_t, sink *C.crmsync_state_sink, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		keys := make([]Key, int(n))
		items := kvItems(at, n)
		for i := range items {
			keys[i] = keyOf(&items[i])
		}
		entries, err := h.state.Get(h.steady(), goString(workspace), keys)
		if err != nil {
			return 0, err
		}
		return deliver(sink, entries), nil
	})
}

//export crmsyncGoStateScan
func crmsyncGoStateScan(handle C.uintptr_t, workspace C.crmsync_str, space C.uint32_t, from, to C.crmsync_str, limit, flags C.uint32_t, sink *C.crmsync_state_sink, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		entries, err := h.state.Scan(h.steady(), goString(workspace), Range{Space: uint32(space),
			From: goString(from), To: goString(to), Limit: int(limit),
			Reverse: flags&C.CRMSYNC_SCAN_REVERSE != 0})
		if err != nil {
			return 0, err
		}
		return deliver(sink, entries), nil
	})
}

//export crmsyncGoStateCommit
func crmsyncGoStateCommit(handle C.uintptr_t, commit *C.crmsync_kv_commit, outcome *C.uint32_t, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		var c Commit
		expects := kvItems(commit.expects, commit.expect_count)
		for i := range expects {
			c.Expects = append(c.Expects, Expect{keyOf(&expects[i]), uint64(expects[i].version)})
		}
		puts := kvItems(commit.puts, commit.put_count)
		for i := range puts {
			c.Puts = append(c.Puts, Entry{keyOf(&puts[i]), goBytes(puts[i].value), uint64(puts[i].version)})
		}
		deletes := kvItems(commit.deletes, commit.delete_count)
		for i := range deletes {
			c.Deletes = append(c.Deletes, keyOf(&deletes[i]))
		}
		how, err := h.state.Commit(h.steady(), goString(commit.workspace), c)
		*outcome = C.uint32_t(how)
		return 0, err
	})
}

//export crmsyncGoStateClear
func crmsyncGoStateClear(handle C.uintptr_t, workspace C.crmsync_str, space C.uint32_t, from, to C.crmsync_str, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		return 0, h.state.Clear(h.steady(), goString(workspace),
			Range{Space: uint32(space), From: goString(from), To: goString(to)})
	})
}
