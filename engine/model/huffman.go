package model

import (
	"encoding/binary"
	"slices"
	"strings"
)

// Huffman is an encoding whose tensors of codes are entropy coded in the file (Deep
// Compression, Han et al. 2016, arXiv:1510.00149; Huffman 1952): what occurs often takes
// few bits. Reading decodes them, and the encoding inside runs as ever: it costs time at
// load, none at inference. It never hurts, and gains where codes are uneven: clusters and
// ternary weights after pruning, bitmaps with few marks; int8 gains some percent.
//
// Each tensor X of type U8 or I8 that gets smaller is stored as X.huffman, U8 [bytes]:
//
//	1 byte     type: 0 U8, 1 I8
//	1 byte     form: 1 to 8 the bits of a code; 0 gaps
//	1 byte     number of dimensions, 1 or 2
//	4 bytes    each dimension of X, little-endian
//	4 bytes    codes in a row of X, that pack.go packed (8 bits: its bytes; gaps: its bytes)
//	the table  4 bits a symbol, its length 0 to 15, the lower half first; 2ᵇ symbols, gaps 256
//	the rest   the codes of the symbols, highest bit first, filled up with 0 bits
//
// The code is canonical: the shorter first, of one length the smaller symbol first, each
// one more than the one before. A lone symbol has length 1. Symbols are the unpacked codes
// row by row. With gaps they say how many unmarked weights stand before the next mark of a
// bitmap: 255 stands for 255 without a mark behind; the last reaches the bitmap's end.
type Huffman struct{ Of Encoding }

const maxLength = 15

// Kind is "huffman" and the kind inside.
func (e *Huffman) Kind() string { return "huffman " + e.Of.Kind() }

// Floats are those of the encoding inside.
func (e *Huffman) Floats(dst []float32) { e.Of.Floats(dst) }

// Tensors are those of the encoding inside, the smaller of coded and plain.
func (e *Huffman) Tensors(name string, shape []int) []Tensor {
	widths := map[string]packing{}
	packings(e.Of, name, widths)
	list := e.Of.Tensors(name, shape)
	for i, t := range list {
		if t.DType != "U8" && t.DType != "I8" {
			continue
		}
		forms := []packing{{8, rowBytes(t.Shape)}}
		if p, ok := widths[t.Name]; ok && p.bits != 8 {
			forms = append(forms, p)
		}
		if strings.HasSuffix(t.Name, bitmapSuffix) {
			forms = append(forms, packing{0, len(t.Data)})
		}
		for _, f := range forms {
			if b := squeeze(t, f); len(b) < len(list[i].Data) {
				list[i] = Tensor{t.Name + huffmanSuffix, "U8", []int{len(b)}, b}
			}
		}
	}
	return sorted(list)
}

// packing is how codes are packed: their bits, and how many are in a row.
type packing struct{ bits, cols int }

// packings are those of e's tensors that hold codes of fewer than 8 bits.
func packings(e Encoding, name string, into map[string]packing) {
	switch e := e.(type) {
	case *Ints:
		into[name] = packing{e.Bits, e.Cols}
	case *Ternary:
		into[name] = packing{2, e.Cols}
	case *Clustered:
		into[name] = packing{e.Bits, e.Cols}
	case *Product:
		into[name+codesSuffix] = packing{e.Bits, e.Parts()}
		packings(e.Codebook, name+codebookSuffix, into)
	case *LowRank:
		packings(e.U, name+".u", into)
		packings(e.V, name+".v", into)
	case *Sparse:
		packings(e.Inner, name, into)
	}
}

func rowBytes(shape []int) int { return shape[len(shape)-1] }

// squeeze is t coded in that form.
func squeeze(t Tensor, f packing) []byte {
	out := []byte{0, byte(f.bits), byte(len(t.Shape))}
	if t.DType == "I8" {
		out[0] = 1
	}
	for _, d := range t.Shape {
		out = binary.LittleEndian.AppendUint32(out, uint32(d))
	}
	out = binary.LittleEndian.AppendUint32(out, uint32(f.cols))
	if f.bits == 0 {
		return appendSymbols(out, gaps(t.Data), 8)
	}
	n := packedRow(f.cols, f.bits)
	if n == 0 {
		return appendSymbols(out, nil, f.bits)
	}
	symbols := make([]byte, len(t.Data)/n*f.cols)
	for r := range len(t.Data) / n {
		Unpack(symbols[r*f.cols:(r+1)*f.cols], t.Data[r*n:(r+1)*n], f.bits)
	}
	return appendSymbols(out, symbols, f.bits)
}

