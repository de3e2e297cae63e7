package compress

import (
	_ "embed"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/nn"
)

// qat.json was made by testdata/qat.py with PyTorch 1.13.0.
//
//go:embed testdata/qat.json
var qatGolden []byte

func TestFakeQuantisedWeightsAndTheirGradientAreThoseOfPyTorch(t *testing.T) {
	var cases []struct {
		Bits, Group, Rows, Cols int
		Symmetric               bool
		K, Codes                []int
		Pass                    []float32
	}
	if err := json.Unmarshal(qatGolden, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		fine := make([]float32, len(c.K))
		for i, k := range c.K {
			fine[i] = float32(float64(k) / 1e7)
		}
		f := &fake{how: model.Rounding{Bits: c.Bits, Symmetric: c.Symmetric, Per: model.Per(c.Group)}}
		w, pass := make([]float32, len(fine)), make([]float32, len(fine))
		f.Round(every(c.Rows), c.Cols, fine, w, pass)
		for i := range fine {
			at := f.how.Per.Index(i/c.Cols, i%c.Cols, c.Rows, c.Cols)
			if x := math.Abs(float64(fine[i]) / float64(f.scale[at])); math.Abs(x-math.Floor(x)-0.5) < 1e-4 {
				continue // a tie, as the ends of a symmetric range are: PyTorch multiplies by 1/scale
			}
			if want := f.scale[at] * float32(c.Codes[i]-int(f.zeroOf(at))); w[i] != want {
				t.Errorf("%d bits, symmetric %t, group %d: %g becomes %g, PyTorch's %g", c.Bits, c.Symmetric, c.Group, fine[i], w[i], want)
			}
			if pass[i] != c.Pass[i] {
				t.Errorf("%d bits, symmetric %t, group %d: of %g, %g goes through, PyTorch's %g", c.Bits, c.Symmetric, c.Group, fine[i], pass[i], c.Pass[i])
			}
		}
	}
}

func TestWhatTrainsIsWhatIsStored(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const rows, cols = 8, 70
	fine := make([]float32, rows*cols)
	for i := range fine {
		fine[i] = float32(r.NormFloat64()) * 0.3
	}
	for _, per := range []model.Per{model.PerTensor, model.PerGate, model.PerRow, 32, 64} {
		for _, symmetric := range []bool{false, true} {
			for _, bits := range []int{4, 8} {
				for _, learned := range []bool{false, true} {
					f := &fake{how: model.Rounding{Bits: bits, Per: per, Symmetric: symmetric}, learned: learned}
					w, pass := make([]float32, len(fine)), make([]float32, len(fine))
					f.Round(every(rows), cols, fine, w, pass)
					dw := make([]float32, 3*cols)
					for i := range dw {
						dw[i] = float32(r.NormFloat64())
					}
					f.Learn([]int32{1, 4, 5}, cols, fine, dw, 0.01)
					f.Round(every(rows), cols, fine, w, pass)
					stored := make([]float32, len(fine))
					f.store(fine, rows, cols).Floats(stored)
					if !slices.Equal(w, stored) {
						t.Errorf("%+v, learned %t: what is stored is not what was read in training", f.how, learned)
					}
				}
			}
		}
	}
}

func TestRoundingSomeRowsIsRoundingAll(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const rows, cols = 12, 40
	for name, fresh := range map[string]func() nn.Rounding{
		"fake by row":   func() nn.Rounding { return &fake{how: model.Rounding{Bits: 4}} },
		"fake by group": func() nn.Rounding { return &fake{how: model.Rounding{Bits: 4, Per: 32}} },
		"signs":         func() nn.Rounding { return &signs{how: "mean", dead: 0.7, stored: model.TernaryOf} },
	} {
		a, b := fresh(), fresh()
		fine := make([]float32, rows*cols)
		wa, wb, pa, pb := slices.Clone(fine), slices.Clone(fine), slices.Clone(fine), slices.Clone(fine)
		for round := range 5 {
			some := every(rows)
			if round > 0 {
				some = []int32{0, 3, int32(4 + round)}
			}
			for _, row := range some {
				for c := range cols {
					fine[int(row)*cols+c] = float32(r.NormFloat64())
				}
			}
			a.Round(every(rows), cols, fine, wa, pa)
			b.Round(some, cols, fine, wb, pb)
			if !slices.Equal(wa, wb) || !slices.Equal(pa, pb) {
				t.Errorf("%s: round %d differs", name, round)
			}
		}
	}
}
