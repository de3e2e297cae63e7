package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// measuring waits for the end of a measurement.
func measuring(x *tab) (last protocol.Measuring) {
	x.t.Helper()
	x.until("the end of the measurement", func(p posted) bool {
		last = protocol.Measuring{}
		return p.Kind == protocol.KindMeasuring && json.Unmarshal(p.Body, &last) == nil && (last.Bench != nil || last.Problem != nil)
	})
	return last
}

func TestWhatAMachineWasMeasuredToDoIsThereAfterAReload(t *testing.T) {
	b := newBrowserless()
	x := opened(t, b)
	x.hurry = time.Unix(1_700_000_000, 0)
	if w := ask[protocol.Welcome](x, protocol.KindHello, nil); w.Bench != nil {
		t.Errorf("before it was measured: %+v", w.Bench)
	}
	ask[protocol.Run](x, protocol.KindBench, protocol.Bench{})
	found := measuring(x)
	if found.Problem != nil || len(found.Bench.Workloads) < 2 || found.Bench.Ceiling.ReadGBS <= 0 {
		t.Fatalf("measured %+v", found)
	}
	x.kill()
	y := opened(t, b)
	w := ask[protocol.Welcome](y, protocol.KindHello, nil)
	if w.Bench == nil || w.Bench.When != found.Bench.When || w.Bench.Workloads[0] != found.Bench.Workloads[0] {
		t.Errorf("after a reload there is %+v", w.Bench)
	}
}

func TestMeasuringWaitsForNobodyAndGivesWayToATraining(t *testing.T) {
	x := opened(t, newBrowserless())
	id, release := x.begun(small())
	if code := x.refused(protocol.KindBench, protocol.Bench{}, nil); code != "busy" {
		t.Errorf("while a run is in progress: %s", code)
	}
	release()
	event[spec.Done](x, id)

	ask[protocol.Run](x, protocol.KindBench, protocol.Bench{})
	if code := x.refused(protocol.KindBench, protocol.Bench{}, nil); code != "busy" {
		t.Errorf("a second measurement: %s", code)
	}
	trained(x)
	if m := measuring(x); m.Problem == nil || m.Problem.Code != "cancelled" {
		t.Errorf("the measurement ended with %+v", m)
	}
}

func TestMeasuringIsCancelled(t *testing.T) {
	b := newBrowserless()
	x, y := opened(t, b), opened(t, b)
	name := ask[protocol.Run](x, protocol.KindBench, protocol.Bench{}).Run
	if code := y.refused(protocol.KindBench, protocol.Bench{}, nil); code != "owned" {
		t.Errorf("in another tab: %s", code)
	}
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: name, Do: "cancel"})
	if m := measuring(x); m.Problem == nil || m.Problem.Code != "cancelled" {
		t.Errorf("it ended with %+v", m)
	}
	ask[protocol.Run](y, protocol.KindBench, protocol.Bench{})
	ask[struct{}](y, protocol.KindControl, protocol.Control{Run: name, Do: "cancel"})
	measuring(y)
}