// appendSymbols appends the table and the codes of symbols of so many bits.
func appendSymbols(out, symbols []byte, bits int) []byte {
	lengths := codeLengths(symbols, bits)
	for i := 0; i < len(lengths); i += 2 {
		out = append(out, lengths[i]|lengths[i+1]<<4)
	}
	codes := canonical(lengths)
	var acc uint64
	held := 0
	for _, s := range symbols {
		acc = acc<<lengths[s] | uint64(codes[s])
		for held += int(lengths[s]); held >= 8; held -= 8 {
			out = append(out, byte(acc>>(held-8)))
		}
	}
	if held > 0 {
		out = append(out, byte(acc<<(8-held)))
	}
	return out
}

// codeLengths are Huffman's, none above maxLength: where one would be, the counts are
// halved, which makes the tree flatter, until it is not.
func codeLengths(symbols []byte, bits int) []byte {
	counts := make([]int, 1<<bits)
	for _, s := range symbols {
		counts[s]++
	}
	lengths := make([]byte, len(counts))
	for {
		type node struct{ count, parent int }
		var nodes []node
		var leaf []int // the symbols of the first nodes
		for s, n := range counts {
			if n > 0 {
				leaf, nodes = append(leaf, s), append(nodes, node{n, -1})
			}
		}
		if len(leaf) == 1 {
			lengths[leaf[0]] = 1
		}
		order := make([]int, len(leaf)) // leaves by count; then the joined ones, which come in order
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return nodes[a].count - nodes[b].count })
		joined := len(leaf)
		least := func() int { // of what has no parent, a leaf on a tie
			if len(order) > 0 && (joined == len(nodes) || nodes[order[0]].count <= nodes[joined].count) {
				i := order[0]
				order = order[1:]
				return i
			}
			joined++
			return joined - 1
		}
		for range len(leaf) - 1 {
			a := least()
			b := least()
			nodes[a].parent, nodes[b].parent = len(nodes), len(nodes)
			nodes = append(nodes, node{nodes[a].count + nodes[b].count, -1})
		}
		deepest := 0
		for i, s := range leaf {
			depth := 0
			for j := i; nodes[j].parent >= 0; j = nodes[j].parent {
				depth++
			}
			if len(leaf) > 1 {
				lengths[s] = byte(min(depth, 255))
			}
			deepest = max(deepest, depth)
		}
		if deepest <= maxLength {
			return lengths
		}
		for s, n := range counts {
			counts[s] = (n + 1) / 2
		}
	}
}

// canonical are the codes that the lengths stand for.
func canonical(lengths []byte) []uint32 {
	codes, next := make([]uint32, len(lengths)), uint32(0)
	for l := byte(1); l <= maxLength; l++ {
		for s, n := range lengths {
			if n == l {
				codes[s] = next
				next++
			}
		}
		next <<= 1
	}
	return codes
}

// gaps are the runs of unmarked weights of a bitmap.
func gaps(bitmap []byte) []byte {
	var list []byte
	run := 0
	for i := range 8 * len(bitmap) {
		if bitmap[i/8]>>(i%8)&1 != 0 {
			list, run = append(list, byte(run)), 0
		} else if run++; run == 255 {
			list, run = append(list, 255), 0
		}
	}
	if run > 0 {
		list = append(list, byte(run))
	}
	return list
}

// readHuffman decodes the coded tensors into the file's others and reads the encoding inside.
func readHuffman(r *reader, name string, shape []int, kind string) (Encoding, error) {
	if len(r.words) > 0 && r.words[0] == "huffman" {
		return nil, unknownKind(r.param, kind+" huffman")
	}
	for _, coded := range r.below(name) {
		plain, ok := strings.CutSuffix(coded, huffmanSuffix)
		if !ok {
			continue
		}
		if _, twice := r.found[plain]; twice {
			return nil, misshapen("it holds %s both coded and plain", plain)
		}
		t := r.found[coded]
		if t.DType != "U8" || len(t.Shape) != 1 {
			return nil, misshapen("%s is %s %v, which are no coded bytes", coded, t.DType, t.Shape)
		}
		x, ok := inflate(plain, t.Data)
		if !ok {
			return nil, corrupt("%s is not what entropy coding writes", coded)
		}
		delete(r.found, coded)
		r.found[plain] = x
	}
	of, err := r.encoding(name, shape)
	if err != nil {
		return nil, err
	}
	return &Huffman{of}, nil
}

