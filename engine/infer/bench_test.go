package infer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/tensor"
)

// One text and a batch of 32, 128 tokens each, of workload W: vocabulary 10,000, 64/64 and
// 100/128; four in five weights of the sparse kinds are 0. A table's bytes stand beside it.
func BenchmarkLogits(b *testing.B) {
	for _, size := range []struct {
		name string
		e, h int
	}{{"small", 64, 64}, {"medium", 100, 128}} {
		m := trained(b, 10000, size.e, size.h, 2)
		few := m.With(func(p model.Param) model.Encoding {
			v := p.Values()
			for i := range v {
				if len(p.Shape) == 2 && i*7919%10 > 1 { // scattered, as what is kept is
					v[i] = 0
				}
			}
			return model.F32(v)
		})
		for _, kind := range []struct {
			name string
			m    *model.Model
		}{{"f32", m}, {"int8", quantized(m)}, {"sparse", sparsely(few)}, {"sparse-int8", sparsely(quantized(few))}} {
			for _, name := range tensor.Devices() {
				dev, err := tensor.Named(name, tensor.GenericOptions{})
				if err != nil {
					b.Fatal(err)
				}
				for _, how := range []string{"stored", "table", "threads"} {
					p, err := New(kind.m, dev)
					if err != nil {
						b.Fatal(err)
					}
					bytes := 0
					if how == "table" {
						bytes = p.Tabulate()
					}
					for _, n := range []int{1, 32} {
						if how == "threads" {
							if n == 1 {
								continue
							}
							p.Threads = 2
						}
						batch := texts(n, 128, 10000)
						for i := range batch {
							batch[i] = slices.Repeat(batch[i], 128)[:128]
						}
						b.Run(fmt.Sprintf("%s/%s/%s/%s/%d", size.name, kind.name, name, how, n), func(b *testing.B) {
							var z []float32
							for b.Loop() {
								if z, err = p.AppendLogits(z[:0], batch); err != nil {
									b.Fatal(err)
								}
							}
							b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "texts/s")
							b.ReportMetric(float64(bytes)/1e6, "MB-table")
						})
					}
				}
			}
		}
	}
}

// One text and a batch of 32 in each kind, as stored and decoded to float32, on the best
// device; workload as BenchmarkLogits'.
func BenchmarkKinds(b *testing.B) {
	for _, size := range []struct {
		name string
		e, h int
	}{{"small", 64, 64}, {"medium", 100, 128}} {
		plain := trained(b, 10000, size.e, size.h, 2)
		names := slices.Sorted(maps.Keys(kinds))
		for _, name := range names {
			m := encoded(plain, kinds[name].encode)
			for _, how := range []string{"stored", "decoded"} {
				var options []Option
				if how == "decoded" {
					options = []Option{Decoded}
				}
				p, err := New(m, tensor.Best(tensor.GenericOptions{}), options...)
				if err != nil {
					b.Fatal(err)
				}
				for _, n := range []int{1, 32} {
					batch := texts(n, 128, 10000)
					for i := range batch {
						batch[i] = slices.Repeat(batch[i], 128)[:128]
					}
					b.Run(fmt.Sprintf("%s/%s/%s/%d", size.name, strings.ReplaceAll(name, "/", ":"), how, n), func(b *testing.B) {
						var z []float32
						for b.Loop() {
							if z, err = p.AppendLogits(z[:0], batch); err != nil {
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

// BenchmarkTabulate is what a table costs once a model.
func BenchmarkTabulate(b *testing.B) {
	dev := tensor.Best(tensor.GenericOptions{})
	m := trained(b, 10000, 64, 64, 2)
	for b.Loop() {
		p, err := New(m, dev)
		if err != nil {
			b.Fatal(err)
		}
		p.Tabulate()
	}
}
