package main

import (
	"context"
	"fmt"
	"sort"
	"strconv"

	"crmsync"
)

// host is a record store: the product's own people and companies, with a change counter as feed. With
// SQL, a record is a row, and the feed an index on (kind, changed).
type host struct {
	changes int
	records map[string]*stored // by place
}

type stored struct {
	place   string
	changed int // also its revision
	fields  crmsync.Record
	deleted bool
}

func place(workspace, kind, id string) string { return workspace + "/" + kind + "/" + id }

func (h *host) Load(_ context.Context, workspace, kind string, ids []string) (found []crmsync.Record, err error) {
	for _, id := range ids {
		if s := h.records[place(workspace, kind, id)]; s != nil && !s.deleted {
			found = append(found, s.record())
		}
	}
	return found, nil
}

func (s *stored) record() crmsync.Record {
	out := crmsync.Record{"rev": crmsync.Text(strconv.Itoa(s.changed)), "deleted": crmsync.Bool(s.deleted)}
	for name, value := range s.fields {
		out[name] = value
	}
	return out
}

func (h *host) Save(_ context.Context, workspace, kind string, items []crmsync.Record) (all []crmsync.SaveResult, err error) {
	for _, item := range items {
		all = append(all, h.save(workspace, kind, item))
	}
	return all, nil
}

func (h *host) save(workspace, kind string, item crmsync.Record) crmsync.SaveResult {
	s := h.records[place(workspace, kind, item["id"].Text)]
	if rev := item["rev"].Text; rev != "" { // an update of what was loaded
		if s == nil || s.deleted {
			return crmsync.SaveResult{Outcome: crmsync.SaveGone}
		}
		if rev != strconv.Itoa(s.changed) { // somebody edited it since
			return crmsync.SaveResult{Outcome: crmsync.SaveConflict}
		}
	} else if s = h.ofOrigin(workspace, kind, item["origin"].Text); s != nil { // created before
		for name, value := range item {
			if name != "id" && name != "rev" && s.fields[name] != value {
				return crmsync.SaveResult{Outcome: crmsync.SaveConflict}
			}
		}
		return s.saved()
	} else {
		id := fmt.Sprintf("%s-%d", kind, h.changes+1)
		s = &stored{place: place(workspace, kind, id), fields: crmsync.Record{"id": crmsync.Text(id)}}
		h.records[s.place] = s
	}
	h.write(s, item)
	return s.saved()
}

func (h *host) write(s *stored, item crmsync.Record) {
	for name, value := range item { // what is absent stays as it is
		if name != "id" && name != "rev" {
			s.fields[name] = value
		}
	}
	h.changes++
	s.changed = h.changes
}

func (s *stored) saved() crmsync.SaveResult {
	return crmsync.SaveResult{Outcome: crmsync.Saved, ID: s.fields["id"].Text, Rev: strconv.Itoa(s.changed)}
}

func (h *host) ofOrigin(workspace, kind, origin string) *stored {
	for _, s := range h.records {
		if origin != "" && s.fields["origin"].Text == origin && s.place == place(workspace, kind, s.fields["id"].Text) {
			return s
		}
	}
	return nil
}

func (h *host) Changed(_ context.Context, workspace, kind, cursor string, limit int) (out crmsync.Changes, err error) {
	after, _ := strconv.Atoi(cursor) // an empty one is the beginning
	var news []*stored
	for _, s := range h.records {
		if s.changed > after && s.place == place(workspace, kind, s.fields["id"].Text) {
			news = append(news, s)
		}
	}
	sort.Slice(news, func(i, k int) bool { return news[i].changed < news[k].changed })
	if out.More = len(news) > limit; out.More {
		news = news[:limit]
	}
	for _, s := range news {
		after = s.changed
		out.Records = append(out.Records, s.record())
	}
	out.Cursor = strconv.Itoa(after)
	return out, nil
}
