package devicetest

import (
	"slices"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/tensor"
)

// A processor takes ten times as long, or more, over a denormal. Strict keeps them out by
// definition, so work on input that is denormal, or would breed denormals, takes no longer
// than work on ordinary numbers: the aim is at most 1.5 times.

// fade is work where denormals would lie in wait.
type fade struct {
	name    string
	prepare func(denormal bool) // not timed
	work    func()
}

// ratio is how many times as long it takes on denormals as on ordinary numbers: the least
// of so many times each, taken by turns, since what else the machine does only adds.
func (f *fade) ratio(times int) float64 {
	least := map[bool]time.Duration{}
	for range times {
		for _, denormal := range []bool{false, true} {
			f.prepare(denormal)
			began := time.Now()
			f.work()
			took := time.Since(began) + 1 // where the clock is coarse
			if before, ok := least[denormal]; !ok || took < before {
				least[denormal] = took
			}
		}
	}
	return float64(least[true]) / float64(least[false])
}

// inTime tells the ratios. It asserts none, since other work on the machine may fall on
// either side.
func (k *kit) inTime(t *testing.T) {
	for _, f := range k.fades() {
		t.Logf("%s, %s: %.2f times as long as on ordinary numbers", k.dev.Name(), f.name, f.ratio(9))
	}
}

// BenchmarkDenormals reports the ratios of a device.
func BenchmarkDenormals(b *testing.B, dev tensor.Device) {
	k := &kit{dev: dev}
	for _, f := range k.fades() {
		b.Run(dev.Name()+"/"+f.name, func(b *testing.B) {
			var ratios []float64
			for b.Loop() {
				ratios = append(ratios, f.ratio(9))
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "×ordinary")
		})
	}
}

// fades are the places: a layer's step over texts of 256 tokens from its embedding to
// Adam, and Adam alone over moments of tokens that no text has had for long.
func (k *kit) fades() []*fade {
	const B, T, V, E, H = 4, 256, 1000, 32, 32
	dev := k.dev
	p := tensor.NewPacked(B, T)
	p.Set([]int32{T, T, T, T})
	N := p.Slots
	ids, rows := k.whole(N, V/4), make([]int32, V/4) // a quarter of the tokens occur
	for i := range rows {
		rows[i] = int32(i)
	}
	lstm := &tensor.LSTM{
		Packed: p, E: E, H: H, X: dev.Alloc(N * E), WeightIH: dev.Alloc(4 * H * E), WeightHH: dev.Alloc(4 * H * H),
		BiasIH: dev.Alloc(4 * H), BiasHH: dev.Alloc(4 * H),
		Gates: dev.Alloc(N * 4 * H), C: dev.Alloc(N * H), TanhC: dev.Alloc(N * H), HPrev: dev.Alloc(N * H), Last: dev.Alloc(B * H),
	}
	grad := &tensor.LSTMGrad{
		Last: dev.Alloc(B * H), X: dev.Alloc(N * E), WeightIH: dev.Alloc(4 * H * E), WeightHH: dev.Alloc(4 * H * H),
		Bias: dev.Alloc(4 * H), H: dev.Alloc(B * H), C: dev.Alloc(B * H),
	}
	weight, dweight, m, v := dev.Alloc(V*E), dev.Alloc(V/4*E), dev.Alloc(V*E), dev.Alloc(V*E)
	initial := [][]float32{k.random(V*E, 1), k.random(4*H*E, 0.2), k.random(4*H*H, 0.2), k.random(B*H, 1)}
	filled := func(x tensor.Buffer, n int, by float32) {
		s := make([]float32, n)
		for i := range s {
			s[i] = by
		}
		dev.Upload(x, s)
	}
	set := func(embedding, forget, moment float32) {
		scaled := clone(initial[0])
		for i := range scaled {
			scaled[i] *= embedding
		}
		for i, x := range []tensor.Buffer{weight, lstm.WeightIH, lstm.WeightHH, grad.Last} {
			dev.Upload(x, initial[i])
		}
		dev.Upload(weight, scaled)
		filled(lstm.BiasIH.View(H, H), H, forget)
		filled(m, V*E, moment)
		filled(v, V*E, moment)
	}
	step := func() {
		dev.EmbeddingGather(E, ids, weight, lstm.X)
		dev.LSTMForward(lstm)
		dev.LSTMBackward(lstm, grad)
		dev.Zero(V/4*E, dweight)
		dev.EmbeddingScatterAdd(E, ids, grad.X, dweight)
		dev.SumSquares(V/4*E, dweight)
		dev.AdamRows(adamStep, V, E, rows, dweight, weight, m, v)
	}
	const ordinary, denormal = 0.01, 6e-45 // of a moment: Adam's sticks at the latter for ever
	const open, half = 9, 0                // a forget gate: 2⁻²⁵⁶ is less than a float32 holds
	return []*fade{
		{"a step whose gradients fade over 256 tokens", func(bad bool) {
			set(1, pick[float32](bad, half, open), ordinary)
		}, step},
		{"a step whose embedding is denormal", func(bad bool) {
			set(pick[float32](bad, 1e-40, 1), open, ordinary)
		}, step},
		{"a step whose moments are denormal", func(bad bool) {
			set(1, open, pick[float32](bad, denormal, ordinary))
		}, step},
		{"twenty steps of Adam from moments that are denormal", func(bad bool) {
			set(1, open, pick[float32](bad, denormal, ordinary))
			dev.Zero(V/4*E, dweight)
		}, func() {
			for range 20 {
				dev.AdamRows(adamStep, V, E, rows, dweight, weight, m, v)
			}
		}},
	}
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}
