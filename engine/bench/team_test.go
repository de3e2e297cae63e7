package bench

import (
	"context"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// near is a wire to helpers in this very program, which answer at once.
type near struct {
	t       *testing.T
	helpers map[int]*train.Helper
	said    []saying
	parcels map[int][]byte
}

type saying struct {
	by   int
	word []byte
}

func (n *near) Start(k int) {
	n.helpers[k] = train.NewHelper(idle{tensor.Generic(tensor.GenericOptions{})}, n)
	n.said = append(n.said, saying{by: k})
}
func (n *near) Stop(k int)    { delete(n.helpers, k) }
func (n *near) Open(_, _ int) { n.parcels = map[int][]byte{} }
func (n *near) Put(slot int, parcel []byte) {
	n.parcels[slot] = append([]byte(nil), parcel...)
}
func (n *near) Take(slot, size int, dst []byte) []byte {
	return append(dst[:0], n.parcels[slot][:size]...)
}

func (n *near) Post(k int, word []byte, _ []int) {
	reply, _, err := n.helpers[k].Answer(word)
	if err != nil {
		n.t.Error(err)
	}
	if len(reply) > 0 {
		n.said = append(n.said, saying{k, append([]byte(nil), reply...)})
	}
}

func (n *near) Hear(time.Duration) (k int, word []byte, lost bool) {
	if len(n.said) == 0 {
		return 0, nil, false
	}
	s := n.said[0]
	n.said = n.said[1:]
	return s.by, s.word, false
}

func TestATeamOfHelpersIsMeasuredBesideWorkAlone(t *testing.T) {
	wire := &near{t: t, helpers: map[int]*train.Helper{}}
	o := options()
	o.Threads = 1
	o.Team = train.NewTeam(wire, 2, true, o.Now)
	defer o.Team.Close()
	b, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	var both []spec.Workload
	for _, w := range b.Workloads {
		if w.Threads == 2 {
			both = append(both, w)
		}
	}
	if len(both) != 2 || both[0].Size != "small" || both[1].Size != "medium" {
		t.Fatalf("with two workers: %+v", both)
	}
	for _, w := range both {
		if w.Arithmetic != spec.Strict || w.TrainSeqS <= 0 || w.StepMS <= 0 || w.InferSeqS <= 0 {
			t.Errorf("with two workers: %+v", w)
		}
	}
}
