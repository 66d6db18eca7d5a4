package crmsync

import (
	"context"
	"errors"
	"reflect"
	"testing"
)

func TestQualityCountsWhatStandsInTheWay(t *testing.T) {
	config, keys := parse(t, `{"version":1}`), normalizer(t, nil)
	people, err := RowsOf("person", []Record{
		{"id": Text("1"), "email": Text("ada@acme.com")},
		{"id": Text("2"), "email": Text(" Ada@ACME.com ")},
		{"id": Text("3"), "email": Null()}})
	if err != nil {
		t.Fatal(err)
	}
	told, err := Quality(config, keys, people)
	if err != nil {
		t.Fatal(err)
	}
	have := lines(told, []string{"check", "field", "count", "first"}, " ")
	want := []string{"email_missing email 1 3", "email_not_normal email 1 2", "email_duplicate email 1 2"}
	if !reflect.DeepEqual(have, want) {
		t.Errorf("%v", have)
	}
	if _, err := Quality(config, keys, nil); !errors.Is(err, CodeInvalid) {
		t.Errorf("%v", err)
	}
}

func TestDuplicatesOfAKindAreListed(t *testing.T) {
	w := workspaceOf(t, &System{Key: key32()}, &store{}, nil)
	told, err := w.Duplicates(context.Background(), "person", 0)
	if err != nil || len(told) != 0 {
		t.Errorf("%v %v", told, err)
	}
	if _, err := w.Duplicates(context.Background(), "", 0); !errors.Is(err, CodeInvalid) {
		t.Errorf("%v", err)
	}
}

func TestOwnerReportTellsWhoHasNoMember(t *testing.T) {
	config, keys := parse(t, `{"version":1}`), normalizer(t, nil)
	users, err := RowsOf("User", []Record{
		{"Id": Text("005000000000001AAA"), "Name": Text("Ann"), "Email": Text("ann@acme.com"), "IsActive": Bool(true)}})
	if err != nil {
		t.Fatal(err)
	}
	told, err := OwnerReport(config, keys, users, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	have := lines(told, []string{"finding", "owner", "records"}, " ")
	if !reflect.DeepEqual(have, []string{"unmapped 005000000000001AAA 0"}) {
		t.Errorf("%v", have)
	}
	if _, err := OwnerReport(config, keys, nil, nil, nil); !errors.Is(err, CodeInvalid) {
		t.Errorf("%v", err)
	}
}
