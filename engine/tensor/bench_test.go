package tensor

import "testing"

// wShapes are the products of workload W: LSTMs 64/64 and 100/128, of a shard of eight texts
// of 128 tokens and of a whole batch of 32, and their recurrent step.
// e2e/peers/gemm.py has OpenBLAS compute the same.
var wShapes = []struct {
	name           string
	transA, transB bool
	m, n, k        int
}{
	{"small/projection", false, true, 1024, 256, 64},
	{"small/dX", false, false, 1024, 64, 256},
	{"small/dW", true, false, 256, 64, 1024},
	{"small/step", false, true, 8, 256, 64},
	{"small/projection-whole", false, true, 4096, 256, 64},
	{"small/dX-whole", false, false, 4096, 64, 256},
	{"small/dW-whole", true, false, 256, 64, 4096},
	{"small/step-whole", false, true, 32, 256, 64},
	{"medium/projection", false, true, 1024, 512, 100},
	{"medium/dX", false, false, 1024, 100, 512},
	{"medium/dW_ih", true, false, 512, 100, 1024},
	{"medium/dW_hh", true, false, 512, 128, 1024},
	{"medium/step", false, true, 8, 512, 128},
	{"medium/projection-whole", false, true, 4096, 512, 100},
	{"medium/dX-whole", false, false, 4096, 100, 512},
	{"medium/dW_ih-whole", true, false, 512, 100, 4096},
	{"medium/dW_hh-whole", true, false, 512, 128, 4096},
	{"medium/step-whole", false, true, 32, 512, 128},
}

// Packing is in it: each call is given plain matrices.
func BenchmarkGemm(b *testing.B) {
	for _, c := range wShapes {
		benchmarkEach(b, c.name, func(b *testing.B, d Device) {
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

// benchmarkEach runs f on every host device, Strict and Fast.
func benchmarkEach(b *testing.B, what string, f func(b *testing.B, d Device)) {
	for _, name := range Devices() {
		d, err := Named(name, GenericOptions{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(what+"/"+name, func(b *testing.B) { f(b, d) })
		if fast, ok := FastOf(d); ok {
			b.Run(what+"/"+fast.Name(), func(b *testing.B) { f(b, fast) })
		}
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

// One text's share of an LSTM of 64 units, dense and compressed.
func BenchmarkProducts(b *testing.B) {
	const n, k = 256, 64
	for _, m := range []int{1, 32} {
		rate := func(b *testing.B) {
			b.ReportMetric(float64(m*n*k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "MAC/ns")
		}
		name := map[int]string{1: "one", 32: "many"}[m]
		host := Generic(GenericOptions{})
		x, w, y := host.Alloc(m*k), host.Alloc(n*k), host.Alloc(m*n)
		Uniform(Draw{Seed: 1}, -1, 1, HostData(x))
		Uniform(Draw{Seed: 2}, -1, 1, HostData(w))
		benchmarkEach(b, name+"/float32", func(b *testing.B, d Device) {
			for b.Loop() {
				d.Gemm(false, true, m, n, k, x, w, true, y)
			}
			rate(b)
		})
		benchmarkEach(b, name+"/int8", func(b *testing.B, d Device) {
			a, v, c := make([]int8, m*k), make([]int8, n*k), make([]int32, m*n)
			for b.Loop() {
				d.(Int8).GemmInt8(m, n, k, a, v, c)
			}
			rate(b)
		})
		benchmarkEach(b, name+"/sparse80", func(b *testing.B, d Device) {
			csr := &CSR{N: n, K: k, Row: []int32{0}}
			for i, v := range HostData(w) {
				if v > 0.6 {
					csr.Col, csr.Val = append(csr.Col, int32(i%k)), append(csr.Val, v)
				}
				if (i+1)%k == 0 {
					csr.Row = append(csr.Row, int32(len(csr.Val)))
				}
			}
			for b.Loop() {
				d.(Sparse).GemmSparse(m, HostData(x), csr, HostData(y))
			}
			rate(b)
		})
	}
}

// BenchmarkPeak is the ceiling of BenchmarkGemm.
func BenchmarkPeak(b *testing.B) {
	benchmarkEach(b, "peak", func(b *testing.B, d Device) {
		flop := 0
		for b.Loop() {
			flop = d.(Meter).Peak(10)
		}
		b.ReportMetric(float64(flop)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
	})
}