// inflate is squeeze's inverse; false for bytes that it can't have written.
func inflate(name string, b []byte) (Tensor, bool) {
	if len(b) < 3 || b[0] > 1 || b[1] > 8 || b[2] < 1 || b[2] > 2 || len(b) < 7+4*int(b[2]) {
		return Tensor{}, false
	}
	t, f := Tensor{Name: name, DType: []string{"U8", "I8"}[b[0]]}, packing{bits: int(b[1])}
	count := 1
	for i := range int(b[2]) {
		d := binary.LittleEndian.Uint32(b[3+4*i:])
		if d > 1<<28 || d > 0 && count > (1<<28)/int(d) {
			return Tensor{}, false
		}
		t.Shape = append(t.Shape, int(d))
		count *= int(d)
	}
	cols := binary.LittleEndian.Uint32(b[3+4*len(t.Shape):])
	if cols > 1<<28 {
		return Tensor{}, false
	}
	f.cols = int(cols)
	b = b[7+4*len(t.Shape):]
	if f.bits == 0 {
		d, ok := newDecoder(b, 8)
		// A gap takes a bit at least, and stands for 255 weights at most.
		if !ok || len(t.Shape) != 1 || f.cols != count || count > 255*len(d.b) {
			return Tensor{}, false
		}
		t.Data, ok = d.bitmap(count)
		return t, ok && d.done()
	}
	if rowBytes(t.Shape) != packedRow(f.cols, f.bits) {
		return Tensor{}, false
	}
	d, ok := newDecoder(b, f.bits)
	rows := 1
	if len(t.Shape) == 2 {
		rows = t.Shape[0]
	}
	if !ok || rows*f.cols > 8*len(d.b) { // a code takes a bit at least
		return Tensor{}, false
	}
	symbols := make([]byte, rows*f.cols)
	for i := range symbols {
		if symbols[i], ok = d.next(); !ok {
			return Tensor{}, false
		}
	}
	t.Data = Pack(symbols, rows, f.cols, f.bits)
	return t, d.done()
}

// decoder reads symbols bit by bit: first[l] is the first code of length l, and of the
// symbols in order of their codes it is number from[l].
type decoder struct {
	b           []byte
	at          int // bits read
	first, from [maxLength + 2]int
	symbols     []byte
}

// newDecoder reads the table; false where its lengths are no code: more codes than bits can
// tell apart, or fewer than they could, but for a lone symbol's.
func newDecoder(b []byte, bits int) (*decoder, bool) {
	n := 1 << bits
	if len(b) < n/2 {
		return nil, false
	}
	d := &decoder{b: b[n/2:]}
	code := 0
	for l := 1; l <= maxLength; l++ {
		d.first[l], d.from[l] = code, len(d.symbols)
		for s := range n {
			if int(b[s/2]>>(s%2*4)&15) == l {
				d.symbols = append(d.symbols, byte(s))
				code++
			}
		}
		if code > 1<<l {
			return nil, false
		}
		code <<= 1
	}
	d.from[maxLength+1] = len(d.symbols)
	lone := len(d.symbols) == 1 && d.from[2] == 1
	return d, len(d.symbols) == 0 || lone || code == 1<<(maxLength+1)
}

func (d *decoder) next() (byte, bool) {
	code := 0
	for l := 1; l <= maxLength && d.at < 8*len(d.b); l++ {
		code = code<<1 | int(d.b[d.at/8]>>(7-d.at%8)&1)
		d.at++
		if i := d.from[l] + code - d.first[l]; code >= d.first[l] && i < d.from[l+1] {
			return d.symbols[i], true
		}
	}
	return 0, false
}

// bitmap of n bytes from gaps.
func (d *decoder) bitmap(n int) ([]byte, bool) {
	out := make([]byte, n)
	for at := 0; at < 8*n; {
		g, ok := d.next()
		if !ok {
			return nil, false
		}
		at += int(g)
		if at > 8*n {
			return nil, false
		}
		if g == 255 {
			continue
		}
		if at < 8*n {
			out[at/8] |= 1 << (at % 8)
		}
		at++
	}
	return out, true
}

// done says that what is left are fewer than 8 bits, all 0.
func (d *decoder) done() bool {
	for ; d.at < 8*len(d.b); d.at++ {
		if d.at%8 == 0 || d.b[d.at/8]>>(7-d.at%8)&1 != 0 {
			return false
		}
	}
	return true
}
