package main

import (
	"bufio"
	"context"
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
	return &memory{entries: map[string]map[crmsync.Key]crmsync.Entry{}}
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
	for _, s := range f.records {
		key := s.fields["origin"].Text
		if keyKind == "email" {
			key = f.keys.Email(s.fields["email"].Text)
		}
		if s.place == place(workspace, kind, s.fields["id"].Text) && !s.deleted && key != "" && wanted[key] {
			found = append(found, s.record())
		}
	}
	return found, nil
}

func TestRecordStoreKeepsItsContract(t *testing.T) {
	keys, err := crmsync.NewNormalizer(nil)
	if err != nil {
		t.Fatal(err)
	}
	f := finder{&host{records: map[string]*stored{}}, keys}
	judge(t, conformance.Records(f, conformance.RecordOptions{
		Reopen: func() (crmsync.RecordStore, error) { return f, nil },
		Remove: func(workspace, kind, id string) error {
			s := f.records[place(workspace, kind, id)]
			s.deleted = true
			f.write(s, nil)
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

// TestSyncsWithSimulatedOrg runs the program's whole job against the server that ORGSIM_SERVER names.
func TestSyncsWithSimulatedOrg(t *testing.T) {
	server := os.Getenv("ORGSIM_SERVER")
	if server == "" {
		t.Skip("ORGSIM_SERVER is not set")
	}
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	python(t, "examples/data/make_people.py", "--people", in("people.jsonl"), "--companies-out",
		in("companies.jsonl"), "--org", in("org.json"), "--count", "60")
	org := exec.Command(server, "--port", "0", "--seed", in("org.json"), "--exit-with-parent")
	out, err := org.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := org.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		org.Process.Kill()
		org.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	python(t, "examples/demo_org.py", url, folder, "config", filepath.Join(root, "examples/configs/demo.json"))
	if err := run(context.Background(), in("config.json"), in("people.jsonl"), in("companies.jsonl"), "orgsim-secret"); err != nil {
		t.Fatal(err)
	}
	if err := run(context.Background(), in("config.json"), in("people.jsonl"), in("companies.jsonl"), "wrong"); err == nil {
		t.Error("connected with a wrong secret")
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
