package main

import (
	"encoding/json"
	"testing"

	"github.com/clove-ml/clove/wasm/protocol"
)

// estimated waits for the n-th estimate.
func (x *tab) estimated(n int) (e protocol.Estimated) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for {
		seen := 0
		for _, p := range x.posted {
			if p.Kind == protocol.KindEstimated {
				if seen++; seen == n {
					if err := json.Unmarshal(p.Body, &e); err != nil {
						x.t.Error(err)
					}
					return e
				}
			}
		}
		x.arrived.Wait()
	}
}

func TestHowLongARunTakesIsKnownAtOnceTheNextTime(t *testing.T) {
	b := newBrowserless()
	x := opened(t, b)
	x.taken, x.most = 10<<20, 1<<30
	ask[protocol.Described](x, protocol.KindDescribe, protocol.Describe{Spec: small()})
	if e := x.estimated(1); e.Seconds != 0 || e.Bytes < x.taken || !e.Fits() || e.Spec != small().ID() {
		t.Errorf("before the probe: %+v", e)
	}
	if e := x.estimated(2); !(e.Seconds > 0) {
		t.Errorf("after the probe: %+v", e)
	}
	long := small()
	long.Train.Epochs *= 10
	ask[protocol.Described](x, protocol.KindDescribe, protocol.Describe{Spec: long})
	if a, b := x.estimated(2), x.estimated(3); !(b.Seconds > a.Seconds) { // part of both is a constant
		t.Errorf("%g s for 3 epochs, %g s for 30", a.Seconds, b.Seconds)
	}
	y := opened(t, b)
	ask[protocol.Described](y, protocol.KindDescribe, protocol.Describe{Spec: small()})
	if a, b := x.estimated(2), y.estimated(1); a.Seconds != b.Seconds {
		t.Errorf("another tab knows %g s, not %g", b.Seconds, a.Seconds)
	}
}

func TestWhatDoesNotFitIsNotProbed(t *testing.T) {
	x := opened(t, newBrowserless())
	x.taken, x.most = 10<<20, 5<<20
	ask[protocol.Described](x, protocol.KindDescribe, protocol.Describe{Spec: small()})
	if e := x.estimated(1); e.Fits() || e.Seconds != 0 {
		t.Errorf("%+v", e)
	}
}

func TestACompressionThatEndedWithItsTabIsToldOnce(t *testing.T) {
	b := newBrowserless()
	x := opened(t, b)
	id, _ := trained(x)
	q := protocol.Compress{Run: id, Pipeline: "quantize=int8"}
	x.w.remember(compressingFact, q) // and the tab is gone
	x.kill()
	y := opened(t, b)
	if got := ask[protocol.Welcome](y, protocol.KindHello, nil).CutOff; got == nil || *got != q {
		t.Fatalf("told of %+v", got)
	}
	if got := ask[protocol.Welcome](y, protocol.KindHello, nil).CutOff; got != nil {
		t.Errorf("told again of %+v", got)
	}
	ask[protocol.Run](y, protocol.KindCompress, q)
	y.smaller(id)
	if got := ask[protocol.Welcome](opened(t, b), protocol.KindHello, nil).CutOff; got != nil {
		t.Errorf("one that ended is told of: %+v", got)
	}
}
