package crmsync

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkPlan100000People tells how much of planning a batch is the binding's: records into rows,
// and operations out of the plan.
func BenchmarkPlan100000People(b *testing.B) {
	config, err := ParseConfig(settings)
	if err != nil {
		b.Fatal(err)
	}
	n, err := NewNormalizer(nil)
	if err != nil {
		b.Fatal(err)
	}
	people := make([]Record, 100000)
	for i := range people {
		people[i] = Record{"id": Text(fmt.Sprint("p", i)), "first_name": Text("Jane"), "last_name": Text("Doe"),
			"email": Text(fmt.Sprintf("jane%d@acme%d.com", i, i/10)), "company": Text(fmt.Sprint("Acme ", i/10))}
	}
	var in, decided, out time.Duration
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		began := time.Now()
		rows, err := RowsOf("person", people)
		if err != nil {
			b.Fatal(err)
		}
		in += time.Since(began)
		began = time.Now()
		p, err := DecidePeople(&DecideInput{Config: config, Normalizer: n, People: rows})
		if err != nil {
			b.Fatal(err)
		}
		decided += time.Since(began)
		began = time.Now()
		for k := 0; k < p.Len(); k++ {
			p.Op(k)
		}
		out += time.Since(began)
	}
	b.ReportMetric(float64(in.Milliseconds())/float64(b.N), "ms-in")
	b.ReportMetric(float64(decided.Milliseconds())/float64(b.N), "ms-decide")
	b.ReportMetric(float64(out.Milliseconds())/float64(b.N), "ms-out")
}
