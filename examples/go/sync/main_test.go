package main

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"crmsync"
	"crmsync/conformance"
)

const root = "../../.."

func judge(t *testing.T, cases []conformance.Case, atLeast int, skips string) {
	t.Helper()
	passed := 0
	for _, c := range cases {
		switch {
		case c.Verdict == conformance.Passed:
			passed++
		case c.Verdict == conformance.Failed:
			t.Errorf("%s: %s", c.Name, c.Message)
		case skips == "" || !strings.Contains(c.Message, skips):
			t.Errorf("%s was skipped: %s", c.Name, c.Message)
		}
	}
	if passed < atLeast {
		t.Errorf("%d cases passed, less than %d", passed, atLeast)
	}
}

func newMemory() *memory {
	return &memory{entries: map[place]crmsync.Entry{}}
}

func TestStateStoreKeepsItsContract(t *testing.T) {
	m := newMemory()
	judge(t, conformance.State(m, conformance.StateOptions{Other: m,
		Reopen: func() (crmsync.StateStore, error) { return m, nil }}), 30, "")
}

// forgetful loses a put now and then, which the kit has to notice.
type forgetful struct{ *memory }

func (f forgetful) Commit(ctx context.Context, workspace string, c crmsync.Commit) (crmsync.CommitOutcome, error) {
	if len(c.Puts) > 1 {
		c.Puts = c.Puts[1:]
	}
	return f.memory.Commit(ctx, workspace, c)
}

func TestStateKitFailsForgetfulStore(t *testing.T) {
	for _, c := range conformance.State(forgetful{newMemory()}, conformance.StateOptions{}) {
		if c.Verdict == conformance.Failed {
			return
		}
	}
	t.Error("no case failed")
}

// finder is a record store with an index, for the cases about it.
type finder struct {
	*host
	keys *crmsync.Normalizer
}

func (f finder) Find(_ context.Context, workspace, kind, keyKind string, values []string) (found []crmsync.Record, err error) {
	wanted := map[string]bool{}
	for _, value := range values {
		wanted[value] = true
	}
	for at, r := range f.records {
		value := r["origin"].Text
		if keyKind == "email" {
			value = f.keys.Email(r["email"].Text)
		}
		if at.workspace == workspace && at.kind == kind && r["deleted"] != crmsync.Bool(true) && value != "" && wanted[value] {
			found = append(found, r)
		}
	}
	return found, nil
}

func TestRecordStoreKeepsItsContract(t *testing.T) {
	keys, err := crmsync.NewNormalizer(nil)
	if err != nil {
		t.Fatal(err)
	}
	f := finder{&host{records: map[key]crmsync.Record{}}, keys}
	judge(t, conformance.Records(f, conformance.RecordOptions{
		Reopen: func() (crmsync.RecordStore, error) { return f, nil },
		Remove: func(workspace, kind, id string) error {
			f.write(key{workspace, kind, id}, crmsync.Record{"deleted": crmsync.Bool(true)})
			return nil
		},
	}), 20, "")
}

func TestTransportKeepsItsContract(t *testing.T) {
	cases, err := conformance.Transport(&network{rt: &http.Transport{}})
	if err != nil {
		t.Fatal(err)
	}
	judge(t, cases, 20, "blocking")
}

// simulatedOrg starts the server that ORGSIM_SERVER names; the folder has what the program reads.
func simulatedOrg(t *testing.T, people string) (in func(name string) string) {
	t.Helper()
	server := os.Getenv("ORGSIM_SERVER")
	if server == "" {
		t.Skip("ORGSIM_SERVER is not set")
	}
	folder := t.TempDir()
	in = func(name string) string { return filepath.Join(folder, name) }
	python(t, "examples/data/make_people.py", "--people", in("people.jsonl"), "--companies-out",
		in("companies.jsonl"), "--org", in("org.json"), "--count", people)
	org := exec.Command(server, "--port", "0", "--seed", in("org.json"), "--exit-with-parent")
	out, err := org.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := org.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		org.Process.Kill()
		org.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	python(t, "examples/demo_org.py", url, folder, "config", filepath.Join(root, "examples/configs/demo.json"))
	return in
}

func TestSyncsWithSimulatedOrg(t *testing.T) {
	in := simulatedOrg(t, "60")
	if err := run(context.Background(), in("config.json"), in("people.jsonl"), in("companies.jsonl"), "orgsim-secret"); err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), in("config.json"), in("people.jsonl"), in("companies.jsonl"), "wrong"); !errors.Is(err, crmsync.ClassAuth) && !errors.Is(err, crmsync.ClassConfig) {
		t.Errorf("with a wrong secret: %#v", err)
	}
}

// troubled is a record store that does what a test wants before it answers.
type troubled struct {
	*host
	before func(ctx context.Context, what string) error
}

func (s *troubled) Load(ctx context.Context, workspace, kind string, ids []string) ([]crmsync.Record, error) {
	if err := s.before(ctx, "load"); err != nil {
		return nil, err
	}
	return s.host.Load(ctx, workspace, kind, ids)
}

