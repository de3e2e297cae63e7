package kernels

import (
	"fmt"
	"testing"

	"github.com/clove-ml/clove/engine/compress"
	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/train"
)

// A model of workload W as it is stored after each of these: as trained, rounded to
// int8, four of five weights pruned, and both.
func stored(b *testing.B, E, H int) (kinds []string, models []*model.Model) {
	e := texts(10000, 32, 128, 2, true)
	tr, err := train.New(tensor.Generic(tensor.GenericOptions{}), e, settings(e, E, H), train.Options{})
	if err != nil {
		b.Fatal(err)
	}
	whole := tr.Model()
	pruned := whole.With(func(p model.Param) model.Encoding {
		v := p.Values()
		if len(p.Shape) == 2 {
			for i, keep := range compress.Smallest([][]float32{v}, 0.8)[0] {
				if !keep {
					v[i] = 0
				}
			}
		}
		return model.F32(v)
	})
	round := func(m *model.Model) *model.Model {
		return m.With(func(p model.Param) model.Encoding {
			if len(p.Shape) < 2 {
				return p.Enc
			}
			return model.Quantize(p.Values(), p.Shape[0], p.Shape[1])
		})
	}
	smaller := func(m *model.Model) *model.Model {
		return m.With(func(p model.Param) model.Encoding {
			if len(p.Shape) < 2 {
				return p.Enc
			}
			return model.Smaller(p.Enc, p.Shape[0], p.Shape[1])
		})
	}
	as := func(encode func(w []float32, rows, cols int) model.Encoding) *model.Model {
		return whole.With(func(p model.Param) model.Encoding {
			if len(p.Shape) < 2 {
				return p.Enc
			}
			return encode(p.Values(), p.Shape[0], p.Shape[1])
		})
	}
	binary := as(func(w []float32, rows, cols int) model.Encoding { return model.Binarize(w, rows, cols, true) })
	ternary := as(func(w []float32, rows, cols int) model.Encoding { return model.Ternarize(w, rows, cols) })
	int4 := as(func(w []float32, rows, cols int) model.Encoding { return model.Rounding{Bits: 4}.Round(w, rows, cols) })
	groups := as(func(w []float32, rows, cols int) model.Encoding {
		return model.Rounding{Bits: 4, Per: 32}.Round(w, rows, cols)
	})
	half := as(func(w []float32, rows, cols int) model.Encoding { return model.ToHalf(w, rows, cols, false) })
	return []string{"f32", "int8", "pruned", "pruned int8", "int4", "int4 group32", "binary", "ternary", "f16"},
		[]*model.Model{whole, round(whole), smaller(pruned), smaller(round(pruned)), int4, groups, binary, ternary, half}
}

// Workload W: 128 tokens, one text and a batch of 32.
func BenchmarkInference(b *testing.B) {
	for _, c := range []struct {
		name string
		E, H int
	}{{"small", 64, 64}, {"medium", 100, 128}} {
		kinds, models := stored(b, c.E, c.H)
		part := texts(10000, 32, 128, 2, true).Train
		for i, m := range models {
			for _, d := range devices(b) {
				p, err := infer.New(m, d)
				if err != nil {
					b.Fatal(err)
				}
				for _, n := range []int{1, 32} {
					batch := make([][]int32, n)
					for i := range batch {
						batch[i] = part.Text(i)
					}
					b.Run(fmt.Sprintf("%s/%s/%s/%d", c.name, kinds[i], d.Name(), n), func(b *testing.B) {
						for b.Loop() {
							if _, err := p.Logits(batch); err != nil {
								b.Fatal(err)
							}
						}
						b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "texts/s")
					})
				}
			}
		}
	}
}
