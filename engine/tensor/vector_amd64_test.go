package tensor

import "testing"

// BenchmarkPeak is the ceiling of BenchmarkGemm.
func BenchmarkPeak(b *testing.B) {
	for _, name := range vectorNames() {
		b.Run(name, func(b *testing.B) {
			k := vectorDevice(name, GenericOptions{}).(*vector).k
			const n = 10000
			for b.Loop() {
				k.Peak(n)
			}
			b.ReportMetric(2*n*float64(k.Chains*k.Width)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}
