package crmsync

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"
)

// store is a state store that does what a test wants before it answers.
type store struct {
	entries map[Key]Entry
	before  func(what string) error
}

func (s *store) hook(what string) error {
	if s.before == nil {
		return nil
	}
	return s.before(what)
}

func (s *store) Get(_ context.Context, _ string, keys []Key) (found []Entry, err error) {
	for _, key := range keys {
		if entry, ok := s.entries[key]; ok {
			found = append(found, entry)
		}
	}
	return found, s.hook("get")
}

func (s *store) Scan(_ context.Context, _ string, r Range) (found []Entry, err error) {
	for key, entry := range s.entries {
		if key.Space == r.Space && key.Key >= r.From && (r.To == "" || key.Key < r.To) && len(found) < r.Limit {
			found = append(found, entry) // the tests have few entries a range
		}
	}
	return found, s.hook("scan")
}

func (s *store) Commit(_ context.Context, _ string, c Commit) (CommitOutcome, error) {
	if err := s.hook("commit"); err != nil {
		return 0, err
	}
	for _, expected := range c.Expects {
		if s.entries[expected.Key].Version != expected.Version {
			return CommitConflict, nil
		}
	}
	for _, entry := range c.Puts {
		s.entries[entry.Key] = entry
	}
	for _, key := range c.Deletes {
		delete(s.entries, key)
	}
	return CommitOK, nil
}

func (s *store) Clear(context.Context, string, Range) error { return s.hook("clear") }

// nobody is a record store without records.
type nobody struct{}

func (nobody) Load(context.Context, string, string, []string) ([]Record, error) { return nil, nil }
func (nobody) Save(context.Context, string, string, []Record) ([]SaveResult, error) {
	return nil, nil
}
func (nobody) Changed(context.Context, string, string, string, int) (Changes, error) {
	return Changes{}, nil
}

type sendFunc func(ctx context.Context, r *Request) (*Response, error)

func (f sendFunc) Send(ctx context.Context, r *Request) (*Response, error) { return f(ctx, r) }

func answer(status int, body string) (*Response, error) {
	return &Response{Status: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body))}, nil
}

const settings = `{"version": 1, "extends": "recommended", "connection": {
	"client_id": "app", "redirect_uri": "https://app.example/crm/callback"}}`

