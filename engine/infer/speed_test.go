package infer

import (
	"testing"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

func TestATableOrMoreThreadsGiveTheSameBits(t *testing.T) {
	all := texts(13, 21, 40)
	for _, name := range tensor.Devices() {
		dev, err := tensor.Named(name, tensor.GenericOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for kind, m := range variants(trained(t, 40, 10, 7, 3)) {
			plain, err := New(m, dev)
			if err != nil {
				t.Fatal(err)
			}
			want := logits(t, plain, all)
			for _, threads := range []int{0, 2, 3, 40} {
				for _, tabulated := range []bool{false, true} {
					p, _ := New(m, dev)
					p.Threads = threads
					bytes := 0
					if tabulated {
						bytes = p.Tabulate()
					}
					if got := logits(t, p, all); !same(got, want) {
						t.Errorf("%s on %s, %d threads, a table of %d bytes: %v, want %v", kind, name, threads, bytes, got, want)
					}
					if bytes != 0 && bytes != 4*40*4*7 {
						t.Errorf("%s on %s: a table of %d bytes", kind, name, bytes)
					}
				}
			}
			tr, err := plain.Trace(all[0])
			if err != nil {
				t.Fatal(err)
			}
			plain.Tabulate()
			again, err := plain.Trace(all[0])
			if err != nil || !same(again.Logits[len(all[0])-1], tr.Logits[len(all[0])-1]) {
				t.Errorf("%s on %s: a trace by the table is another: %v", kind, name, err)
			}
		}
	}
}

// What few kept weights are run by is not what many are, nor what one text is what many are.
func TestVerySparseMatricesAnswerAsDenseOnes(t *testing.T) {
	m := trained(t, 40, 24, 20, 2)
	for _, one := range []int{5, 9, 23, 101} {
		few := m.With(func(p model.Param) model.Encoding {
			if len(p.Shape) < 2 {
				return p.Enc
			}
			v := p.Values()
			for i := range v {
				if i%one != 0 {
					v[i] = 0
				}
			}
			return model.F32(v)
		})
		for _, n := range []int{1, 3, 20} {
			all := texts(n, 15, 40)
			for _, dense := range []*model.Model{few, quantized(few)} {
				want := logits(t, predictor(t, dense), all)
				for _, name := range tensor.Devices() {
					dev, err := tensor.Named(name, tensor.GenericOptions{})
					if err != nil {
						t.Fatal(err)
					}
					for _, tabulated := range []bool{false, true} {
						p, err := New(sparsely(dense), dev)
						if err != nil {
							t.Fatal(err)
						}
						if tabulated {
							p.Tabulate()
						}
						if got := logits(t, p, all); !same(got, want) {
							t.Errorf("%s, one of %d kept, tabulated %v: sparse %v, dense %v", name, one, tabulated, got, want)
						}
					}
				}
			}
		}
	}
}

func TestAnAnswerAllocatesNothing(t *testing.T) {
	all := texts(9, 15, 40)
	for kind, m := range variants(trained(t, 40, 24, 18, 3)) {
		for _, tabulated := range []bool{false, true} {
			p, err := New(m, tensor.Best(tensor.GenericOptions{}))
			if err != nil {
				t.Fatal(err)
			}
			if tabulated {
				p.Tabulate()
			}
			var dst []float32
			ask := func() {
				var err error
				if dst, err = p.AppendLogits(dst[:0], all); err != nil {
					t.Fatal(err)
				}
			}
			ask()
			if n := testing.AllocsPerRun(10, ask); n != 0 {
				t.Errorf("%s, tabulated %v: %g allocations", kind, tabulated, n)
			}
		}
	}
}
