package crmsync

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// resident is the memory of the process in KiB, 0 where /proc is not there.
func resident() int {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmRSS:") {
			n, _ := strconv.Atoi(strings.Fields(line)[1])
			return n
		}
	}
	return 0
}

func TestEnginesAndBatchesGiveTheirMemoryBack(t *testing.T) {
	if resident() == 0 {
		t.Skip("no /proc")
	}
	cycle := func() {
		w := workspaceOf(t, &System{Key: key32()}, &store{}, nil)
		connecting(t, w)
		if err := w.engine.Close(); err != nil {
			t.Fatal(err)
		}
		rows, err := RowsOf("person", []Record{{"id": Text(strings.Repeat("x", 1<<18))}})
		if err != nil || rows.Len() != 1 {
			t.Fatal(err)
		}
	}
	for i := 0; i < 50; i++ {
		cycle()
	}
	runtime.GC()
	before := resident()
	for i := 0; i < 400; i++ {
		if cycle(); i%20 == 0 {
			runtime.GC()
		}
	}
	runtime.GC()
	if grown := resident() - before; grown > 50<<10 { // kept, the batches alone would be 100 MiB
		t.Errorf("the process grew by %d KiB", grown)
	}
}
