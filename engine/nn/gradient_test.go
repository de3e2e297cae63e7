package nn_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/tensor"
)

// lossOf is the whole net in float64, from the textbook and without a thought
// for speed: the mean loss of a batch as a function of the parameters. Dropout
// masks are the net's own draws.
func lossOf(cfg nn.Config, w map[string][]float64, b nn.Batch, train bool) float64 {
	E, H, K := cfg.Embedding, cfg.Hidden, cfg.Outputs
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	mask := func(stream uint32, share float32, row, n int) []float64 {
		m := make([]float64, n)
		for j := range m {
			m[j] = 1
			if !train || share == 0 {
				continue
			}
			words := tensor.Draw{Seed: cfg.Seed, Stream: stream, Step: uint32(b.Step)}.Words(uint32(row), uint32(j/4))
			m[j] = 1 / (1 - float64(share))
			if tensor.Unit(words[j%4]) < share {
				m[j] = 0
			}
		}
		return m
	}
	total := 0.0
	for r := range b.B {
		onX := mask(tensor.StreamEmbeddingDropout, cfg.EmbeddingDropout, b.FirstRow+r, E)
		if cfg.Kind == nn.Pooled {
			H = E
		}
		onH := mask(tensor.StreamDropout, cfg.Dropout, b.FirstRow+r, H)
		h, c := make([]float64, H), make([]float64, H)
		for t := range int(b.Lengths[r]) {
			id := int(b.IDs[r*b.T+t])
			if cfg.Kind == nn.Pooled {
				for e := range E {
					h[e] += w["embedding.weight"][id*E+e] * onX[e] / float64(b.Lengths[r])
				}
				continue
			}
			a := make([]float64, 4*H)
			for j := range a {
				a[j] = w["lstm.bias_ih_l0"][j] + w["lstm.bias_hh_l0"][j]
				for e := range E {
					a[j] += w["embedding.weight"][id*E+e] * onX[e] * w["lstm.weight_ih_l0"][j*E+e]
				}
				for u := range H {
					a[j] += h[u] * w["lstm.weight_hh_l0"][j*H+u]
				}
			}
			for u := range H {
				c[u] = sigmoid(a[H+u])*c[u] + sigmoid(a[u])*math.Tanh(a[2*H+u])
			}
			for u := range H {
				h[u] = sigmoid(a[3*H+u]) * math.Tanh(c[u])
			}
		}
		z, sum := make([]float64, K), 0.0
		for k := range z {
			z[k] = w["linear.bias"][k]
			for u := range H {
				z[k] += h[u] * onH[u] * w["linear.weight"][k*H+u]
			}
			sum += math.Exp(z[k])
		}
		for k := range z {
			var y float64
			switch {
			case b.Soft != nil:
				y = float64(b.Soft[r*K+k])
			case K == 1:
				y = float64(b.Targets[r])
			case int(b.Targets[r]) == k:
				y = 1
			}
			mine := 1.0
			if b.Teacher != nil {
				mine = 1 - float64(b.Distil.Share)
			}
			if K == 1 {
				total += mine * (math.Max(z[0], 0) - z[0]*y + math.Log1p(math.Exp(-math.Abs(z[0]))))
			} else {
				total += mine * y * (math.Log(sum) - z[k])
			}
		}
		if b.Teacher != nil {
			T := float64(b.Distil.Temperature)
			total += float64(b.Distil.Share) * T * T * divergence(b.Teacher[r*K:][:K], z, T)
		}
	}
	return total / float64(b.B)
}

// divergence is KL(softmax(u/T) ‖ softmax(z/T)), of one output with a second that is 0.
func divergence(u []float32, z []float64, T float64) (kl float64) {
	var a, b []float64
	for k := range z {
		a, b = append(a, float64(u[k])), append(b, z[k])
	}
	if len(z) == 1 {
		a, b = append(a, 0), append(b, 0)
	}
	var sumA, sumB float64
	for k := range a {
		sumA += math.Exp(a[k] / T)
		sumB += math.Exp(b[k] / T)
	}
	for k := range a {
		p := math.Exp(a[k]/T) / sumA
		kl += p * ((a[k]-b[k])/T + math.Log(sumB) - math.Log(sumA))
	}
	return kl
}

