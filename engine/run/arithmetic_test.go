package run

import (
	"context"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// hasty says that it has kernels of Fast arithmetic. They halve every step, so that
// a run which used them can be told from one that did not.
type hasty struct {
	tensor.Device
	fast tensor.Device
}

func (h hasty) Fast() tensor.Device { return h.fast }

type halving struct{ tensor.Device }

func (halving) Name() string { return "halving" }

func (h halving) Adam(s tensor.AdamStep, n int, g, w, m, v tensor.Buffer) {
	s.Size /= 2
	h.Device.Adam(s, n, g, w, m, v)
}

func TestFastArithmeticTrainsOnTheFastDeviceWhereThereIsOne(t *testing.T) {
	plain := tensor.Generic(tensor.GenericOptions{})
	both := hasty{plain, halving{plain}}
	run := func(dev tensor.Device, arithmetic string) (hash, device, notice string) {
		s := little()
		s.Train.Epochs, s.Arithmetic = 1, arithmetic
		res, err := Run(context.Background(), s, Env{Open: open(lines{n: 60}), Device: dev}, func(e spec.Event) {
			switch e := e.(type) {
			case spec.Started:
				device = e.Device
			case spec.Notice:
				notice = e.Code
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return res.Model.SHA256(), device, notice
	}
	strict, _, _ := run(plain, "")
	for _, c := range []struct {
		name               string
		dev                tensor.Device
		arithmetic         string
		same               bool // the bits of strict
		wantDev, wantNotes string
	}{
		{"nothing said", both, "", true, "generic", ""},
		{"strict", both, spec.Strict, true, "generic", ""},
		{"fast", both, spec.Fast, false, "halving", ""},
		{"fast, by a device without", plain, spec.Fast, true, "generic", "no_fast"},
		{"fast, on a machine without", hasty{plain, nil}, spec.Fast, true, "generic", "no_fast"},
	} {
		hash, device, notice := run(c.dev, c.arithmetic)
		if (hash == strict) != c.same || device != c.wantDev || notice != c.wantNotes {
			t.Errorf("%s: by %s, notice %q, the bits of strict: %v", c.name, device, notice, hash == strict)
		}
	}
}
