package model

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// formats are the encodings that the conformance suite goes through. To add one, add a
// line: what it makes of a matrix, how far a decoded value may lie from the true one
// (low and high are the row's range with 0 in it), and the bytes that it takes.
var formats = []struct {
	name   string
	encode func(w []float32, rows, cols int) Encoding
	bound  func(low, high float64) float64
	bytes  func(rows, cols, kept int) int
}{
	{"f32",
		func(w []float32, rows, cols int) Encoding { return F32(slices.Clone(w)) },
		func(low, high float64) float64 { return 0 },
		func(rows, cols, kept int) int { return 4 * rows * cols },
	},
	{"int8",
		func(w []float32, rows, cols int) Encoding { return Quantize(w, rows, cols) },
		affineBound,
		func(rows, cols, kept int) int { return rows*cols + 5*rows },
	},
	{"sparse f32",
		func(w []float32, rows, cols int) Encoding { return SparseF32(w, rows, cols) },
		func(low, high float64) float64 { return 0 },
		func(rows, cols, kept int) int { return (rows*cols+7)/8 + 4*kept },
	},
	{"sparse int8",
		func(w []float32, rows, cols int) Encoding { return SparseInt8(Quantize(w, rows, cols)) },
		affineBound,
		func(rows, cols, kept int) int { return (rows*cols+7)/8 + kept + 5*rows },
	},
}

// affineBound is one step of 255 over the range: half from rounding the value, half from
// rounding the zero point, and a little for the scale's own rounding to float32.
func affineBound(low, high float64) float64 {
	return math.Max((high-low)/255, 0x1p-126) * (1 + 1e-4)
}

// edges are the rows that break a careless encoder, 5 values each.
var edges = map[string][]float32{
	"all zero":         {0, 0, 0, 0, 0},
	"one weight":       {0, 0, -0.25, 0, 0},
	"constant":         {0.3, 0.3, 0.3, 0.3, 0.3},
	"constant below 0": {-7, -7, -7, -7, -7},
	"huge outlier":     {1e-3, -2e-3, 3e30, 1e-3, 0},
	"both ends":        {math.MaxFloat32, -math.MaxFloat32, 1, 0, -1},
	"denormals":        {1e-45, -1e-45, 3e-42, 0, 1e-40},
	"negative zero":    {float32(math.Copysign(0, -1)), 1, 2, -1, 0},
	"plain":            {0.1, -0.2, 0.7, 0.01, -0.5},
}

// checkEncoding holds one matrix against a format's promises.
func checkEncoding(t rapid.TB, f int, w []float32, rows, cols int) {
	t.Helper()
	format := formats[f]
	e := format.encode(w, rows, cols)
	if e.Kind() != format.name {
		t.Fatalf("%s calls itself %s", format.name, e.Kind())
	}
	got := make([]float32, rows*cols)
	e.Floats(got)
	for r := range rows {
		row := w[r*cols : (r+1)*cols]
		if format.bound(0, 1) > 0 { // beyond ±2¹²⁶ the affine formats clamp, and say so
			row = slices.Clone(row)
			for c := range row {
				row[c] = clampEnd(row[c])
			}
		}
		low, high := math.Min(0, float64(slices.Min(row))), math.Max(0, float64(slices.Max(row)))
		for c, want := range row {
			x := got[r*cols+c]
			if want == 0 && x != 0 {
				t.Fatalf("%s: row %d %v: 0 came back as %g", format.name, r, row, x)
			}
			if d := math.Abs(float64(x) - float64(want)); !(d <= format.bound(low, high)) {
				t.Fatalf("%s: row %d %v: value %d came back as %g, off by %g of %g", format.name, r, row, c, x, d, format.bound(low, high))
			}
		}
	}
	kept := rows * cols
	if s, ok := e.(*Sparse); ok {
		kept = s.Kept()
	}
	if n := storedBytes(e, rows, cols); n != format.bytes(rows, cols, kept) {
		t.Fatalf("%s: %d bytes for %d×%d with %d kept, want %d", format.name, n, rows, cols, kept, format.bytes(rows, cols, kept))
	}

	found := map[string]Tensor{}
	_, tensors, err := ReadTensors(WriteTensors(nil, e.Tensors("w", []int{rows, cols})))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range tensors {
		found[x.Name] = x
	}
	again, err := decode(found, NamedShape{"w", []int{rows, cols}})
	if err != nil {
		t.Fatal(err)
	}
	back := make([]float32, rows*cols)
	again.Floats(back)
	if again.Kind() != e.Kind() || !slices.EqualFunc(back, got, sameBits) {
		t.Fatalf("%s: %v came back from the file as %s %v", format.name, got, again.Kind(), back)
	}
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

func TestEveryEncodingKeepsItsPromisesOnEdgeRows(t *testing.T) {
	var all []float32
	for name, row := range edges {
		all = append(all, row...)
		t.Run(name, func(t *testing.T) {
			for f := range formats {
				checkEncoding(t, f, row, 1, 5)
				checkEncoding(t, f, row, 5, 1)
			}
		})
	}
	for f := range formats {
		checkEncoding(t, f, all, len(edges), 5)
	}
}

func TestEveryEncodingKeepsItsPromisesOnAnyMatrix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 6).Draw(t, "rows"), rapid.IntRange(1, 17).Draw(t, "cols")
		value := rapid.OneOf(rapid.Just(float32(0)), rapid.Float32Range(-2, 2), rapid.Float32())
		w := rapid.SliceOfN(value, rows*cols, rows*cols).Draw(t, "w")
		for f := range formats {
			checkEncoding(t, f, w, rows, cols)
		}
	})
}

