package crmsync

// #include "bridge.h"
import "C"

import "context"

// SaveOutcome says how an item of RecordStore.Save ended.
type SaveOutcome uint32

// How an item ended.
const (
	Saved        SaveOutcome = C.CRMSYNC_SAVE_SAVED
	SaveConflict SaveOutcome = C.CRMSYNC_SAVE_CONFLICT // the revision is not the expected one
	SaveRefused  SaveOutcome = C.CRMSYNC_SAVE_REFUSED  // the host does not want these values
	SaveGone     SaveOutcome = C.CRMSYNC_SAVE_GONE     // no such record
)

// SaveResult answers one item of RecordStore.Save.
type SaveResult struct {
	Outcome SaveOutcome
	ID, Rev string // Saved: the record's id, and its new revision
	Stored  Record // Saved: the values as stored; nil = exactly as sent
	Reason  string // SaveRefused: one line for the log
}

// Changes answers RecordStore.Changed.
type Changes struct {
	Records []Record // with "id", "rev" and "deleted"
	Cursor  string   // where the next call goes on
	More    bool     // more is waiting
}

// RecordStore is the hook to the host's people, companies and kin. An error says that the host
// could not answer and changed nothing. docs/hooks.md tells what each method promises.
type RecordStore interface {
	// Load gives those of the records that exist, with "id", "rev", "origin" and all fields.
	Load(ctx context.Context, workspace, kind string, ids []string) ([]Record, error)
	// Save writes fields of records and answers each item, in the same order.
	Save(ctx context.Context, workspace, kind string, items []Record) ([]SaveResult, error)
	// Changed gives at most limit records from the change feed.
	Changed(ctx context.Context, workspace, kind, cursor string, limit int) (Changes, error)
}

// RecordFinder is for a RecordStore with an index: all records whose key of keyKind ("email",
// "domain", "name", "origin") is one of the values.
type RecordFinder interface {
	Find(ctx context.Context, workspace, kind, keyKind string, values []string) ([]Record, error)
}

func deliverRows(sink *C.crmsync_record_sink, kind string, records []Record) (C.int32_t, error) {
	rows, err := RowsOf(kind, records)
	if err != nil {
		return 0, err
	}
	defer rows.free()
	return C.crmsync_record_rows(sink, rows.c), nil
}

//export crmsyncGoLoad
func crmsyncGoLoad(handle C.uintptr_t, workspace, kind C.crmsync_str, ids *C.crmsync_str, n C.size_t, sink *C.crmsync_record_sink, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		records, err := h.records.Load(h.steady(), goString(workspace), goString(kind), goStrings(ids, n))
		if err != nil {
			return 0, err
		}
		return deliverRows(sink, goString(kind), records)
	})
}

//export crmsyncGoFind
func crmsyncGoFind(handle C.uintptr_t, workspace, kind, keyKind C.crmsync_str, values *C.crmsync_str, n C.size_t, sink *C.crmsync_record_sink, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		records, err := h.records.(RecordFinder).Find(h.steady(), goString(workspace), goString(kind),
			goString(keyKind), goStrings(values, n))
		if err != nil {
			return 0, err
		}
		return deliverRows(sink, goString(kind), records)
	})
}

//export crmsyncGoSave
func crmsyncGoSave(handle C.uintptr_t, workspace C.crmsync_str, c *C.crmsync_rows, sink *C.crmsync_record_sink, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		items := lentRows(c)
		kind := items.Kind()
		results, err := h.records.Save(h.steady(), goString(workspace), kind, items.Records())
		if err != nil || len(results) == 0 {
			return 0, err
		}
		return answerSave(sink, kind, results)
	})
}

func answerSave(sink *C.crmsync_record_sink, kind string, results []SaveResult) (C.int32_t, error) {
	var p packer
	stored := make([]Record, len(results))
	packed := make([]C.crmsync_go_saved, len(results))
	for i, r := range results {
		stored[i] = r.Stored
		packed[i] = C.crmsync_go_saved{id: p.add(r.ID), rev: p.add(r.Rev), reason: p.add(r.Reason),
			outcome: C.uint32_t(r.Outcome), stored: number(r.Stored != nil)}
	}
	rows, err := RowsOf(kind, stored)
	if err != nil {
		return 0, err
	}
	defer rows.free()
	return C.crmsync_go_saved_all(sink, &packed[0], C.size_t(len(packed)), rows.c, p.block()), nil
}

//export crmsyncGoChanged
func crmsyncGoChanged(handle C.uintptr_t, workspace, kind, cursor C.crmsync_str, limit C.uint32_t, sink *C.crmsync_record_sink, err **C.crmsync_error) C.int32_t {
	return guarded(handle, err, func(h *hooks) (C.int32_t, error) {
		changes, err := h.records.Changed(h.steady(), goString(workspace), goString(kind), goString(cursor), int(limit))
		if err != nil {
			return 0, err
		}
		if rc, err := deliverRows(sink, goString(kind), changes.Records); rc != 0 || err != nil {
			return rc, err
		}
		return C.crmsync_record_cursor(sink, str(changes.Cursor), C.int32_t(number(changes.More))), nil
	})
}
