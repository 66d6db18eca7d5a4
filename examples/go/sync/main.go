// Command sync keeps people in memory and a Salesforce org in line: it connects, imports, exports, and
// syncs until there is nothing to write. The org is the simulated one, whose consent it gives itself.
//
//	sync -config config.json -people people.jsonl -companies companies.jsonl
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"sort"
	"strings"
	"time"

	"crmsync"
)

const workspaceName = "acme"

func main() {
	config := flag.String("config", "config.json", "configuration")
	people := flag.String("people", "people.jsonl", "the host's people, one JSON object a line")
	companies := flag.String("companies", "companies.jsonl", "the host's companies, likewise")
	secret := flag.String("client-secret", "orgsim-secret", "secret of the connected app")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *config, *people, *companies, *secret); err != nil {
		fmt.Fprintln(os.Stderr, "sync:", err)
		var e *crmsync.Error
		if errors.As(err, &e) && e.RetryAfter > 0 {
			fmt.Fprintln(os.Stderr, "sync: try again in", e.RetryAfter)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, configFile, people, companies, secret string) error {
	text, err := os.ReadFile(configFile)
	if err != nil {
		return err
	}
	config, err := crmsync.ParseConfig(string(text))
	if err != nil {
		return err
	}
	records := &host{records: map[key]crmsync.Record{}}
	for kind, file := range map[string]string{"person": people, "company": companies} {
		if err := records.load(kind, file); err != nil {
			return err
		}
	}
	net := &network{rt: http.DefaultTransport}
	engine, err := crmsync.NewEngine(crmsync.EngineOptions{
		Environment: &crmsync.System{Key: []byte("32 bytes from your own key store")},
		State:       &memory{entries: map[place]crmsync.Entry{}},
		Records:     records,
		Transport:   net,
	})
	if err != nil {
		return err
	}
	defer engine.Close()
	acme, err := engine.Open(ctx, workspaceName, config)
	if err != nil {
		return err
	}
	if err := connect(ctx, acme, secret); err != nil {
		return err
	}
	if err := syncAll(ctx, acme); err != nil {
		return err
	}
	fmt.Println(net.count, "requests in all")
	return nil
}

func (h *host) load(kind, file string) error {
	lines, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	rows, err := crmsync.NewRows(kind, nil)
	if err != nil {
		return err
	}
	if err := rows.AppendJSONL(string(lines)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, record := range rows.Records() {
		h.write(key{workspaceName, kind, record["id"].Text}, record)
	}
	return nil
}

// connect goes where a user's browser would go. The simulated org takes orgsim_allow=1 for the
// button "Allow" and sends the browser back; a product gets that address from its web server.
func connect(ctx context.Context, w *crmsync.Workspace, secret string) error {
	if err := w.SetSecret(ctx, "client_secret", []byte(secret)); err != nil {
		return err
	}
	url, err := w.AuthorizeURL(ctx, "")
	if err != nil {
		return err
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := browser.Get(url + "&orgsim_allow=1")
	if err != nil {
		return err
	}
	page.Body.Close()
	back := page.Header.Get("Location")
	if back == "" {
		return fmt.Errorf("the org did not send the browser back: %s", page.Status)
	}
	if _, err := w.Run(ctx, crmsync.JobOptions{Phases: crmsync.PhaseConnect, RedirectURL: back}); err != nil {
		return err
	}
	connection, err := w.Connection(ctx)
	fmt.Println("connected to org", connection.OrgID)
	return err
}

func syncAll(ctx context.Context, w *crmsync.Workspace) error {
	steps := []struct {
		name   string
		phases crmsync.Phase
	}{
		{"import", crmsync.PhaseDescribe | crmsync.PhaseImport},
		{"export", crmsync.PhaseDescribe | crmsync.PhaseExport},
		{"sync", crmsync.PhaseSync}, // brings home what the export made new
		{"sync again", crmsync.PhaseSync},
	}
	for _, step := range steps {
		job, err := w.Run(ctx, crmsync.JobOptions{Phases: step.phases, Actor: "example"})
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		tell(step.name, job)
		if step.name == "sync again" && job.Count("writes.crm")+job.Count("writes.local") > 0 {
			return errors.New("a sync with no edits before it must write nothing")
		}
		time.Sleep(2100 * time.Millisecond) // Salesforce stamps changes by the second
	}
	return nil
}

func tell(name string, job *crmsync.Job) {
	fmt.Printf("%s: %d written there, %d here, by %d API calls\n", name,
		job.Count("writes.crm"), job.Count("writes.local"), job.Count("api.calls"))
	var keys []string
	counters := job.Counters()
	for key := range counters {
		if strings.Count(key, ".") == 2 && !strings.HasSuffix(key, ".input") {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	for _, key := range keys {
		fmt.Printf("  %-28s %6d\n", key, counters[key])
	}
}
