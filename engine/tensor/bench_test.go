package tensor

import "testing"

// Shapes of an LSTM 64/64 and 100/128 over a shard of eight texts of 128 tokens.
func BenchmarkGemm(b *testing.B) {
	for _, c := range []struct {
		name           string
		transA, transB bool
		m, n, k        int
	}{
		{"projection", false, true, 1024, 256, 64},
		{"dW", true, false, 256, 64, 1024},
		{"dX", false, false, 1024, 64, 256},
		{"medium", false, true, 1024, 512, 100},
		{"square", false, false, 256, 256, 256},
	} {
		b.Run(c.name, func(b *testing.B) {
			d := Generic(GenericOptions{})
			x, y, z := d.Alloc(c.m*c.k), d.Alloc(c.k*c.n), d.Alloc(c.m*c.n)
			Uniform(Draw{Seed: 1}, -1, 1, HostData(x))
			Uniform(Draw{Seed: 2}, -1, 1, HostData(y))
			for b.Loop() {
				d.Gemm(c.transA, c.transB, c.m, c.n, c.k, x, y, false, z)
			}
			b.ReportMetric(2*float64(c.m*c.n*c.k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}

func BenchmarkActivations(b *testing.B) {
	x := make([]float32, 4096)
	Uniform(Draw{Seed: 1}, -4, 4, x)
	var sum float32
	for _, f := range []struct {
		name string
		f    func(float32) float32
	}{{"exp", Exp32}, {"sigmoid", Sigmoid32}, {"tanh", Tanh32}} {
		b.Run(f.name, func(b *testing.B) {
			for b.Loop() {
				for _, v := range x {
					sum += f.f(v)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x)), "ns/element")
		})
	}
	_ = sum
}
