package run

import (
	"context"
	"os"
	"runtime"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
)

// One process that trains and compresses again and again, as a server does: what it
// takes must not grow. It says how much that is; CLOVE_SLOW=1 go test -v -run Soak.
func TestSoakTakesNoMoreMemoryAfterThirtyRunsThanAfterFive(t *testing.T) {
	if os.Getenv("CLOVE_SLOW") == "" {
		t.Skip("takes minutes; set CLOVE_SLOW=1")
	}
	s, _ := spec.Preset("reviews")
	s.Train.Epochs, s.Compress = 1, "prune=0.8,finetune=1,quantize=int8"
	var early uint64
	for i := 1; i <= 30; i++ {
		s.Seed = uint64(i)
		if _, err := Run(context.Background(), s, Env{Open: Sources{}.Open, Threads: runtime.NumCPU()}, func(spec.Event) {}); err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if i == 1 || i%5 == 0 {
			t.Logf("after run %d: %d MB of the system, %d MB held, %d goroutines", i, m.Sys>>20, m.HeapAlloc>>20, runtime.NumGoroutine())
		}
		if i == 5 {
			early = m.Sys
		}
		if i == 30 && m.Sys > early+early/4 {
			t.Errorf("%d MB after 5 runs, %d MB after 30", early>>20, m.Sys>>20)
		}
	}
}
