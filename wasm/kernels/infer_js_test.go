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

// The recurrent matrix alone, one row and 32, by what its weights are.
func BenchmarkMatrix(b *testing.B) {
	d := devices(b)[0]
	for _, s := range [][2]int{{256, 64}, {512, 128}} {
		N, K := s[0], s[1]
		for _, m := range []int{1, 32} {
			x, y := make([]float32, m*K), make([]float32, m*N)
			q, by := make([]int8, m*K), make([]tensor.Int8Row, m)
			for i := range x {
				x[i] = float32(i%19-9) / 10
			}
			run := func(kind string, f func()) {
				b.Run(fmt.Sprintf("%dx%d/%s/%d", N, K, kind, m), func(b *testing.B) {
					for b.Loop() {
						for range 100 { // a call from Go, an answer's steps
							f()
						}
					}
					b.ReportMetric(float64(100*m*N*K)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GMAC/s")
				})
			}
			coder := d.(tensor.Coder)
			w := &tensor.Coded{N: N, K: K, Form: tensor.FormTable, Codes: make([]byte, N*K), Table: []float32{-0.1, 0.1, 0.2}}
			bits := &tensor.Coded{N: N, K: K, Form: tensor.FormHalf, Bits: make([]uint16, N*K)}
			plain := &tensor.Coded{N: N, K: K, Floats: make([]float32, N*K)}
			for i := range w.Codes {
				w.Codes[i] = byte(i % 3)
				bits.Bits[i] = uint16(0x2c00 + i%999)
			}
			coder.PrepareCoded(w)
			coder.PrepareCoded(bits)
			coder.PrepareCoded(plain)
			run("f32", func() { coder.AddCoded(m, x, plain, y) })
			run("table", func() { coder.AddCoded(m, x, w, y) })
			run("f16", func() { coder.AddCoded(m, x, bits, y) })
			ints := d.(tensor.Int8)
			ints.RoundInt8(K, x, q, by)
			for _, kind := range []string{"int8", "binary", "ternary"} {
				c := &tensor.Int8Matrix{N: N, K: K, Codes: make([]int8, N*K), Zero: make([]int8, N), Scale: make([]float32, N), Sum: make([]int32, N)}
				for i := range c.Codes {
					switch kind {
					case "int8":
						c.Codes[i] = int8(i * 31)
					case "binary":
						c.Codes[i] = int8(i*7%5%2*2 - 1)
					default:
						c.Codes[i] = int8(i%3 - 1)
					}
				}
				run(kind, func() { ints.AddInt8(m, q, by, c, y) })
			}
			run("rounding", func() { ints.RoundInt8(K, x, q, by) })
		}
	}
}