func (s *troubled) Changed(ctx context.Context, workspace, kind, cursor string, limit int) (crmsync.Changes, error) {
	if err := s.before(ctx, "changed"); err != nil {
		return crmsync.Changes{}, err
	}
	return s.host.Changed(ctx, workspace, kind, cursor, limit)
}

type scene struct {
	records   *troubled
	workspace *crmsync.Workspace
}

func connected(t *testing.T) *scene {
	t.Helper()
	in := simulatedOrg(t, "30")
	text, err := os.ReadFile(in("config.json"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := crmsync.ParseConfig(string(text))
	if err != nil {
		t.Fatal(err)
	}
	h := &host{records: map[key]crmsync.Record{}}
	for kind, file := range map[string]string{"person": in("people.jsonl"), "company": in("companies.jsonl")} {
		if err := h.load(kind, file); err != nil {
			t.Fatal(err)
		}
	}
	s := &scene{records: &troubled{h, func(context.Context, string) error { return nil }}}
	engine, err := crmsync.NewEngine(crmsync.EngineOptions{
		Environment: &crmsync.System{Key: []byte("32 bytes from your own key store")},
		State:       newMemory(), Records: s.records, // the transport is HTTPTransport(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	if s.workspace, err = engine.Open(context.Background(), workspaceName, config); err != nil {
		t.Fatal(err)
	}
	if err := connect(context.Background(), s.workspace, "orgsim-secret"); err != nil {
		t.Fatal(err)
	}
	return s
}

const exporting = crmsync.PhaseDescribe | crmsync.PhaseExport

type valueKey struct{}

func TestHostErrorsPanicsAndCancelInAnExport(t *testing.T) {
	s := connected(t)
	down := errors.New("the host's database is down")
	ctx := context.WithValue(context.Background(), valueKey{}, "tenant")
	s.records.before = func(ctx context.Context, what string) error {
		if ctx.Value(valueKey{}) != "tenant" {
			t.Errorf("%s got another context", what)
		}
		return down
	}
	if _, err := s.workspace.Run(ctx, crmsync.JobOptions{Phases: exporting}); err != down {
		t.Errorf("an error came back as %#v", err)
	}
	s.records.before = func(_ context.Context, what string) error { panic(what) }
	var p *crmsync.PanicError
	if _, err := s.workspace.Run(ctx, crmsync.JobOptions{Phases: exporting}); !errors.As(err, &p) {
		t.Errorf("a panic came back as %#v", err)
	}
	ending, end := context.WithCancel(ctx)
	job, err := s.workspace.NewJob(crmsync.JobOptions{Phases: exporting})
	if err != nil {
		t.Fatal(err)
	}
	s.records.before = func(context.Context, string) error {
		end()
		job.Cancel() // what the end of the context does soon, done at once
		return nil
	}
	err = job.Run(ending)
	if !errors.Is(err, crmsync.CodeCancelled) || !errors.Is(err, context.Canceled) || job.RunID() == "" {
		t.Errorf("a context that ended came back as %#v", err)
	}
	if err := job.Close(); err != nil {
		t.Error(err)
	}
	s.records.before = func(context.Context, string) error { return nil }
	pages := 0
	job, err = s.workspace.Run(ctx, crmsync.JobOptions{Phases: exporting, Review: func(p *crmsync.Plan) error {
		pages++
		for i := 0; i < p.Len(); i++ {
			p.Exclude(i, true)
		}
		return nil
	}})
	if err != nil || pages == 0 || job.Count("writes.crm") != 0 {
		t.Errorf("%d pages under review, %d writes, %v", pages, job.Count("writes.crm"), err)
	}
	job, err = s.workspace.Run(ctx, crmsync.JobOptions{Phases: exporting, All: true})
	if err != nil || job.Count("writes.crm") == 0 || job.Progress().APICalls == 0 {
		t.Errorf("%d writes, %v", job.Count("writes.crm"), err)
	}
	checkMemory(ctx, t, s, job)
}

// checkMemory reads what the workspace remembers of an export.
func checkMemory(ctx context.Context, t *testing.T, s *scene, job *crmsync.Job) {
	t.Helper()
	log, err := s.workspace.Log(ctx, crmsync.LogFilter{Run: job.RunID(), Operation: "create", Kind: "person"})
	if err != nil || len(log) == 0 {
		t.Fatalf("%d rows of the log, %v", len(log), err)
	}
	if told, err := s.workspace.Explain(ctx, "person", log[0]["id"].Text); err != nil || !strings.Contains(told, log[0]["crm_id"].Text) {
		t.Errorf("%q, %v", told, err)
	}
	if _, err := s.workspace.Explain(ctx, "person", "nobody"); !errors.Is(err, crmsync.CodeNotFound) {
		t.Errorf("%#v", err)
	}
	if err := s.workspace.Enqueue(ctx, "person", []string{log[0]["id"].Text, ""}, 0); !errors.Is(err, crmsync.CodeInvalid) {
		t.Errorf("%#v", err)
	}
	if err := s.workspace.Enqueue(ctx, "person", []string{log[0]["id"].Text}, crmsync.EnqueueManual); err != nil {
		t.Error(err)
	}
}

func python(t *testing.T, script string, args ...string) {
	t.Helper()
	command := exec.Command("python3", append([]string{filepath.Join(root, script)}, args...)...)
	command.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
}
