package train

import (
	"errors"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

func paper() *devicetest.Paper {
	return &devicetest.Paper{Device: tensor.Best(tensor.GenericOptions{})}
}

var paces = []Ahead{{}, {Every: 1, Rounds: 1}, {Every: 1, Rounds: 2}, {Every: 3, Rounds: 2}, {Every: 50, Rounds: 1}}

// On a card gradients are added in another order, so its bits are others, but nothing else is.
func TestOnACardEachStepFindsWhatItFindsOnAHost(t *testing.T) {
	enc, s := made(41, 13), little()
	for i, pace := range paces {
		if s.Model.Kind = nn.Recurrent; i == 1 {
			s.Model.Kind = nn.Pooled
		}
		host, dev := trainer(t, enc, s, 1), paper()
		card, err := New(dev, enc, s, Options{Ahead: pace})
		if err != nil {
			t.Fatal(err)
		}
		var want, got Stepped
		for !host.Finished() {
			for _, tr := range []*Trainer{host, card} {
				switch look, end := tr.Due(); {
				case look:
					_, err = tr.Look(t.Context(), nil)
				case end:
					_, err = tr.EndEpoch(t.Context(), nil)
				default:
					var found Stepped
					dev.Most = dev.Waiting
					found, err = tr.Step()
					if tr == host {
						want = want.And(found)
					} else {
						got = got.And(found)
						if most := len(card.ahead.rounds); dev.Most > most {
							t.Fatalf("%+v: %d reads were under way at once", pace, dev.Most)
						}
					}
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			look, end := host.Due()
			if l, e := card.Due(); l != look || e != end || card.Taken() != host.Taken() || card.Finished() != host.Finished() {
				t.Fatalf("%+v: after %d steps another thing is due than on a host", pace, host.Taken())
			}
			if look || end { // all is known by then
				if got.Step != want.Step || got.Epoch != want.Epoch || got.Texts != want.Texts || got.Rate != want.Rate ||
					math.Abs(got.Loss-want.Loss) > 1e-3*want.Loss || math.Abs(got.GradNorm-want.GradNorm) > 1e-3*want.GradNorm {
					t.Fatalf("%+v: %+v on the card, %+v on the host", pace, got, want)
				}
				got, want = Stepped{}, Stepped{}
			}
		}
		if a, b := card.state.Best.Measure, host.state.Best.Measure; math.Abs(a.Loss-b.Loss) > 1e-3 || card.state.Best.Epoch != host.state.Best.Epoch {
			t.Errorf("%+v: the best was %+v on the card, %+v on the host", pace, card.state.Best, host.state.Best)
		}
		if dev.Waiting != 0 {
			t.Errorf("%+v: %d reads are under way at the end", pace, dev.Waiting)
		}
	}
}

func TestAStepOnACardIsOneSubmit(t *testing.T) {
	enc, dev := made(600, 0), paper() // no look falls due
	card, err := New(dev, enc, little(), Options{Ahead: Ahead{Every: 2, Rounds: 2}})
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 20; i++ {
		if _, err := card.Step(); err != nil {
			t.Fatal(err)
		}
		if dev.Submits != i {
			t.Fatalf("%d submits in %d steps", dev.Submits, i)
		}
	}
}

func TestACheckpointOfACardGoesOnThere(t *testing.T) {
	enc, s := made(41, 13), little()
	begin := func() *Trainer {
		card, err := New(paper(), enc, s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return card
	}
	var want, got figures
	whole := begin()
	finish(t, whole, &want)

	first := begin()
	for first.Taken() < 5 {
		advance(t, first, &got)
	}
	b, err := first.Checkpoint()
	if err != nil {
		t.Fatal(err)
	}
	second := begin()
	for range 3 { // which are dropped
		if _, err := second.Step(); err != nil {
			t.Fatal(err)
		}
	}
	if err := second.Restore(b); err != nil {
		t.Fatal(err)
	}
	finish(t, second, &got)
	if got.sha != want.sha {
		t.Errorf("weights %s, want %s", got.sha, want.sha)
	}
	for i, e := range want.ends {
		e.Seconds = got.ends[i].Seconds
		if e != got.ends[i] {
			t.Errorf("epoch %d ended with %+v, want %+v", i, got.ends[i], e)
		}
	}
}

func TestOnACardWhatIsNotFiniteNamesItsStep(t *testing.T) {
	enc, s := made(600, 0), little()
	for _, pace := range paces {
		card, err := New(paper(), enc, s, Options{Ahead: pace})
		if err != nil {
			t.Fatal(err)
		}
		const good = 4
		for range good {
			if _, err := card.Step(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := card.Settle(); err != nil {
			t.Fatal(err)
		}
		before := card.copies()
		bad := card.net.Param("linear.bias").W
		card.dev.Upload(bad, []float32{float32(math.NaN())})
		var n *NotFinite
		for i := 0; i < 100 && err == nil; i++ {
			_, err = card.Step()
		}
		if err == nil {
			_, err = card.Settle()
		}
		if !errors.As(err, &n) || n.Step != good+1 {
			t.Fatalf("%+v: %v, want one that names step %d", pace, err, good+1)
		}
		for i, p := range card.net.Params() {
			if p.W == bad {
				continue
			}
			for j, x := range card.copies()[i] {
				if x != before[i][j] {
					t.Fatalf("%+v: %s changed at or after the bad step", pace, p.Name)
				}
			}
		}
	}
}
