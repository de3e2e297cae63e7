package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// formats are the encodings that the conformance suite goes through. To add one, add a
// line: what it makes of a matrix, how far a decoded value may lie from the true one
// (low and high are the range, with 0 in it, of the row, or of the matrix where whole; of
// values clamped to ±clamp, where it says that it clamps), and the bytes that it takes.
// Inexact ones may turn a 0 into something else.
var formats = []struct {
	name    string
	encode  func(w []float32, rows, cols int) Encoding
	bound   func(low, high float64) float64
	bytes   func(rows, cols, kept int) int
	clamp   float32
	whole   bool
	inexact bool
}{
	{name: "f32",
		encode: plain,
		bound:  exact,
		bytes:  func(rows, cols, kept int) int { return 4 * rows * cols },
	},
	{name: "f16",
		encode: func(w []float32, rows, cols int) Encoding { return ToHalf(w, rows, cols, false) },
		bound:  func(low, high float64) float64 { return math.Max(math.Max(-low, high)*0x1p-11, 0x1p-25) },
		bytes:  func(rows, cols, kept int) int { return 2 * rows * cols },
		clamp:  maxHalf,
	},
	{name: "bf16",
		encode: func(w []float32, rows, cols int) Encoding { return ToHalf(w, rows, cols, true) },
		bound:  func(low, high float64) float64 { return math.Max(math.Max(-low, high)*0x1p-8, 0x1p-134) },
		bytes:  func(rows, cols, kept int) int { return 2 * rows * cols },
	},
	{name: "int8",
		encode: func(w []float32, rows, cols int) Encoding { return Quantize(w, rows, cols) },
		bound:  affineBound,
		bytes:  func(rows, cols, kept int) int { return rows*cols + 5*rows },
		clamp:  maxEnd,
	},
	{name: "int8/sym",
		encode: rounded(Rounding{Bits: 8, Symmetric: true}),
		bound:  symmetricBound(255),
		bytes:  func(rows, cols, kept int) int { return rows*cols + 4*rows },
		clamp:  maxEnd,
	},
	{name: "int8/tensor",
		encode: rounded(Rounding{Bits: 8, Per: PerTensor}),
		bound:  affineBound,
		bytes:  func(rows, cols, kept int) int { return rows*cols + 5 },
		clamp:  maxEnd, whole: true,
	},
	{name: "int8/group32/sym",
		encode: rounded(Rounding{Bits: 8, Per: 32, Symmetric: true}),
		bound:  halfScale(symmetricBound(255)),
		bytes:  func(rows, cols, kept int) int { return rows*cols + 2*rows*((cols+31)/32) },
		clamp:  maxHalf * 127.5,
	},
	{name: "int4",
		encode: rounded(Rounding{Bits: 4}),
		bound:  int4Bound,
		bytes:  func(rows, cols, kept int) int { return rows*((cols+1)/2) + 4*rows + (rows+1)/2 },
		clamp:  maxEnd,
	},
	{name: "int4/group32",
		encode: rounded(Rounding{Bits: 4, Per: 32}),
		bound:  int4Bound,
		bytes: func(rows, cols, kept int) int {
			g := rows * ((cols + 31) / 32)
			return rows*((cols+1)/2) + 2*g + (g+1)/2
		},
		clamp: maxHalf * 7.5,
	},
	{name: "int4/group64/sym",
		encode: rounded(Rounding{Bits: 4, Per: 64, Symmetric: true}),
		bound:  halfScale(symmetricBound(15)),
		bytes:  func(rows, cols, kept int) int { return rows*((cols+1)/2) + 2*rows*((cols+63)/64) },
		clamp:  maxHalf * 7.5,
	},
	{name: "int4/tensor/sym",
		encode: rounded(Rounding{Bits: 4, Per: PerTensor, Symmetric: true}),
		bound:  symmetricBound(15),
		bytes:  func(rows, cols, kept int) int { return rows*((cols+1)/2) + 4 },
		clamp:  maxEnd, whole: true,
	},
	{name: "binary",
		encode:  func(w []float32, rows, cols int) Encoding { return Binarize(w, rows, cols, true) },
		bound:   func(low, high float64) float64 { return math.Max(-low, high)*(1+0x1p-10) + 0x1p-24 },
		bytes:   func(rows, cols, kept int) int { return rows*((cols+7)/8) + 2*rows },
		clamp:   maxHalf,
		inexact: true,
	},
	{name: "sign",
		encode:  func(w []float32, rows, cols int) Encoding { return Binarize(w, rows, cols, false) },
		bound:   func(low, high float64) float64 { return math.Max(-low, high) + 1 },
		bytes:   func(rows, cols, kept int) int { return rows * ((cols + 7) / 8) },
		inexact: true,
	},
	{name: "ternary",
		encode: func(w []float32, rows, cols int) Encoding { return Ternarize(w, rows, cols) },
		bound:  func(low, high float64) float64 { return math.Max(-low, high)*(1+0x1p-10) + 0x1p-24 },
		bytes:  func(rows, cols, kept int) int { return rows*((cols+3)/4) + 2*rows },
		clamp:  maxHalf,
	},
	{name: "cluster8",
		encode: clustered(8),
		bound:  exact, // so few values all stand in the codebook
		bytes:  func(rows, cols, kept int) int { return rows*cols + 4*256 },
	},
	{name: "cluster3",
		encode: clustered(3),
		bound:  func(low, high float64) float64 { return high - low },
		bytes:  func(rows, cols, kept int) int { return rows*((cols+3)/4+(cols+7)/8) + 4*8 },
		whole:  true,
	},
	{name: "pq4/sub3 f32",
		encode: func(w []float32, rows, cols int) Encoding { return split(w, rows, cols, 3, false) },
		bound:  exact, // so few rows are all in the codebook
		bytes:  func(rows, cols, kept int) int { return rows*(((cols+2)/3+1)/2) + 4*16*cols },
	},
	{name: "pq4/sub2/norm f16 cluster8",
		encode: func(w []float32, rows, cols int) Encoding { return split(w, rows, cols, 2, true) },
		bound:  func(low, high float64) float64 { return math.Max(-low, high)*0x1p-10 + 0x1p-24 },
		bytes:  func(rows, cols, kept int) int { return rows*(((cols+1)/2+1)/2) + 2*16*cols + rows + 4*256 },
	},
	{name: "lowrank f32 f32",
		encode: func(w []float32, rows, cols int) Encoding { return factored(w, rows, cols, plain) },
		bound:  exact,
		bytes: func(rows, cols, kept int) int {
			k := min(rows, cols)
			return 4 * (rows*k + k*cols)
		},
	},
	{name: "lowrank int8 int8",
		encode: func(w []float32, rows, cols int) Encoding { return factored(w, rows, cols, rounded(Rounding{Bits: 8})) },
		bound:  func(low, high float64) float64 { return 2 * affineBound(low, high) },
		bytes: func(rows, cols, kept int) int {
			k := min(rows, cols)
			return rows*k + k*cols + 5*(rows+k)
		},
		clamp: maxEnd, whole: true,
	},
	{name: "sparse f32",
		encode: func(w []float32, rows, cols int) Encoding { return SparseF32(w, rows, cols) },
		bound:  exact,
		bytes:  func(rows, cols, kept int) int { return (rows*cols+7)/8 + 4*kept },
	},
	{name: "sparse int8",
		encode: func(w []float32, rows, cols int) Encoding { return SparseInt8(Quantize(w, rows, cols)) },
		bound:  affineBound,
		bytes:  func(rows, cols, kept int) int { return (rows*cols+7)/8 + kept + 5*rows },
		clamp:  maxEnd,
	},
	{name: "sparse cluster8",
		encode: func(w []float32, rows, cols int) Encoding {
			return SparseOf(w, rows, cols, func(kept []float32) Encoding { return clustered(8)(kept, 1, len(kept)) })
		},
		bound: exact,
		bytes: func(rows, cols, kept int) int { return (rows*cols+7)/8 + kept + 4*256 },
	},
	{name: "huffman ternary",
		encode: func(w []float32, rows, cols int) Encoding { return &Huffman{Ternarize(w, rows, cols)} },
		bound:  func(low, high float64) float64 { return math.Max(-low, high)*(1+0x1p-10) + 0x1p-24 },
		bytes:  nil, // it depends on the codes; huffman_test.go holds it to the entropy
		clamp:  maxHalf,
	},
	{name: "huffman sparse cluster8",
		encode: func(w []float32, rows, cols int) Encoding {
			return &Huffman{SparseOf(w, rows, cols, func(kept []float32) Encoding { return clustered(8)(kept, 1, len(kept)) })}
		},
		bound: exact,
	},
}

