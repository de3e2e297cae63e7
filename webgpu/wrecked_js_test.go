package webgpu

import (
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// lost is what f panics with.
func lost(t *testing.T, f func()) (l *tensor.Lost) {
	t.Helper()
	defer func() {
		t.Helper()
		p := recover()
		var ok bool
		if l, ok = tensor.AsLost(p); !ok {
			t.Fatalf("a panic with %v, want a *tensor.Lost", p)
		}
	}()
	f()
	return nil
}

func TestADeviceWithoutRoomIsLostAndItsCardIsNot(t *testing.T) {
	d, other := open(t), open(t)
	for range 2 { // it stays lost
		if l := lost(t, func() { d.Alloc(d.card.largest + 1) }); l.Code != tensor.LostMemory {
			t.Errorf("it says %v", l)
		}
	}
	x := other.Alloc(1)
	other.Upload(x, []float32{3})
	if got := tensor.Values(other, x, 1); got[0] != 3 {
		t.Errorf("another device of the card holds %g, not 3", got[0])
	}
}

// It ends the card of all tests: its file's name keeps it the last.
func TestACardThatIsTakenAwayIsAnErrorOfTheStep(t *testing.T) {
	d := open(t)
	enc, s := names(t)
	tr, err := train.New(d, enc, s, train.Options{Card: Name})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	d.card.gpu.Call("destroy")
	l := lost(t, func() {
		for range 100 {
			if _, err := tr.Step(); err != nil {
				t.Fatal(err)
			}
		}
	})
	if l.Code != tensor.LostDevice || l.Device != Name || d.Lost() != l {
		t.Errorf("it says %v", l)
	}
	if l := lost(t, func() { tr.Model() }); l.Code != tensor.LostDevice {
		t.Errorf("then it says %v", l)
	}
}
