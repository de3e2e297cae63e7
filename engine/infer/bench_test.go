package infer

import (
	"fmt"
	"slices"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

// One text and a batch of 32, 128 tokens each, of workload W: vocabulary 10,000, 64/64 and 100/128.
func BenchmarkLogits(b *testing.B) {
	for _, size := range []struct {
		name string
		e, h int
	}{{"small", 64, 64}, {"medium", 100, 128}} {
		all := variants(trained(b, 10000, size.e, size.h, 2))
		for _, name := range tensor.Devices() {
			dev, err := tensor.Named(name, tensor.GenericOptions{})
			if err != nil {
				b.Fatal(err)
			}
			for _, kind := range []string{"f32", "int8", "sparse f32", "sparse int8"} {
				p, err := New(all[kind], dev)
				if err != nil {
					b.Fatal(err)
				}
				for _, n := range []int{1, 32} {
					batch := texts(n, 128, 10000)
					for i := range batch {
						batch[i] = slices.Repeat(batch[i], 128)[:128]
					}
					b.Run(fmt.Sprintf("%s/%s/%s/%d", size.name, name, kind, n), func(b *testing.B) {
						for b.Loop() {
							logits(b, p, batch)
						}
						b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "texts/s")
					})
				}
			}
		}
	}
}