func exact(low, high float64) float64 { return 0 }

func plain(w []float32, rows, cols int) Encoding { return F32(slices.Clone(w)) }

func rounded(o Rounding) func(w []float32, rows, cols int) Encoding {
	return func(w []float32, rows, cols int) Encoding { return o.Round(w, rows, cols) }
}

// clustered takes for codebook the first values of w that differ, filled up with 0.
func clustered(bits int) func(w []float32, rows, cols int) Encoding {
	return func(w []float32, rows, cols int) Encoding {
		codebook := []float32{0}
		for _, x := range w {
			if len(codebook) < 1<<bits && !slices.Contains(codebook, x) {
				codebook = append(codebook, x)
			}
		}
		for len(codebook) < 1<<bits {
			codebook = append(codebook, 0)
		}
		return Cluster(w, rows, cols, bits, codebook)
	}
}

// split is a product quantization whose i-th centroids are row i of w, at most 16 rows.
// With norms, rows are divided by their greatest magnitude.
func split(w []float32, rows, cols, sub int, norm bool) Encoding {
	e := &Product{Rows: rows, Cols: cols, Sub: sub, Bits: 4}
	book, codes := make([]float32, 16*cols), make([]byte, rows*e.Parts())
	var norms []float32
	for r := range rows {
		row, n := w[r*cols:(r+1)*cols], float32(1)
		if norm {
			n = 0
			for _, x := range row {
				n = float32(math.Max(float64(n), math.Abs(float64(x))))
			}
			norms = append(norms, n)
			if n == 0 {
				n = 1
			}
		}
		for c, x := range row {
			book[r*cols+c] = x / n
		}
		for j := range e.Parts() {
			codes[r*e.Parts()+j] = byte(r)
		}
	}
	e.Packed = Pack(codes, rows, e.Parts(), 4)
	e.Codebook = F32(book)
	if norm {
		e.Codebook = ToHalf(book, 16, cols, false)
		e.Norms = clustered(8)(norms, 1, rows)
	}
	return e
}

