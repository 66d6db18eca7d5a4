package main

import (
	"context"
	"fmt"
	"sort"
	"strconv"

	"crmsync"
)

// host is a record store: the product's own people and companies, with a change counter as feed. With
// SQL, a record is a row, and the feed an index on (workspace, kind, changed).
type host struct {
	changes int
	records map[string]*stored // by workspace/kind/id
}

type stored struct {
	table   string // workspace/kind/
	changed int    // also its revision
	fields  crmsync.Record
	deleted bool
}

func (h *host) Load(_ context.Context, workspace, kind string, ids []string) (found []crmsync.Record, err error) {
	for _, id := range ids {
		if s := h.records[workspace+"/"+kind+"/"+id]; s != nil && !s.deleted {
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
		all = append(all, h.save(workspace+"/"+kind+"/", kind, item))
	}
	return all, nil
}

func (h *host) save(table, kind string, item crmsync.Record) crmsync.SaveResult {
	if rev := item["rev"].Text; rev != "" { // an update of what was loaded
		s := h.records[table+item["id"].Text]
		if s == nil || s.deleted {
			return crmsync.SaveResult{Outcome: crmsync.SaveGone}
		}
		if rev != strconv.Itoa(s.changed) { // somebody edited it since
			return crmsync.SaveResult{Outcome: crmsync.SaveConflict}
		}
		return h.write(s, item)
	}
	for _, s := range h.records {
		if origin := item["origin"]; origin.Text != "" && s.table == table && s.fields["origin"] == origin {
			return s.createdBefore(item)
		}
	}
	id := fmt.Sprintf("%s-%d", kind, h.changes+1)
	s := &stored{table: table, fields: crmsync.Record{"id": crmsync.Text(id)}}
	h.records[table+id] = s
	return h.write(s, item)
}

func (s *stored) createdBefore(item crmsync.Record) crmsync.SaveResult {
	for name, value := range item {
		if name != "id" && name != "rev" && s.fields[name] != value {
			return crmsync.SaveResult{Outcome: crmsync.SaveConflict}
		}
	}
	return s.saved()
}

func (h *host) write(s *stored, item crmsync.Record) crmsync.SaveResult {
	for name, value := range item { // what is absent stays as it is
		if name != "id" && name != "rev" {
			s.fields[name] = value
		}
	}
	h.changes++
	s.changed = h.changes
	return s.saved()
}

func (s *stored) saved() crmsync.SaveResult {
	return crmsync.SaveResult{Outcome: crmsync.Saved, ID: s.fields["id"].Text, Rev: strconv.Itoa(s.changed)}
}

func (h *host) Changed(_ context.Context, workspace, kind, cursor string, limit int) (out crmsync.Changes, err error) {
	after, _ := strconv.Atoi(cursor) // an empty one is the beginning
	var news []*stored
	for _, s := range h.records {
		if s.changed > after && s.table == workspace+"/"+kind+"/" {
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
