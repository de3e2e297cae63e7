package train

import (
	"strings"
	"sync/atomic"
	"testing"
)

func TestAPanicOfAnyGoroutineIsTheCallers(t *testing.T) {
	for _, threads := range []int{1, 2, 4} {
		c := crew{threads: threads}
		for bad := range 8 {
			var at atomic.Int32
			said := func() (p any) {
				defer func() { p = recover() }()
				c.share(8, func(_, job int) {
					at.Add(1)
					defer at.Add(-1)
					if job == bad {
						panic("ouch")
					}
				})
				return nil
			}()
			text := said
			if p, ok := said.(*Panic); ok {
				if text = p.String(); !strings.Contains(string(p.Stack), "crew_test.go") {
					t.Errorf("%d threads: the stack is not the job's:\n%s", threads, p.Stack)
				}
			}
			if text != "ouch" {
				t.Errorf("%d threads, job %d: it panicked with %v", threads, bad, said)
			}
			if n := at.Load(); n != 0 {
				t.Errorf("%d threads, job %d: %d jobs are still at work", threads, bad, n)
			}
		}
		var done atomic.Int32
		c.share(8, func(_, _ int) { done.Add(1) })
		if n := done.Load(); n != 8 {
			t.Errorf("%d threads: after a panic %d of 8 jobs were done", threads, n)
		}
	}
}

func TestSharingTakesNoMemoryButAGoroutineEach(t *testing.T) {
	for _, threads := range []int{1, 4} {
		c := crew{threads: threads}
		f := func(_, _ int) {}
		if n := testing.AllocsPerRun(100, func() { c.share(4, f) }); n > float64(threads-1) {
			t.Errorf("%d threads: %g allocations", threads, n)
		}
	}
}
