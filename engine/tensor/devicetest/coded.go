package devicetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/clove-ml/clove/engine/tensor"
)

// coded compares products with codes of float32 with loops over what the codes stand for.
func (k *kit) coded(t *testing.T, dev tensor.Coder) {
	for _, s := range append([][3]int{{3, 530, 300}}, shapes...) {
		m, N, K := s[0], s[1], s[2]
		for _, kind := range []string{"float32", "float16", "bfloat16", "table", "table of few"} {
			w := &tensor.Coded{N: N, K: K}
			values := make([]float32, N*K)
			switch kind {
			case "float32":
				w.Floats = k.random(N*K, 1)
				copy(values, w.Floats)
			case "table", "table of few":
				n := 200
				if kind != "table" {
					n = 11
				}
				w.Form, w.Table, w.Codes = tensor.FormTable, k.random(n, 1), make([]byte, N*K)
				for i := range values {
					w.Codes[i] = byte(i * 37 % n)
					values[i] = w.Table[w.Codes[i]]
				}
			default:
				w.Form, w.Bits = tensor.FormHalf, make([]uint16, N*K)
				if kind == "bfloat16" {
					w.Form = tensor.FormBrain
				}
				for i := range values {
					b := uint16(i*40503 + 7)
					if w.Form == tensor.FormBrain {
						b = b&0x807f | 0x3e80 // within ±0.5
						values[i] = math.Float32frombits(uint32(b) << 16)
					} else {
						b &^= 0x4000 // within ±2, and what is below the normal numbers
						values[i] = half(b)
					}
					w.Bits[i] = b
				}
			}
			x, y := k.random(m*K, 1), k.random(m*N, 1)
			want, exact, bound := clone(y), double(y), make([]float64, len(y))
			for i := range want {
				for p := range K {
					a, b := x[i/N*K+p], values[i%N*K+p]
					want[i] += float32(a * b)
					exact[i] += float64(a) * float64(b)
					bound[i] += math.Abs(float64(a) * float64(b))
				}
				bound[i] = (bound[i] + math.Abs(float64(y[i])) + 1) * float64(K+2) * 0x1p-23
			}
			if w.Bits != nil {
				got := make([]float32, len(values))
				dev.WidenBits(w.Form, w.Bits, got)
				k.strictly(t, "WidenBits of "+kind, got, values)
			}
			dev.PrepareCoded(w)
			dev.AddCoded(m, x, w, y)
			what := fmt.Sprintf("AddCoded %v of %s", s, kind)
			k.strictly(t, what, y, want)
			near(t, what, y, exact, bound)
		}
	}
}

// half is the number that these bits of float16 stand for.
func half(b uint16) float32 {
	exponent, fraction := int(b>>10&31), float64(b&1023)
	v := math.Ldexp(1024+fraction, exponent-25)
	if exponent == 0 {
		v = math.Ldexp(fraction, -24)
	}
	if b>>15 == 1 {
		v = -v
	}
	return float32(v)
}
