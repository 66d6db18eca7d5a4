package main

import (
	"context"
	"sort"
	"sync"

	"crmsync"
)

// memory is a state store: where the sync remembers. With SQL it is a table (workspace, space, key,
// value, version), Commit one transaction, and durable when it says CommitOK.
type memory struct {
	sync.Mutex
	entries map[place]crmsync.Entry
}

type place struct {
	workspace string
	crmsync.Key
}

func (m *memory) Get(_ context.Context, workspace string, keys []crmsync.Key) (found []crmsync.Entry, err error) {
	m.Lock()
	defer m.Unlock()
	for _, key := range keys {
		if entry, ok := m.entries[place{workspace, key}]; ok {
			found = append(found, entry)
		}
	}
	return found, nil
}

func (m *memory) within(workspace string, r crmsync.Range) (found []crmsync.Entry) {
	for at, entry := range m.entries {
		if at.workspace == workspace && at.Space == r.Space && at.Key.Key >= r.From && (r.To == "" || at.Key.Key < r.To) {
			found = append(found, entry)
		}
	}
	return found
}

func (m *memory) Scan(_ context.Context, workspace string, r crmsync.Range) ([]crmsync.Entry, error) {
	m.Lock()
	defer m.Unlock()
	found := m.within(workspace, r)
	sort.Slice(found, func(i, k int) bool { return found[i].Key.Key < found[k].Key.Key != r.Reverse })
	if len(found) > r.Limit {
		found = found[:r.Limit]
	}
	return found, nil
}

func (m *memory) Commit(_ context.Context, workspace string, c crmsync.Commit) (crmsync.CommitOutcome, error) {
	m.Lock()
	defer m.Unlock()
	for _, expected := range c.Expects {
		if m.entries[place{workspace, expected.Key}].Version != expected.Version { // 0 = must be absent
			return crmsync.CommitConflict, nil
		}
	}
	for _, key := range c.Deletes {
		delete(m.entries, place{workspace, key})
	}
	for _, entry := range c.Puts {
		m.entries[place{workspace, entry.Key}] = entry
	}
	return crmsync.CommitOK, nil
}

func (m *memory) Clear(_ context.Context, workspace string, r crmsync.Range) error {
	m.Lock()
	defer m.Unlock()
	for _, entry := range m.within(workspace, r) {
		delete(m.entries, place{workspace, entry.Key})
	}
	return nil
}
