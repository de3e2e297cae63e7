package infer

import (
	"fmt"
	"slices"
	"testing"
)

// One text and a batch of 32, 128 tokens each, of the small workload: vocabulary 10,000, 64/64.
func BenchmarkLogits(b *testing.B) {
	m := trained(b, 10000, 64, 64, 2)
	all := variants(m)
	for _, name := range []string{"f32", "int8", "sparse f32", "sparse int8"} {
		p := predictor(b, all[name])
		for _, n := range []int{1, 32} {
			batch := texts(n, 1, 10000)
			for i := range batch {
				batch[i] = slices.Repeat(batch[i], 128)
			}
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				for b.Loop() {
					logits(b, p, batch)
				}
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "texts/s")
			})
		}
	}
}
