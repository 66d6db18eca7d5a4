package main

import (
	"context"
	"fmt"
	"strconv"

	"crmsync"
)

// host is a record store: the product's own people and companies, and the order in which they changed.
// With SQL, a record is a row, and the feed an index on (workspace, kind, rev).
type host struct {
	records map[key]crmsync.Record
	feed    []key // the place of a record's last change is its revision
}

type key struct{ workspace, kind, id string }

func (h *host) Load(_ context.Context, workspace, kind string, ids []string) (found []crmsync.Record, err error) {
	for _, id := range ids {
		if r := h.records[key{workspace, kind, id}]; r != nil && r["deleted"] != crmsync.Bool(true) {
			found = append(found, r)
		}
	}
	return found, nil
}

func (h *host) Save(_ context.Context, workspace, kind string, items []crmsync.Record) (all []crmsync.SaveResult, err error) {
	for _, item := range items {
		all = append(all, h.save(workspace, kind, item))
	}
	return all, nil
}

func (h *host) save(workspace, kind string, item crmsync.Record) crmsync.SaveResult {
	if rev := item["rev"].Text; rev != "" { // an update of what was loaded
		at := key{workspace, kind, item["id"].Text}
		switch r := h.records[at]; {
		case r == nil || r["deleted"] == crmsync.Bool(true):
			return crmsync.SaveResult{Outcome: crmsync.SaveGone}
		case r["rev"].Text != rev: // somebody edited it since
			return crmsync.SaveResult{Outcome: crmsync.SaveConflict}
		}
		return h.write(at, item)
	}
	for at, r := range h.records {
		if at.workspace == workspace && at.kind == kind && item["origin"].Text != "" && r["origin"] == item["origin"] {
			return createdBefore(r, item)
		}
	}
	return h.write(key{workspace, kind, fmt.Sprintf("%s-%d", kind, len(h.feed)+1)}, item)
}

func createdBefore(r, item crmsync.Record) crmsync.SaveResult {
	for name, value := range item {
		if name != "id" && name != "rev" && r[name] != value {
			return crmsync.SaveResult{Outcome: crmsync.SaveConflict}
		}
	}
	return crmsync.SaveResult{Outcome: crmsync.Saved, ID: r["id"].Text, Rev: r["rev"].Text}
}

func (h *host) write(at key, item crmsync.Record) crmsync.SaveResult {
	r := crmsync.Record{}
	for _, from := range []crmsync.Record{h.records[at], item} { // what is absent stays as it is
		for name, value := range from {
			r[name] = value
		}
	}
	h.feed = append(h.feed, at)
	r["id"], r["rev"] = crmsync.Text(at.id), crmsync.Text(strconv.Itoa(len(h.feed)))
	h.records[at] = r
	return crmsync.SaveResult{Outcome: crmsync.Saved, ID: at.id, Rev: r["rev"].Text}
}

func (h *host) Changed(_ context.Context, workspace, kind, cursor string, limit int) (out crmsync.Changes, err error) {
	at, _ := strconv.Atoi(cursor) // an empty one is the beginning
	for ; at < len(h.feed) && len(out.Records) < limit; at++ {
		k, last := h.feed[at], crmsync.Text(strconv.Itoa(at+1))
		if r := h.records[k]; k.workspace == workspace && k.kind == kind && r["rev"] == last {
			out.Records = append(out.Records, r)
		}
	}
	out.Cursor, out.More = strconv.Itoa(at), at < len(h.feed)
	return out, nil
}