func TestAValueBetweenTwoCodesGoesToTheEvenOne(t *testing.T) {
	e := Quantize([]float32{0, 255, 0.5, 1.5, 2.5, 253.5}, 1, 6) // the scale is 1
	if want := []int8{-128, 127, -128, -126, -126, 126}; !slices.Equal(e.Codes, want) || e.Scale[0] != 1 || e.Zero[0] != -128 {
		t.Errorf("%d × %g from %d, want %d", e.Codes, e.Scale, e.Zero, want)
	}
}

func TestQuantizingWhatIsQuantizedChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.SliceOfN(rapid.Float32Range(-10, 10), 24, 24).Draw(t, "w")
		once := Quantize(w, 3, 8)
		first, second := make([]float32, 24), make([]float32, 24)
		once.Floats(first)
		Quantize(first, 3, 8).Floats(second)
		for i := range first {
			// The scale is found anew from the decoded ends, so the last bits may differ.
			if d := math.Abs(float64(first[i] - second[i])); d > float64(once.Scale[i/8])*1.01 {
				t.Fatalf("%g became %g, scale %g", first[i], second[i], once.Scale[i/8])
			}
		}
	})
}

func TestNaNAndInfinityAreNeverConverted(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	q := Quantize([]float32{nan, 1, -1, inf, -inf, 0, nan, nan, nan}, 3, 3)
	if q.Codes[0] != 0 {
		t.Errorf("NaN has the code %d, want 0", q.Codes[0])
	}
	if q.Codes[3] != 127 || q.Codes[4] != -128 {
		t.Errorf("±infinity have the codes %d and %d, want 127 and -128", q.Codes[3], q.Codes[4])
	}
	for r, s := range q.Scale {
		if s-s != 0 || s <= 0 {
			t.Errorf("row %d has the scale %g", r, s)
		}
	}
}

func TestSmallerTakesTheSparseFormOnlyWhereItIsSmaller(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, share := range []float64{0, 0.01, 0.1, 0.2, 0.5, 0.9, 1} {
		w := make([]float32, 64*32)
		for i := range w {
			if r.Float64() >= share {
				w[i] = float32(r.NormFloat64())
			}
		}
		for _, dense := range []Encoding{F32(w), Quantize(w, 64, 32)} {
			e := Smaller(dense, 64, 32)
			_, isSparse := e.(*Sparse)
			if n := storedBytes(e, 64, 32); n > storedBytes(dense, 64, 32) || isSparse != (n < storedBytes(dense, 64, 32)) {
				t.Errorf("%.0f %% zeros: %s of %d bytes for %s of %d", share*100, e.Kind(), n, dense.Kind(), storedBytes(dense, 64, 32))
			}
			a, b := make([]float32, len(w)), make([]float32, len(w))
			dense.Floats(a)
			e.Floats(b)
			if !slices.Equal(a, b) {
				t.Errorf("%.0f %% zeros: %s decodes to other values than %s", share*100, e.Kind(), dense.Kind())
			}
		}
	}
}

// TestCodesAreThoseOfPyTorch holds Quantize against torch.quantize_per_channel with
// qint8 and the same scales and zero points; testdata/golden.py made the file.
func TestCodesAreThoseOfPyTorch(t *testing.T) {
	b, err := os.ReadFile("testdata/quantize.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden []struct {
		Name       string
		Rows, Cols int
		W          []float32
		Scale      []float32
		Zero       []int8
		Codes      []int8
		Decoded    []float32
	}
	if err := json.Unmarshal(b, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden) < 3 {
		t.Fatalf("only %d cases", len(golden))
	}
	for _, g := range golden {
		q := Quantize(g.W, g.Rows, g.Cols)
		if !slices.Equal(q.Scale, g.Scale) || !slices.Equal(q.Zero, g.Zero) {
			t.Errorf("%s: scale %v zero %v, PyTorch's %v %v", g.Name, q.Scale, q.Zero, g.Scale, g.Zero)
		}
		if !slices.Equal(q.Codes, g.Codes) {
			t.Errorf("%s: codes\n%v, PyTorch's\n%v", g.Name, q.Codes, g.Codes)
		}
		got := make([]float32, len(g.W))
		q.Floats(got)
		if !slices.Equal(got, g.Decoded) {
			t.Errorf("%s: decoded\n%v, PyTorch's\n%v", g.Name, got, g.Decoded)
		}
	}
}
