package model

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestEntropyCodingLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits, rows, cols := rapid.IntRange(1, 8).Draw(t, "bits"), rapid.IntRange(1, 4).Draw(t, "rows"), rapid.IntRange(0, 200).Draw(t, "cols")
		most := rapid.ByteMax(byte(1<<bits-1)).Draw(t, "most")
		codes := rapid.SliceOfN(rapid.ByteMax(most), rows*cols, rows*cols).Draw(t, "codes")
		want := Tensor{"x", "U8", []int{rows, packedRow(cols, bits)}, Pack(codes, rows, cols, bits)}
		got, ok := inflate("x", squeeze(want, packing{bits, cols}))
		if !ok || !bytes.Equal(got.Data, want.Data) || !slices.Equal(got.Shape, want.Shape) || got.DType != "U8" {
			t.Fatalf("%v came back as %v", want, got)
		}
		bitmap := Tensor{"m", "U8", []int{rows * cols}, rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 0, 0, 0, 0, 1, 128, 255}), rows*cols, rows*cols).Draw(t, "bitmap")}
		got, ok = inflate("m", squeeze(bitmap, packing{0, rows * cols}))
		if !ok || !bytes.Equal(got.Data, bitmap.Data) {
			t.Fatalf("%v came back as %v", bitmap, got)
		}
	})
}

func TestGapsOf255AndMoreSurvive(t *testing.T) {
	for _, at := range []int{0, 254, 255, 256, 509, 510, 511, 1023} {
		for _, n := range []int{128, 129, 300} {
			b := make([]byte, n)
			b[at/8] |= 1 << (at % 8)
			got, ok := inflate("m", squeeze(Tensor{"m", "U8", []int{n}, b}, packing{0, n}))
			if !ok || !bytes.Equal(got.Data, b) {
				t.Errorf("a mark at %d of %d bytes is lost", at, n)
			}
		}
	}
}

// Huffman's mean length lies within a bit of the entropy, and is no longer than what any
// other code of whole bits takes: so on a source of halves it is the entropy.
func TestCodesAreAsShortAsTheEntropy(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	halves, any := make([]byte, 1<<14), make([]byte, 1<<14)
	for i := range halves {
		for i&(1<<halves[i]) != 0 && halves[i] < 13 {
			halves[i]++
		}
		any[i] = byte(math.Abs(r.NormFloat64()) * 9)
	}
	for name, symbols := range map[string][]byte{"halves": halves, "normal": any} {
		counts, entropy := map[byte]int{}, 0.0
		for _, s := range symbols {
			counts[s]++
		}
		for _, n := range counts {
			entropy += float64(n) * math.Log2(float64(len(symbols))/float64(n))
		}
		length := 0.0
		for i, l := range codeLengths(symbols, 8) {
			length += float64(counts[byte(i)]) * float64(l)
		}
		most := 0.02
		if name == "halves" {
			most = 0
		}
		t.Logf("%s: %.0f bits, entropy %.0f", name, length, entropy)
		if length < entropy-1e-6 || length > entropy*(1+most)+1e-6 {
			t.Errorf("%s: %.0f bits, entropy %.0f", name, length, entropy)
		}
	}
}

// Counts that grow as Fibonacci's numbers make the deepest tree there is.
func TestNoCodeIsLongerThan15Bits(t *testing.T) {
	var symbols []byte
	a, b := 1, 1
	for s := range 26 {
		symbols = append(symbols, bytes.Repeat([]byte{byte(s)}, a)...)
		a, b = b, a+b
	}
	if longest := slices.Max(codeLengths(symbols, 8)); longest > maxLength {
		t.Errorf("a code has %d bits", longest)
	}
	x := Tensor{"x", "I8", []int{len(symbols)}, symbols}
	got, ok := inflate("x", squeeze(x, packing{8, len(symbols)}))
	if !ok || !bytes.Equal(got.Data, symbols) || got.DType != "I8" {
		t.Error("it does not come back")
	}
}

func TestATableThatIsNoCodeIsRefused(t *testing.T) {
	good := squeeze(Tensor{"x", "U8", []int{4}, []byte{0x10, 0x32, 0x10, 0x10}}, packing{4, 8})
	if _, ok := inflate("x", good); !ok {
		t.Fatal("the sound one is refused")
	}
	const table, codes = 11, 11 + 8
	for name, change := range map[string]func(b []byte) []byte{
		"too many short codes": func(b []byte) []byte { b[table] = 0x11; b[table+1] = 0x11; return b },
		"too few codes":        func(b []byte) []byte { b[table+1] = 0xf3; return b },
		"no code":              func(b []byte) []byte { clear(b[table:codes]); return b },
		"cut off":              func(b []byte) []byte { return b[:len(b)-1] },
		"cut off in the table": func(b []byte) []byte { return b[:codes-1] },
		"cut off in the head":  func(b []byte) []byte { return b[:5] },
		"one byte more":        func(b []byte) []byte { return append(b, 0) },
		"a bit left over":      func(b []byte) []byte { b[len(b)-1] |= 1; return b },
		"an unknown form":      func(b []byte) []byte { b[1] = 9; return b },
		"an unknown type":      func(b []byte) []byte { b[0] = 2; return b },
		"three dimensions":     func(b []byte) []byte { b[2] = 3; return b },
		"a huge shape":         func(b []byte) []byte { copy(b[3:], []byte{255, 255, 255, 15}); return b },
		"a shape not its rows": func(b []byte) []byte { b[3] = 5; return b },
		"another row":          func(b []byte) []byte { b[7] = 9; return b },
		"nothing":              func(b []byte) []byte { return nil },
	} {
		if _, ok := inflate("x", change(slices.Clone(good))); ok {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzInflate(f *testing.F) {
	f.Add(squeeze(Tensor{"x", "U8", []int{4}, []byte{0x10, 0x32, 0x10, 0x10}}, packing{4, 8}))
	f.Add(squeeze(Tensor{"x", "I8", []int{2, 3}, []byte{1, 1, 1, 1, 1, 1}}, packing{8, 3}))
	f.Add(squeeze(Tensor{"x", "U8", []int{40}, make([]byte, 40)}, packing{0, 40}))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, ok := inflate("x", b)
		if !ok {
			return
		}
		n, known := size(x.DType, x.Shape)
		if !known || n != int64(len(x.Data)) {
			t.Fatalf("%d bytes for %s %v", len(x.Data), x.DType, x.Shape)
		}
	})
}
