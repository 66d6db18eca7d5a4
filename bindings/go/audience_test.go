package crmsync

import (
	"context"
	"errors"
	"testing"
)

func TestAudienceThatIsNoneIsNotFound(t *testing.T) {
	w := workspaceOf(t, &System{Key: key32()}, &store{}, nil)
	ctx := context.Background()
	if _, err := w.Audience(ctx, "nobody"); !errors.Is(err, CodeNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := w.AudienceMembers(ctx, AudienceQuery{Name: "nobody"}); !errors.Is(err, CodeNotFound) {
		t.Errorf("%v", err)
	}
	if told, err := w.Audiences(ctx); err != nil || len(told) != 0 {
		t.Errorf("%v %v", told, err)
	}
	if err := w.ForgetAudience(ctx, "nobody"); err != nil {
		t.Errorf("%v", err)
	}
	if AudienceTruncated.String() != "truncated" {
		t.Errorf("%v", AudienceTruncated)
	}
}

func TestMatchAccountSaysThatNothingWasRead(t *testing.T) {
	w := workspaceOf(t, &System{Key: key32()}, &store{}, nil)
	keys, err := RowsOf("key", []Record{{"id": Text("v"), "domain": Text("acme.example")}})
	if err != nil {
		t.Fatal(err)
	}
	told, err := w.MatchAccount(context.Background(), keys)
	if err != nil || len(told) != 1 || told[0]["complete"] != Bool(false) {
		t.Errorf("%v %v", told, err)
	}
}

func TestSuppressionOfAWorkspaceChecksPeople(t *testing.T) {
	w := workspaceOf(t, &System{Key: key32()}, &store{}, nil)
	people, err := RowsOf("person", []Record{{"id": Text("p")}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := w.Suppression(context.Background(), people, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Check(SuppressionQuery{People: people}); !errors.Is(err, CodeInvalid) {
		t.Errorf("%v", err) // no time
	}
}

func TestLookupNeedsKeys(t *testing.T) {
	w := workspaceOf(t, &System{Key: key32()}, &store{}, nil)
	if _, err := w.NewJob(JobOptions{Phases: PhaseLookup}); !errors.Is(err, CodeInvalid) {
		t.Errorf("%v", err)
	}
}