// Central differences of a float64 loss with a step of 1e-5 are exact to about
// 1e-9; the gradient itself is float32, some hundred operations deep, and its
// largest entries are near 0.1.
const gradientTolerance = 3e-7

func TestEveryGradientIsTheSlopeOfTheLoss(t *testing.T) {
	dev := tensor.Best(tensor.GenericOptions{})
	for _, c := range []struct {
		kind        string
		outputs     int
		drop, dropE float32
		soft        bool
		temperature float32 // of a teacher, 0 none
	}{
		{nn.Recurrent, 1, 0, 0, false, 0}, {nn.Recurrent, 1, 0.4, 0.3, false, 0}, {nn.Recurrent, 1, 0, 0, true, 0},
		{nn.Recurrent, 3, 0.3, 0.2, false, 0}, {nn.Recurrent, 4, 0, 0, true, 0},
		{nn.Pooled, 1, 0, 0, false, 0}, {nn.Pooled, 3, 0.3, 0.2, true, 0},
		{nn.Recurrent, 1, 0, 0, false, 4}, {nn.Recurrent, 3, 0, 0, true, 2}, {nn.Pooled, 1, 0, 0.2, true, 1},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			cfg := nn.Config{
				Kind: c.kind, Vocabulary: 9, Embedding: 3, Hidden: 4, Outputs: c.outputs,
				ForgetBias: 0.5, EmbeddingScale: 0.8, Dropout: c.drop, EmbeddingDropout: c.dropE, Seed: 12,
			}
			net := nn.New(dev, cfg)
			b := nn.Batch{
				B: 5, T: 6, Step: 3, FirstRow: 2,
				IDs: []int32{
					3, 4, 5, 3, 1, 8,
					7, 0, 0, 0, 0, 0,
					2, 2, 6, 0, 0, 0,
					1, 5, 4, 8, 0, 0,
					8, 1, 3, 0, 0, 0,
				},
				Lengths: []int32{6, 1, 3, 4, 3}, Targets: []int32{1, 0, 1, 0, 0},
			}
			if c.soft {
				b.Soft = make([]float32, b.B*c.outputs)
				tensor.Uniform(tensor.Draw{Seed: 6}, 0, 1, b.Soft)
				for r := 0; c.outputs > 1 && r < b.B; r++ { // rows of probabilities
					var sum float32
					for _, y := range b.Soft[r*c.outputs:][:c.outputs] {
						sum += y
					}
					for k := range c.outputs {
						b.Soft[r*c.outputs+k] /= sum
					}
				}
			}
			if c.temperature > 0 {
				b.Teacher = make([]float32, b.B*c.outputs)
				tensor.Uniform(tensor.Draw{Seed: 8}, -3, 3, b.Teacher)
				b.Distil = nn.Distil{Temperature: c.temperature, Share: 0.7}
			}
			loss, _ := step(net, newBench(net, b.B, b.T), b, true)

			w := map[string][]float64{}
			for _, p := range net.Params() {
				for _, v := range tensor.HostData(p.W) {
					w[p.Name] = append(w[p.Name], float64(v))
				}
			}
			if want := lossOf(cfg, w, b, true); math.Abs(loss/float64(b.B)-want) > 1e-6 {
				t.Errorf("the loss is %.8f, by the reference %.8f", loss/float64(b.B), want)
			}
			for _, g := range net.Grads() {
				got := dense(g, cfg.Vocabulary)
				p := w[g.Name]
				for i := range p {
					const h = 1e-5
					at := p[i]
					p[i] = at + h
					up := lossOf(cfg, w, b, true)
					p[i] = at - h
					down := lossOf(cfg, w, b, true)
					p[i] = at
					want := (up - down) / (2 * h)
					if g.Sparse && i < g.Width {
						want = 0 // padding
					}
					if math.Abs(float64(got[i])-want) > gradientTolerance {
						t.Errorf("the gradient of %s[%d] is %.9f, the slope %.9f", g.Name, i, got[i], want)
					}
				}
			}
		})
	}
}