func parse(t *testing.T, text string) *Config {
	t.Helper()
	config, err := ParseConfig(text)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func key32() []byte { return bytes.Repeat([]byte{7}, 32) }

func engineOf(t *testing.T, env Environment, s *store, send sendFunc) *Engine {
	t.Helper()
	if s.entries == nil {
		s.entries = map[Key]Entry{}
	}
	e, err := NewEngine(EngineOptions{Environment: env, State: s, Records: nobody{}, Transport: send})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func workspaceOf(t *testing.T, env Environment, s *store, send sendFunc) *Workspace {
	t.Helper()
	w, err := engineOf(t, env, s, send).Open(context.Background(), "acme", parse(t, settings))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// connecting is a job whose first exchange is the one for the tokens.
func connecting(t *testing.T, w *Workspace) *Job {
	t.Helper()
	at, err := w.AuthorizeURL(context.Background(), "login")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	back := "https://app.example/crm/callback?code=c&state=" + url.QueryEscape(u.Query().Get("state"))
	j, err := w.NewJob(JobOptions{Phases: PhaseConnect, RedirectURL: back})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestConfigErrorTellsWhereAndRemedy(t *testing.T) {
	_, err := ParseConfig(`{"version":1,"matsch":{}}`)
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, CodeInvalid) || !errors.Is(err, ClassConfig) || errors.Is(err, CodeAuth) {
		t.Fatalf("%#v", err)
	}
	if !strings.Contains(e.Where, "matsch") || !strings.Contains(e.Remedy, "match") {
		t.Errorf("where %q, remedy %q", e.Where, e.Remedy)
	}
	config := parse(t, settings)
	if again := parse(t, config.JSON()); again.Digest() != config.Digest() {
		t.Error("a dump is another configuration")
	}
	if found, err := config.Lint(standardSchema(t)); err != nil {
		t.Errorf("lint: %v", err)
	} else {
		for _, f := range found {
			if f.Message == "" || f.Where == "" {
				t.Errorf("an empty finding: %+v", f)
			}
		}
	}
}

func TestConnectionTellsSwitchesAndOtherCRMs(t *testing.T) {
	ctx := context.Background()
	w := workspaceOf(t, &System{Key: key32()}, &store{}, nil)
	c, err := w.Connection(ctx)
	if err != nil || !c.Enabled || !c.Mapped || c.State != ConnectionNone {
		t.Errorf("%+v, %v", c, err)
	}
	if err := w.SetOtherCRM(ctx, "hubspot", true); err != nil {
		t.Error(err)
	}
	if err := w.SetOtherCRM(ctx, "salesforce", true); !errors.Is(err, CodeInvalid) {
		t.Errorf("%v", err)
	}
	j := connecting(t, w)
	defer j.Close()
	if rows, err := j.Preflight(ctx); err != nil || len(rows) != 0 {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestStoreErrorComesBackAsItself(t *testing.T) {
	down := errors.New("the database is down\nfor now")
	s := &store{before: func(string) error { return down }}
	_, err := engineOf(t, &System{Key: key32()}, s, nil).Open(context.Background(), "acme", parse(t, settings))
	if err != down {
		t.Errorf("%#v", err)
	}
}

func TestStorePanicBecomesError(t *testing.T) {
	broken := errors.New("broken")
	s := &store{}
	w := workspaceOf(t, &System{Key: key32()}, s, nil)
	s.before = func(string) error { panic(broken) }
	_, err := w.Connection(context.Background())
	var p *PanicError
	if !errors.As(err, &p) || !errors.Is(err, broken) || !bytes.Contains(p.Stack, []byte("hooks_test.go")) {
		t.Fatalf("%#v", err)
	}
	s.before = nil
	if _, err := w.Connection(context.Background()); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

// frozen panics where the library cannot be told.
type frozen struct {
	System
	panics bool
}

func (f *frozen) Now() time.Time {
	if f.panics {
		panic("no clock")
	}
	return f.System.Now()
}

func TestClockPanicBecomesError(t *testing.T) {
	env := &frozen{System: System{Key: key32()}}
	w := workspaceOf(t, env, &store{}, nil)
	env.panics = true
	_, err := w.AuthorizeURL(context.Background(), "")
	var p *PanicError
	if !errors.As(err, &p) || p.Value != "no clock" {
		t.Errorf("%#v", err)
	}
}

func TestSealKeyErrorComesBackAsItself(t *testing.T) {
	w := workspaceOf(t, &System{Key: []byte("short")}, &store{}, nil)
	err := w.SetSecret(context.Background(), "client_secret", []byte("s"))
	if err == nil || !strings.Contains(err.Error(), "System.Key must have 32 bytes") {
		t.Errorf("%#v", err)
	}
}

func TestTransportPanicBecomesError(t *testing.T) {
	w := workspaceOf(t, &System{Key: key32()}, &store{}, func(context.Context, *Request) (*Response, error) { panic("wire") })
	err := connecting(t, w).Run(context.Background())
	var p *PanicError
	if !errors.As(err, &p) || p.Value != "wire" {
		t.Errorf("%#v", err)
	}
}

func TestTransportErrorIsBehindThatOfTheLibrary(t *testing.T) {
	refused := errors.New("no route")
	w := workspaceOf(t, &System{Key: key32()}, &store{}, func(context.Context, *Request) (*Response, error) { return nil, refused })
	err := connecting(t, w).Run(context.Background())
	if !errors.Is(err, refused) {
		t.Errorf("%#v", err)
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%#v", err)
	}
}

func TestSalesforceErrorTellsStatusAndClass(t *testing.T) {
	var body string
	w := workspaceOf(t, &System{Key: key32()}, &store{}, func(_ context.Context, r *Request) (*Response, error) {
		body = string(r.Body)
		return answer(400, `{"error":"invalid_client","error_description":"invalid client credentials"}`)
	})
	err := connecting(t, w).Run(context.Background())
	var e *Error
	if !errors.As(err, &e) || e.HTTPStatus != 400 || e.Class == ClassNone || e.Message == "" {
		t.Fatalf("%#v", err)
	}
	if !strings.Contains(body, "code_verifier=") {
		t.Errorf("the request was %q", body)
	}
}

func TestContextEndsJob(t *testing.T) {
	started := make(chan struct{})
	w := workspaceOf(t, &System{Key: key32()}, &store{}, func(ctx context.Context, _ *Request) (*Response, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-started
		cancel()
	}()
	err := connecting(t, w).Run(ctx)
	if !errors.Is(err, CodeCancelled) || !errors.Is(err, context.Canceled) {
		t.Errorf("%#v", err)
	}
}

func TestDeadlineEndsJobThatWaits(t *testing.T) {
	w := workspaceOf(t, &System{Key: key32()}, &store{}, func(context.Context, *Request) (*Response, error) {
		r, err := answer(503, `[]`)
		r.Header.Set("Retry-After", "30")
		return r, err
	})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := connecting(t, w).Run(ctx)
	if err == nil || time.Since(began) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestCancelFromAnotherGoroutineEndsJob(t *testing.T) {
	started := make(chan struct{})
	w := workspaceOf(t, &System{Key: key32()}, &store{}, func(ctx context.Context, _ *Request) (*Response, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	j := connecting(t, w)
	go func() {
		<-started
		j.Cancel()
	}()
	err := j.Run(context.Background())
	if !errors.Is(err, CodeCancelled) || errors.Is(err, context.Canceled) {
		t.Errorf("%#v", err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	j.Cancel() // after its end: nothing
	if _, err := w.NewJob(JobOptions{}); err != nil && !errors.Is(err, CodeState) {
		t.Errorf("a job after a cancelled one: %v", err)
	}
}

func TestCallFromHookIsRefused(t *testing.T) {
	var w *Workspace
	var inner error
	s := &store{}
	w = workspaceOf(t, &System{Key: key32()}, s, nil)
	s.before = func(string) error {
		_, inner = w.Connection(context.Background())
		return nil
	}
	if _, err := w.Connection(context.Background()); err != nil {
		t.Error(err)
	}
	if !errors.Is(inner, CodeReentrant) {
		t.Errorf("%#v", inner)
	}
}

func TestClosedObjectsAnswerWithError(t *testing.T) {
	w := workspaceOf(t, &System{Key: key32()}, &store{}, nil)
	j := connecting(t, w)
	if err := w.engine.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Run(context.Background()); !errors.Is(err, CodeState) {
		t.Errorf("%#v", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := w.engine.Close(); err != nil {
		t.Error(err)
	}
}

func TestPlanSurvivesJSONAndExclusion(t *testing.T) {
	people := rowsOf(t, "person", nil)
	if err := people.AppendJSONL(`{"id":"p1","first_name":"Jane","last_name":"Doe","email":"jane@acme.com","company":"Acme","status":"New"}`); err != nil {
		t.Fatal(err)
	}
	p, err := DecidePeople(&DecideInput{Config: parse(t, settings), Schema: standardSchema(t), Normalizer: normalizer(t, nil), People: people})
	if err != nil {
		t.Fatal(err)
	}
	json, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadPlan(json)
	if err != nil {
		t.Fatal(err)
	}
	if same, _ := again.JSON(); same != json || again.Len() == 0 {
		t.Errorf("%d operations; %s", again.Len(), same)
	}
	again.Exclude(0, true)
	if !again.Op(0).Excluded {
		t.Error("not excluded")
	}
	for i, op := range again.Ops() {
		if others, err := again.Others(i); op != again.Op(i) || err != nil || len(others) != op.Others {
			t.Errorf("operation %d is another: %+v, %v", i, op, err)
		}
	}
	if text, err := again.Text(PlanText{}); err != nil || text == "" {
		t.Errorf("%q, %v", text, err)
	}
	if rows, err := again.Summary(); err != nil || len(rows) == 0 {
		t.Errorf("%v, %v", rows, err)
	}
	runtime.GC()
}

func TestPlanIsExplainedAndTakenBack(t *testing.T) {
	people := rowsOf(t, "person", nil)
	leads := rowsOf(t, "Lead", nil)
	if err := people.AppendJSONL(`{"id":"p1","first_name":"Jane","last_name":"Doe","email":"jane@acme.com","company":"Acme"}`); err != nil {
		t.Fatal(err)
	}
	if err := leads.AppendJSONL(`{"Id":"00Q000000000001AAA","FirstName":null,"LastName":"Doe","Email":"jane@acme.com"}`); err != nil {
		t.Fatal(err)
	}
	p, err := DecidePeople(&DecideInput{Config: parse(t, settings), Normalizer: normalizer(t, nil), People: people, Candidates: []*Rows{leads}})
	if err != nil {
		t.Fatal(err)
	}
	if f := p.Fields(0); len(f) == 0 || f[0].Remote == "" || f[0].Reason == 0 {
		t.Errorf("%+v", f)
	}
	told, err := p.Explain(0)
	if err != nil || !strings.Contains(told, `"reason":"match_email"`) {
		t.Errorf("%s, %v", told, err)
	}
	back, err := p.Inverse()
	if err != nil || back.Len() != 1 || back.Op(0).CRMOp != OpUpdate {
		t.Fatalf("%+v, %v", back, err)
	}
	// The Lead still holds what it held before the plan, not what the plan writes.
	if stale, err := back.Recheck(nil, leads); err != nil || stale != 1 || back.Op(0).Reason.String() != "stale" {
		t.Errorf("%d, %v, %v", stale, err, back.Op(0))
	}
}

func TestRowsCrossAsOneBatch(t *testing.T) {
	when := time.Date(2026, 3, 4, 5, 6, 7, 8000000, time.UTC)
	record := Record{"id": Text("p1"), "score": Decimal("1.50"), "vip": Bool(true), "gone": Null(),
		"at": DateTime(when), "due": Date(when)}
	r, err := RowsOf("person", []Record{record, {"id": Text("p2")}})
	if err != nil {
		t.Fatal(err)
	}
	records := r.Records()
	if len(records) != 2 || len(records[1]) != 1 || len(records[0]) != len(record) {
		t.Fatalf("%v", records)
	}
	for name, cell := range record {
		if records[0][name] != cell {
			t.Errorf("%s is %v, not %v", name, records[0][name], cell)
		}
	}
	if !records[0]["at"].Time().Equal(when) || records[0]["due"].Time().Format("2006-01-02") != "2026-03-04" {
		t.Errorf("%v", records[0])
	}
	if err := r.Append(make([]Cell, 5)); !errors.Is(err, CodeInvalid) {
		t.Errorf("%v", err)
	}
	if err := r.Append([]Cell{{Type: CellBool, Number: 7}, {}, {}, {}, {}, {}}); !errors.Is(err, CodeInvalid) {
		t.Errorf("%v", err)
	}
}
