package crmsync

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// engagementCase is a case of tests/vectors/engagement; each file uses some of the members.
type engagementCase struct {
	Name, Now, Error                     string
	Suppression, Local                   json.RawMessage
	Campaigns, Schema                    json.RawMessage
	People, Companies, Statuses, Members []json.RawMessage
	Engagements, History, Touches        []json.RawMessage
	Channels                             []string
	Sources                              []engagementSource
	Conversion                           map[string]interface{}
	Expect                               []json.RawMessage
	Remember                             map[string]map[string]bool
}

type engagementSource struct {
	Kind, Name string
	Complete   *bool
	Read       *string
	Rows       []json.RawMessage
}

func engagementCases(t *testing.T, name string) []engagementCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectors, "engagement", name))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Cases []engagementCase }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Cases) < 20 {
		t.Fatalf("only %d cases", len(all.Cases))
	}
	return all.Cases
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// engagementConfig has members with their rules; those without any keep their defaults.
func engagementConfig(t *testing.T, members map[string]json.RawMessage) *Config {
	t.Helper()
	document := map[string]interface{}{"version": 1}
	for name, rules := range members {
		if rules != nil {
			document[name] = rules
		}
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	config, err := ParseConfig(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// refused tells whether the case ends in an error, and holds it to the expected one.
func (c *engagementCase) refused(t *testing.T, err error) bool {
	t.Helper()
	var told *Error
	if errors.As(err, &told) {
		if told.Code.Error() != c.Error {
			t.Errorf("%s: %v, not %q", c.Name, err, c.Error)
		}
		return true
	}
	if err != nil || c.Error != "" {
		t.Errorf("%s: %v, not %q", c.Name, err, c.Error)
	}
	return err != nil
}

func lines(rows *Rows, columns []string, gap string) []string {
	var out []string
	for _, record := range rows.Records() {
		var words []string
		for _, column := range columns {
			value := shown(record[column])
			if value == nil {
				value = "-"
			}
			words = append(words, value.(string))
		}
		out = append(out, strings.Join(words, gap))
	}
	return out
}

func (c *engagementCase) check(t *testing.T) (*Rows, error) {
	t.Helper()
	rules := map[string]json.RawMessage{"suppression": c.Suppression, "local": c.Local}
	set, err := NewSuppression(engagementConfig(t, rules), normalizer(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]SourceKind{"list": SourceList, "opportunities": SourceOpportunities,
		"contact_roles": SourceContactRoles, "stages": SourceStages}
	for _, s := range c.Sources {
		read := c.Now
		if s.Read != nil {
			read = *s.Read
		}
		err := set.AddSource(Source{Name: s.Name, Kind: kinds[s.Kind], Complete: s.Complete == nil || *s.Complete,
			Read: instant(t, read), Rows: rowsOf(t, "source", s.Rows)})
		if err != nil {
			t.Fatal(err)
		}
	}
	q := SuppressionQuery{People: rowsOf(t, "person", c.People), Now: instant(t, c.Now)}
	if c.Companies != nil {
		q.Companies = rowsOf(t, "company", c.Companies)
	}
	for _, channel := range c.Channels {
		q.Channels |= map[string]Channel{"email": ChannelEmail, "call": ChannelCall}[channel]
	}
	return set.Check(q)
}

func TestSuppressionVectors(t *testing.T) {
	columns := []string{"id", "verdict", "reason", "source", "record", "name", "until"}
	for _, c := range engagementCases(t, "suppression.json") {
		rows, err := c.check(t)
		if c.refused(t, err) {
			continue
		}
		have := lines(rows, columns, " | ")
		for i, want := range c.Expect {
			var text string
			if json.Unmarshal(want, &text) != nil || i >= len(have) || have[i] != text {
				t.Errorf("%s: %v, not %s", c.Name, have, want)
			}
		}
		if len(have) != len(c.Expect) {
			t.Errorf("%s: %d rows", c.Name, len(have))
		}
		for _, record := range rows.Records() {
			for column, want := range c.Remember[record["id"].Text] {
				if (record[column].Number != 0) != want {
					t.Errorf("%s: %s is not %v", c.Name, column, want)
				}
			}
		}
	}
}

func (c *engagementCase) members(t *testing.T) (*Plan, error) {
	t.Helper()
	rules := map[string]json.RawMessage{"campaigns": c.Campaigns}
	in := &MemberInput{Config: engagementConfig(t, rules), Normalizer: normalizer(t, nil),
		Engagements: rowsOf(t, "engagement", c.Engagements), People: rowsOf(t, "person", c.People),
		Statuses: rowsOf(t, "CampaignMemberStatus", c.Statuses), Members: rowsOf(t, "CampaignMember", c.Members),
		History: rowsOf(t, "engagement", c.History)}
	if c.Schema != nil {
		schema, err := ParseSchema(string(c.Schema))
		if err != nil {
			t.Fatal(err)
		}
		in.Schema = schema
	}
	return DecideMembers(in)
}

func (c *engagementCase) expectMember(t *testing.T, p *Plan, i int) {
	t.Helper()
	var want map[string]interface{}
	if err := json.Unmarshal(c.Expect[i], &want); err != nil {
		t.Fatal(err)
	}
	have := described(p, i)
	have["id"] = p.Op(i).LocalID
	for what, value := range have {
		if wanted, ok := want[what]; ok && wanted != value {
			t.Errorf("%s: %s is %v, not %v", c.Name, what, value, wanted)
		}
	}
	written := map[string]bool{}
	for _, f := range p.Fields(i) {
		if f.CRMNew.Type != CellAbsent {
			written[f.Remote] = true
			if value, _ := want["fields"].(map[string]interface{})[f.Remote]; shown(f.CRMNew) != value {
				t.Errorf("%s: %s is %v, not %v", c.Name, f.Remote, shown(f.CRMNew), value)
			}
		}
	}
	if fields, _ := want["fields"].(map[string]interface{}); len(fields) != len(written) {
		t.Errorf("%s: %v are written, not %v", c.Name, written, fields)
	}
}

func TestMemberVectors(t *testing.T) {
	for _, c := range engagementCases(t, "members.json") {
		p, err := c.members(t)
		if c.refused(t, err) {
			continue
		}
		if p.Len() != len(c.Expect) {
			t.Errorf("%s: %d operations", c.Name, p.Len())
			continue
		}
		for i := range c.Expect {
			c.expectMember(t, p, i)
		}
	}
}

func (c *engagementCase) attribute(t *testing.T) (*Rows, error) {
	t.Helper()
	text := func(name string) string { s, _ := c.Conversion[name].(string); return s }
	models := map[string]AttributionModel{"first": AttributionFirst, "last": AttributionLast,
		"linear": AttributionLinear, "u_shaped": AttributionUShaped, "w_shaped": AttributionWShaped,
		"time_decay": AttributionTimeDecay}
	a := Attribution{Model: models[text("model")], Amount: text("amount"), Scale: 2,
		Converted: instant(t, text("converted")), LeadCreated: instant(t, text("lead_created")),
		RefuseLate: text("late") == "refuse"}
	if scale, ok := c.Conversion["scale"].(float64); ok {
		a.Scale = uint32(scale)
	}
	if days, ok := c.Conversion["half_life_days"].(float64); ok {
		a.HalfLifeDays = uint32(days)
	}
	return Attribute(a, rowsOf(t, "touch", c.Touches))
}

func TestAttributionVectors(t *testing.T) {
	for _, c := range engagementCases(t, "attribution.json") {
		rows, err := c.attribute(t)
		if c.refused(t, err) {
			continue
		}
		have := lines(rows, []string{"id", "share_ppm", "amount"}, " ")
		for i, want := range c.Expect {
			var words []string
			if json.Unmarshal(want, &words) != nil || i >= len(have) || have[i] != strings.Join(words, " ") {
				t.Errorf("%s: %v, not %s", c.Name, have, want)
			}
		}
		if len(have) != len(c.Expect) {
			t.Errorf("%s: %d rows", c.Name, len(have))
		}
	}
}

func TestVerdictHoldsAnExport(t *testing.T) {
	config, err := ParseConfig(`{"version":1,"extends":"recommended","export":{"mode":"leads"},
		"suppression":{"holds_export":true,"opportunities":{"scope":"off"},"lists":["Rivals"]}}`)
	if err != nil {
		t.Fatal(err)
	}
	people := rowsOf(t, "person", []json.RawMessage{json.RawMessage(`{"id":"p1","email":"ada@acme.example","last_name":"L","company":"Acme"}`)})
	keys := normalizer(t, nil)
	set, err := NewSuppression(config, keys)
	if err != nil {
		t.Fatal(err)
	}
	verdicts, err := set.Check(SuppressionQuery{People: people, Now: time.UnixMilli(1795000000000)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := DecidePeople(&DecideInput{Config: config, Normalizer: keys, People: people, Verdicts: verdicts})
	if err != nil {
		t.Fatal(err)
	}
	if o := p.Op(0); o.Reason.String() != "suppression_unknown" || o.Detail != "source_unknown: Rivals" {
		t.Errorf("%v: %s", o.Reason, o.Detail)
	}
}
