package nn_test

import (
	"testing"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
)

func TestGradientsFromAParcelAreThoseThatWerePacked(t *testing.T) {
	run := newTraining(tinyConfig, 7, 8, false)
	grads := func(parts []*nn.Partial) (all []float32) {
		run.net.Reduce(parts)
		for _, g := range run.net.Grads() {
			all = append(all, dense(g, tinyConfig.Vocabulary)...)
		}
		return all
	}
	step(run.net, run.on, run.batch, true)
	want := append([]float32(nil), grads(run.on.parts)...)

	other := nn.Blank(tensor.Best(tensor.GenericOptions{}), tinyConfig)
	var there []*nn.Partial
	for _, p := range run.on.parts {
		b := p.Pack(nil)
		if len(b) > p.ParcelSize() {
			t.Errorf("a parcel of %d bytes, at most %d were told", len(b), p.ParcelSize())
		}
		q := other.NewPartial(2 * 8)
		if err := q.Unpack(b); err != nil {
			t.Fatal(err)
		}
		there = append(there, q)
	}
	sameBits(t, "gradients", grads(there), want)
}

func TestAParcelOfAnotherNetIsRefused(t *testing.T) {
	net := nn.Blank(tensor.Best(tensor.GenericOptions{}), tinyConfig)
	p := net.NewPartial(16)
	good := p.Pack(nil)
	for _, b := range [][]byte{nil, {1}, good[:len(good)-4], append(good[:len(good):len(good)], 0, 0, 0, 0), append([]byte{255, 255, 255, 255}, good[4:]...)} {
		if p.Unpack(b) == nil {
			t.Errorf("%d bytes were taken", len(b))
		}
	}
}
