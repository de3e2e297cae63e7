package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// million are the weights of testdata/codes.py.
func million() []float32 {
	w := make([]float32, 1<<20)
	for i := range w {
		x := uint32(i)*2654435761 + 0x9E3779B9
		x ^= x >> 16
		x *= 0x85EBCA6B
		x ^= x >> 13
		x *= 0xC2B2AE35
		x ^= x >> 16
		f := float32(int32(x)) * 0x1p-31
		w[i] = float32(f*f) * f
	}
	return w
}

// TestAMillionCodesAreThoseOfPyTorch but for what its multiplication by 1/scale rounds
// otherwise: at most 1 in 10⁵, off by one. Symmetric, the greatest magnitude that a scale
// serves is 127.5 or 7.5 steps by construction, a tie that either may take: it does not count.
func TestAMillionCodesAreThoseOfPyTorch(t *testing.T) {
	b, err := os.ReadFile("testdata/codes.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		Bits          int
		Symmetric     bool
		Per           string
		Scales, Codes string
		Other         [][2]int
	}
	if err := json.Unmarshal(b, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden) != 16 {
		t.Fatalf("%d cases", len(golden))
	}
	w := million()
	per := map[string]Per{"tensor": PerTensor, "gate": PerGate, "row": PerRow, "group32": 32}
	for _, g := range golden {
		o := Rounding{Bits: g.Bits, Symmetric: g.Symmetric, Per: per[g.Per]}
		e := o.Round(w, 1024, 1024)
		zero := e.Zero
		if zero == nil {
			zero = make([]int8, len(e.Scale))
		}
		if got := sha(FloatBytes(e.Scale), int8Bytes(zero)); got != g.Scales {
			t.Errorf("%s: other scales than PyTorch's: %v %v …", e.Kind(), e.Scale[:1], zero[:1])
		}
		codes := slices.Clone(e.Codes)
		if g.Bits == 4 {
			codes = make([]int8, len(w))
			row := make([]byte, 1024)
			for r := range 1024 {
				Unpack(row, e.Packed[r*512:(r+1)*512], 4)
				for c, q := range row {
					codes[r*1024+c] = int8(q) - 8
				}
			}
		}
		others := 0
		for _, o := range g.Other {
			i := e.Per.Index(o[0]/1024, o[0]%1024, 1024, 1024)
			if x := math.Abs(float64(w[o[0]])) / float64(e.Scale[i]); !g.Symmetric || x < float64(int(1)<<g.Bits-1)/2-1e-4 {
				others++
			}
			if d := int(codes[o[0]]) - o[1]; d != 1 && d != -1 {
				t.Errorf("%s: code %d is %d, PyTorch's %d", e.Kind(), o[0], codes[o[0]], o[1])
			}
			codes[o[0]] = int8(o[1])
		}
		if others*100_000 > len(w) {
			t.Errorf("%s: %d codes are other than PyTorch's", e.Kind(), others)
		}
		if sha(int8Bytes(codes)) != g.Codes {
			t.Errorf("%s: other codes than PyTorch's", e.Kind())
		}
	}
}

func sha(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// The article's formula, Round(x·Scale + Bias), is the affine one with scale 1/Scale and
// zero point Bias, where the Bias is whole and the Scale a power of two, for then nothing
// is rounded twice; else it differs where x·Scale lies within that rounding of a tie.
func TestTheArticlesFormulaIsTheAffineMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float32Range(-300, 300).Draw(t, "x")
		bias := rapid.Int8().Draw(t, "bias")
		power := rapid.IntRange(-8, 8).Draw(t, "power")
		scale := math.Ldexp(1, power)
		article := func(scale float64) int8 {
			return toCode(math.RoundToEven(float64(float64(x)*scale)+float64(bias)), 8)
		}
		tie := func(scale float64) bool {
			f := math.Abs(float64(x)*scale - math.Floor(float64(x)*scale) - 0.5)
			return f < 1e-9*math.Abs(float64(x)*scale)+1e-9
		}
		if got, want := Code(x, float32(1/scale), bias, 8), article(scale); got != want && !tie(scale) {
			t.Fatalf("%g·%g + %d is %d, in the affine form %d", x, scale, bias, want, got)
		}
		s := rapid.Float32Range(0.01, 100).Draw(t, "scale") // 1/s is rounded to float64 only
		if got, want := Code(x, s, bias, 8), article(1/float64(s)); got != want && !tie(1/float64(s)) {
			t.Fatalf("%g·(1/%g) + %d is %d, in the affine form %d", x, s, bias, want, got)
		}
	})
}

func TestASearchedRangeNeverLosesMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.SliceOfN(rapid.Float32Range(-3, 3), 64, 64).Draw(t, "w")
		w[0] *= 20
		o := Rounding{
			Bits: rapid.SampledFrom([]int{4, 8}).Draw(t, "bits"), Symmetric: rapid.Bool().Draw(t, "symmetric"),
			Per: rapid.SampledFrom([]Per{PerRow, PerTensor, PerGate, 32}).Draw(t, "per"),
		}
		squared := func(o Rounding) float64 {
			v, sum := make([]float32, 64), 0.0
			o.Round(w, 4, 16).Floats(v)
			for i, x := range v {
				sum += (float64(x) - float64(w[i])) * (float64(x) - float64(w[i]))
			}
			return sum
		}
		whole := squared(o)
		o.Search = true
		if found := squared(o); found > whole*(1+1e-5)+1e-12 {
			t.Fatalf("%+v: searched %g, whole %g", o, found, whole)
		}
	})
}

func TestKeepClampsTheOutliers(t *testing.T) {
	w := make([]float32, 1000)
	for i := range w {
		w[i] = float32(i)/500 - 1
	}
	w[0], w[999] = -100, 70
	for _, symmetric := range []bool{false, true} {
		e := Rounding{Bits: 8, Symmetric: symmetric, Keep: 0.99}.Round(w, 1, 1000)
		v := make([]float32, 1000)
		e.Floats(v)
		if e.Scale[0] > 0.01 || v[999] > 1.1 || v[0] < -1.1 || math.Abs(float64(v[500]-w[500])) > 0.01 {
			t.Errorf("%s: scale %g, ends %g and %g, middle %g", e.Kind(), e.Scale[0], v[0], v[999], v[500])
		}
	}
}

func TestPackedCodesOfOneVectorAreNeighbours(t *testing.T) {
	codes := make([]byte, 64)
	for i := range codes {
		codes[i] = byte(i % 16)
	}
	p := Pack(codes, 1, 64, 4)
	for i := range 16 {
		if p[i]&15 != codes[i] || p[i]>>4 != codes[16+i] || p[16+i]&15 != codes[32+i] {
			t.Fatalf("byte %d is %#x", i, p[i])
		}
	}
}

func TestPackingLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits, rows, cols := rapid.IntRange(1, 8).Draw(t, "bits"), rapid.IntRange(0, 3).Draw(t, "rows"), rapid.IntRange(0, 300).Draw(t, "cols")
		codes := rapid.SliceOfN(rapid.ByteMax(byte(1<<bits-1)), rows*cols, rows*cols).Draw(t, "codes")
		p := Pack(codes, rows, cols, bits)
		n := packedRow(cols, bits)
		if len(p) != rows*n || 8*n < cols*bits || 8*n >= cols*bits+8*4 {
			t.Fatalf("%d bytes for %d rows of %d codes of %d bits", len(p), rows, cols, bits)
		}
		back := make([]byte, cols)
		for r := range rows {
			if Unpack(back, p[r*n:(r+1)*n], bits); !slices.Equal(back, codes[r*cols:(r+1)*cols]) {
				t.Fatalf("%d bits: %v came back as %v", bits, codes, back)
			}
		}
	})
}