// factored is w times 1, or 1 times w, whichever is narrow.
func factored(w []float32, rows, cols int, encode func(w []float32, rows, cols int) Encoding) Encoding {
	k := min(rows, cols)
	one := make([]float32, k*k)
	for i := range k {
		one[i*k+i] = 1
	}
	e := &LowRank{Rows: rows, Cols: cols, Rank: k, U: encode(w, rows, k), V: nil}
	if k == cols {
		e.V = encode(one, k, k)
	} else {
		e.U, e.V = encode(one, k, k), encode(w, k, cols)
	}
	return e
}

// symmetricBound is half of one of so many steps from −max to max, and a little for the scale's own rounding.
func symmetricBound(steps float64) func(low, high float64) float64 {
	return func(low, high float64) float64 {
		return math.Max(math.Max(-low, high)/steps*(1+0x1p-8), 0x1p-126)
	}
}

// halfScale is for scales rounded to float16: by 2⁻¹¹, which 127.5 codes make 1/16 step,
// or below 2⁻¹⁴ by 2⁻²⁵, which they make 2⁻¹⁸.
func halfScale(bound func(low, high float64) float64) func(low, high float64) float64 {
	return func(low, high float64) float64 { return bound(low, high)*1.125 + 0x1p-17 }
}

// int4Bound is one step of 15 over the range, as affineBound, with scales that may be float16.
func int4Bound(low, high float64) float64 {
	return math.Max((high-low)/15, 0x1p-126)*(1+0x1p-6) + 0x1p-21
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
	kind := e.Kind()
	if f, ok := e.(*LowRank); ok {
		kind = fmt.Sprintf("lowrank %s %s", f.U.Kind(), f.V.Kind())
	}
	if kind != format.name {
		t.Fatalf("%s calls itself %s", format.name, e.Kind())
	}
	got := make([]float32, rows*cols)
	e.Floats(got)
	if x, ok := e.(Rows); ok {
		for r := range rows {
			row := make([]float32, cols)
			if x.Row(row, r); !slices.EqualFunc(row, got[r*cols:(r+1)*cols], sameBits) {
				t.Fatalf("%s: row %d alone is %v, in all %v", format.name, r, row, got[r*cols:(r+1)*cols])
			}
		}
	}
	sound := slices.Clone(w)
	for i, x := range sound {
		if format.clamp > 0 {
			sound[i] = float32(math.Max(-float64(format.clamp), math.Min(float64(x), float64(format.clamp))))
		}
	}
	for r := range rows {
		row := sound[r*cols : (r+1)*cols]
		in := row
		if format.whole {
			in = sound
		}
		low, high := math.Min(0, float64(slices.Min(in))), math.Max(0, float64(slices.Max(in)))
		for c, want := range row {
			x := got[r*cols+c]
			if want == 0 && x != 0 && !format.inexact {
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
	if h, ok := e.(*Huffman); ok {
		if a, b := storedBytes(e, rows, cols), storedBytes(h.Of, rows, cols); a > b {
			t.Fatalf("%s: %d bytes, where %d were enough", format.name, a, b)
		}
	} else if n := storedBytes(e, rows, cols); n != format.bytes(rows, cols, kept) {
		t.Fatalf("%s: %d bytes for %d×%d with %d kept, want %d", format.name, n, rows, cols, kept, format.bytes(rows, cols, kept))
	}

	file := WriteTensors(nil, e.Tensors("w", []int{rows, cols}))
	again, err := reread(file, rows, cols, e.Kind())
	if err != nil {
		t.Fatalf("%s: %v", format.name, err)
	}
	back := make([]float32, rows*cols)
	again.Floats(back)
	if again.Kind() != e.Kind() || !slices.EqualFunc(back, got, sameBits) {
		t.Fatalf("%s: %v came back from the file as %s %v", format.name, got, again.Kind(), back)
	}
	if !bytes.Equal(WriteTensors(nil, again.Tensors("w", []int{rows, cols})), file) {
		t.Fatalf("%s: what was read is written as another file", format.name)
	}
}

// reread reads the one parameter of a file, which must use all of it up.
func reread(file []byte, rows, cols int, kind string) (Encoding, error) {
	_, tensors, err := ReadTensors(file)
	if err != nil {
		return nil, err
	}
	found := map[string]Tensor{}
	for _, x := range tensors {
		found[x.Name] = x
	}
	e, err := decode(found, NamedShape{"w", []int{rows, cols}}, kind)
	if err == nil && len(found) > 0 {
		return nil, fmt.Errorf("%d tensors are left over", len(found))
	}
	return e, err
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
