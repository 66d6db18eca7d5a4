package conformance

import (
	"net/http"
	"strings"
	"testing"

	"crmsync"
)

func TestHTTPTransportKeepsTheContract(t *testing.T) {
	cases, err := Transport(crmsync.HTTPTransport(&http.Transport{}))
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, c := range cases {
		switch {
		case c.Verdict == Passed:
			passed++
		case c.Verdict == Failed || !strings.Contains(c.Message, "blocking"):
			t.Errorf("%s: %s", c.Name, c.Message)
		}
	}
	if passed < 20 {
		t.Errorf("only %d cases passed", passed)
	}
}

func TestKitFailsTransportThatFollowsRedirects(t *testing.T) {
	cases, err := Transport(crmsync.HTTPTransport(following{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Verdict == Failed && strings.Contains(c.Name, "redirect") {
			return
		}
	}
	t.Error("no case failed")
}

type following struct{}

func (following) RoundTrip(r *http.Request) (*http.Response, error) { return http.DefaultClient.Do(r) }
