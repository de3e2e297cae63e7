package kernels

import (
	"fmt"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
	"github.com/clove-ml/clove/engine/tensor/devicetest"
)

func devices(b *testing.B) []tensor.Device {
	d := []tensor.Device{open(b, nil)}
	if fast, ok := tensor.FastOf(d[0]); ok {
		d = append(d, fast)
	}
	return append(d, tensor.Generic(tensor.GenericOptions{}))
}

// gflops reports the rate of so many multiply-adds an iteration.
func gflops(b *testing.B, work int) {
	b.ReportMetric(2*float64(work)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
}

func BenchmarkPeak(b *testing.B) {
	for _, d := range devices(b) {
		m, ok := d.(tensor.Meter)
		if !ok {
			continue
		}
		b.Run(d.Name(), func(b *testing.B) {
			flop := 0
			for b.Loop() {
				flop = m.Peak(10)
			}
			gflops(b, flop/2)
		})
	}
}

// Shapes of workload W, a shard of eight texts of 128 tokens: small 64/64, medium 100/128.
func BenchmarkGemm(b *testing.B) {
	for _, c := range []struct {
		name           string
		transA, transB bool
		m, n, k        int
	}{
		{"small projection", false, true, 1024, 256, 64},
		{"small dX", false, false, 1024, 64, 256},
		{"small dW", true, false, 256, 64, 1024},
		{"medium projection", false, true, 1024, 512, 100},
		{"medium dX", false, false, 1024, 100, 512},
		{"medium dW_ih", true, false, 512, 100, 1024},
		{"medium dW_hh", true, false, 512, 128, 1016},
		{"square", false, false, 512, 512, 512},
		{"one row", false, true, 1, 256, 64},
	} {
		for _, d := range devices(b) {
			b.Run(c.name+"/"+d.Name(), func(b *testing.B) {
				x, y, z := d.Alloc(c.m*c.k), d.Alloc(c.k*c.n), d.Alloc(c.m*c.n)
				tensor.Uniform(tensor.Draw{Seed: 1}, -1, 1, tensor.HostData(x))
				tensor.Uniform(tensor.Draw{Seed: 2}, -1, 1, tensor.HostData(y))
				for b.Loop() {
					d.Gemm(c.transA, c.transB, c.m, c.n, c.k, x, y, false, z)
				}
				gflops(b, c.m*c.n*c.k)
			})
		}
	}
}

// The layer over a shard, and over one text.
func BenchmarkLSTM(b *testing.B) {
	for _, c := range []struct{ B, T, E, H int }{{8, 128, 64, 64}, {8, 128, 100, 128}, {1, 128, 64, 64}} {
		for _, d := range devices(b) {
			p := tensor.NewPacked(c.B, c.T)
			lengths := make([]int32, c.B)
			for i := range lengths {
				lengths[i] = int32(c.T)
			}
			p.Set(lengths)
			N, E, H := p.Slots, c.E, c.H
			filled := func(n int, size float32) tensor.Buffer {
				x := d.Alloc(n)
				tensor.Uniform(tensor.Draw{Seed: uint64(n)}, -size, size, tensor.HostData(x))
				return x
			}
			l := &tensor.LSTM{
				Packed: p, E: E, H: H, X: filled(N*E, 0.3), WeightIH: filled(4*H*E, 0.1), WeightHH: filled(4*H*H, 0.1),
				BiasIH: filled(4*H, 0.1), BiasHH: filled(4*H, 0.1),
				Gates: d.Alloc(N * 4 * H), C: d.Alloc(N * H), TanhC: d.Alloc(N * H), HPrev: d.Alloc(N * H), Last: d.Alloc(c.B * H),
			}
			g := &tensor.LSTMGrad{
				Last: filled(c.B*H, 0.1), X: d.Alloc(N * E), WeightIH: d.Alloc(4 * H * E), WeightHH: d.Alloc(4 * H * H),
				Bias: d.Alloc(4 * H), H: d.Alloc(c.B * H), C: d.Alloc(c.B * H),
			}
			name := fmt.Sprintf("B=%d E=%d H=%d/%s", c.B, E, H, d.Name())
			b.Run("forward "+name, func(b *testing.B) {
				for b.Loop() {
					d.LSTMForward(l)
				}
				gflops(b, N*4*H*(E+H))
			})
			b.Run("forward and backward "+name, func(b *testing.B) {
				for b.Loop() {
					d.LSTMForward(l)
					d.LSTMBackward(l, g)
				}
				gflops(b, 3*N*4*H*(E+H))
			})
		}
	}
}

func BenchmarkAdamRows(b *testing.B) {
	const V, E = 10000, 64
	for _, d := range devices(b) {
		b.Run(d.Name(), func(b *testing.B) {
			rows := make([]int32, 2000)
			for i := range rows {
				rows[i] = int32(i * 5)
			}
			g, w, m, v := d.Alloc(len(rows)*E), d.Alloc(V*E), d.Alloc(V*E), d.Alloc(V*E)
			for i, x := range []tensor.Buffer{g, w, m, v} {
				tensor.Uniform(tensor.Draw{Seed: uint64(i)}, 0, 1, tensor.HostData(x))
			}
			s := tensor.AdamStep{Beta1: 0.9, Rest1: 0.1, Beta2: 0.999, Rest2: 0.001, Size: 0.001, InvRoot: 1, Epsilon: 1e-8}
			for b.Loop() {
				d.AdamRows(s, V, E, rows, g, w, m, v)
			}
		})
	}
}

func BenchmarkDenormals(b *testing.B) {
	for _, d := range devices(b) {
		devicetest.BenchmarkDenormals(b, d)
	}
}
