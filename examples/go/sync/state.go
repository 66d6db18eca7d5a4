package main

import (
	"context"
	"sort"
	"sync"

	"crmsync"
)

// memory is a state store: where the sync remembers. With SQL, each map is a table (workspace, space,
// key, value, version), Commit one transaction, and durable when it says CommitOK.
type memory struct {
	mu      sync.Mutex
	entries map[string]map[crmsync.Key]crmsync.Entry // by workspace
}

func (m *memory) Get(_ context.Context, workspace string, keys []crmsync.Key) (found []crmsync.Entry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range keys {
		if entry, ok := m.entries[workspace][key]; ok {
			found = append(found, entry)
		}
	}
	return found, nil
}

func (m *memory) Scan(_ context.Context, workspace string, r crmsync.Range) (found []crmsync.Entry, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, entry := range m.entries[workspace] {
		if within(key, r) {
			found = append(found, entry)
		}
	}
	sort.Slice(found, func(i, k int) bool { return found[i].Key.Key < found[k].Key.Key != r.Reverse })
	if len(found) > r.Limit {
		found = found[:r.Limit]
	}
	return found, nil
}

func within(key crmsync.Key, r crmsync.Range) bool {
	return key.Space == r.Space && key.Key >= r.From && (r.To == "" || key.Key < r.To)
}

func (m *memory) Commit(_ context.Context, workspace string, c crmsync.Commit) (crmsync.CommitOutcome, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, expected := range c.Expects {
		if m.entries[workspace][expected.Key].Version != expected.Version { // 0 = must be absent
			return crmsync.CommitConflict, nil
		}
	}
	if m.entries[workspace] == nil {
		m.entries[workspace] = map[crmsync.Key]crmsync.Entry{}
	}
	for _, key := range c.Deletes {
		delete(m.entries[workspace], key)
	}
	for _, entry := range c.Puts {
		m.entries[workspace][entry.Key] = entry
	}
	return crmsync.CommitOK, nil
}

func (m *memory) Clear(_ context.Context, workspace string, r crmsync.Range) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.entries[workspace] {
		if within(key, r) {
			delete(m.entries[workspace], key)
		}
	}
	return nil
}
