package crmsync

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"testing"
	"time"
)

const vectors = "../../tests/vectors"

func normalizer(t *testing.T, o *NormalizeOptions) *Normalizer {
	t.Helper()
	n, err := NewNormalizer(o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNormalizeVectors(t *testing.T) {
	n := normalizer(t, nil)
	keys := map[string]func(string) string{"email": n.Email, "domain": n.Domain, "host": n.Host,
		"company": n.Company, "id": NormalizeID}
	flags := map[string]func(string) bool{"freemail": n.IsFreemail, "shared_host": n.IsSharedHost}
	count := 0
	for _, name := range []string{"cases.jsonl", "more.jsonl"} {
		file, err := os.Open(filepath.Join(vectors, "normalize", name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for lines := bufio.NewScanner(file); lines.Scan(); count++ {
			var v struct {
				Kind, Input string
				Expected    interface{}
			}
			if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
				t.Fatal(err)
			}
			var got interface{}
			if flag := flags[v.Kind]; flag != nil {
				got = flag(v.Input)
			} else if key := keys[v.Kind](v.Input); key != "" {
				got = key
			}
			if got != v.Expected {
				t.Errorf("%s: %s of %q is %v, not %v", name, v.Kind, v.Input, got, v.Expected)
			}
		}
	}
	if count < 298 {
		t.Errorf("only %d vectors", count)
	}
}

// decideCase is a case of tests/vectors/decide; those with links, say, cannot be said offline.
type decideCase struct {
	Name              string
	Config            json.RawMessage
	People, Companies []json.RawMessage
	Candidates        map[string][]json.RawMessage
	Owners            []struct {
		ID, Email        string
		Active, Standard *bool
	}
	Count              *int
	Expect             []map[string]interface{}
	Links, Options     json.RawMessage
	Import, Activities json.RawMessage
	IntegrationUser    string `json:"integration_user"`
	CompaniesToo       bool   `json:"companies_too"`
}

func (c *decideCase) offline() bool {
	empty := func(m json.RawMessage) bool { return len(m) <= 2 }
	return empty(c.Links) && empty(c.Options) && c.Import == nil && c.Activities == nil &&
		c.IntegrationUser == "" && len(c.People) > 0 && (len(c.Companies) > 0) == c.CompaniesToo
}

func rowsOf(t *testing.T, kind string, records []json.RawMessage) *Rows {
	t.Helper()
	r, err := NewRows(kind, nil)
	for i := 0; err == nil && i < len(records); i++ {
		err = r.AppendJSON(string(records[i]))
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (c *decideCase) users(t *testing.T) *Rows {
	var records []Record
	for _, o := range c.Owners {
		kind := "Standard"
		if o.Standard != nil && !*o.Standard {
			kind = "Other"
		}
		records = append(records, Record{"Id": {Type: CellID, Text: o.ID}, "Email": Text(o.Email),
			"IsActive": Bool(o.Active == nil || *o.Active), "UserType": Text(kind)})
	}
	r, err := RowsOf("User", records)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (c *decideCase) plan(t *testing.T, configs map[string]json.RawMessage, schema *Schema) *Plan {
	t.Helper()
	text := c.Config
	var name string
	if json.Unmarshal(text, &name) == nil {
		text = configs[name]
	}
	config, err := ParseConfig(string(text))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := config.Normalizer()
	if err != nil {
		t.Fatal(err)
	}
	in := &DecideInput{Config: config, Normalizer: keys, Schema: schema, People: rowsOf(t, "person", c.People),
		Now: time.UnixMilli(1795000000000)}
	if len(c.Companies) > 0 {
		in.Companies = rowsOf(t, "company", c.Companies)
	}
	for kind, records := range c.Candidates {
		in.Candidates = append(in.Candidates, rowsOf(t, kind, records))
	}
	sort.Slice(in.Candidates, func(i, k int) bool { return in.Candidates[i].Kind() < in.Candidates[k].Kind() })
	if len(c.Owners) > 0 {
		in.Candidates = append(in.Candidates, c.users(t))
	}
	p, err := DecidePeople(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func shown(c Cell) interface{} {
	switch c.Type {
	case CellAbsent:
		return "<not written>"
	case CellNull:
		return nil
	case CellBool:
		return []string{"false", "true"}[c.Number]
	case CellDate:
		return c.Time().Format("2006-01-02")
	case CellDateTime:
		return c.Time().Format("2006-01-02T15:04:05.000Z")
	}
	return c.Text
}

func othersOf(t *testing.T, p *Plan, i int) []PlanOther {
	others, err := p.Others(i)
	if err != nil {
		t.Fatal(err)
	}
	return others
}

func named(p *Plan, i int) string {
	if i == NoOp {
		return "none"
	}
	return p.Op(i).LocalID
}

func described(p *Plan, i int) map[string]interface{} {
	o := p.Op(i)
	rule := ""
	if o.Rule != 0 {
		rule = o.Rule.String()
	}
	return map[string]interface{}{"outcome": o.Outcome.String(), "reason": o.Reason.String(), "rule": rule,
		"crm_op": o.CRMOp.String(), "local_op": o.LocalOp.String(), "object": o.Object, "crm_id": o.CRMID,
		"detail": o.Detail, "parent": named(p, o.Parent), "same_as": named(p, o.SameAs), "link": o.Link}
}

func checkFields(t *testing.T, name string, fields []PlanField, wanted map[string]interface{}) {
	t.Helper()
	for remote, w := range wanted {
		var found *PlanField
		for i := range fields {
			if fields[i].Remote == remote {
				found = &fields[i]
			}
		}
		want, _ := w.(map[string]interface{})
		if found == nil || want == nil {
			if (found == nil) != (want == nil) {
				t.Errorf("%s: field %s is there: %v", name, remote, found != nil)
			}
			continue
		}
		for side, have := range map[string]interface{}{"crm": shown(found.CRMNew), "local": shown(found.LocalNew)} {
			value, there := want[side]
			if !there {
				value = "<not written>"
			}
			if have != value {
				t.Errorf("%s: %s of %s is %v, not %v", name, side, remote, have, value)
			}
		}
		if reason, ok := want["reason"]; ok && reason != found.Reason.String() {
			t.Errorf("%s: %s is %s, not %v", name, remote, found.Reason, reason)
		}
	}
}

func (c *decideCase) check(t *testing.T, p *Plan) {
	t.Helper()
	if c.Count != nil && *c.Count != p.Len() {
		t.Errorf("%s: %d operations, not %d", c.Name, p.Len(), *c.Count)
	}
	for _, want := range c.Expect {
		at := NoOp
		for i := 0; i < p.Len(); i++ {
			o := p.Op(i)
			here := o.LocalID == want["id"] || want["id"] == nil && o.CRMID == want["of_crm"]
			if here && (want["slot"] == nil || o.Object == want["object"]) {
				at = i
				break
			}
		}
		if at == NoOp {
			t.Errorf("%s: no operation for %v", c.Name, want["id"])
			continue
		}
		for what, have := range described(p, at) {
			if value, ok := want[what]; ok && value != have {
				t.Errorf("%s: %v: %s is %v, not %v", c.Name, want["id"], what, have, value)
			}
		}
		if others, ok := want["others"].([]interface{}); ok && len(others) != len(othersOf(t, p, at)) {
			t.Errorf("%s: %d others, not %d", c.Name, len(othersOf(t, p, at)), len(others))
		}
		if fields, ok := want["fields"].(map[string]interface{}); ok {
			checkFields(t, c.Name, p.Fields(at), fields)
		}
	}
}

func standardSchema(t *testing.T) *Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectors, "schema", "standard.json"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := ParseSchema(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestDecideVectors(t *testing.T) {
	schema := standardSchema(t)
	count := 0
	files, _ := filepath.Glob(filepath.Join(vectors, "decide", "*.json"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var all struct {
			Configs map[string]json.RawMessage
			Cases   []decideCase
		}
		if filepath.Base(file) == "truth.json" {
			continue
		}
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for i := range all.Cases {
			c := &all.Cases[i]
			if !c.offline() {
				continue
			}
			c.check(t, c.plan(t, all.Configs, schema))
			count++
		}
	}
	t.Logf("%d cases", count)
	if count < 50 {
		t.Errorf("only %d cases can be said by the public API", count)
	}
}
