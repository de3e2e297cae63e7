package infer

import (
	"encoding/binary"
	"unsafe"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/tensor"
)

// rows is a matrix of which a row at a time is decoded, as an embedding is read.
type rows interface {
	row(dst []float32, id int32)
}

// codes is one whose rows are whole numbers with a scale, so that a product with int8
// weights needs no rounding.
type codes interface {
	rows
	// codes writes the rows of ids to dst, and how each is read to by.
	codes(dst []int8, by []tensor.Int8Row, ids []int32)
}

// inside is what an entropy code holds; it was undone when the file was read.
func inside(e model.Encoding) model.Encoding {
	for {
		h, ok := e.(*model.Huffman)
		if !ok {
			return e
		}
		e = h.Of
	}
}

// rowsOf is e [n, cols], stored as it is. Of what wraps others, only what all rows share is
// widened: a codebook, a narrow factor, the norms.
func rowsOf(e model.Encoding, n, cols int) rows {
	switch e := inside(e).(type) {
	case model.F32:
		return denseRows{e, cols}
	case *model.Sparse:
		s := newSparseRows(e)
		switch {
		case e.Values != nil:
			return s
		case e.Inner == nil:
			return &sparseCodes{s}
		}
		return &keptRows{sparseRows: s, kept: keptOf(e.Inner, e.Kept())}
	case *model.Ints:
		if e.Per <= 0 {
			return intRows{decoded{e}, e}
		}
		return decoded{e}
	case *model.Binary:
		return signRows{decoded{e}, e.Packed, e.Scale, 1, n, cols}
	case *model.Ternary:
		return signRows{decoded{e}, e.Packed, e.Scale, 2, n, cols}
	case *model.LowRank:
		v := make([]float32, e.Rank*cols)
		e.V.Floats(v)
		return &lowRankRows{u: rowsOf(e.U, n, e.Rank), v: v, k: e.Rank}
	case *model.Product:
		p := &productRows{w: e, book: make([]float32, cols<<e.Bits)}
		e.Codebook.Floats(p.book)
		if e.Norms != nil {
			p.norms = make([]float32, n)
			e.Norms.Floats(p.norms)
		}
		return p
	case model.Rows:
		return decoded{e}
	}
	v := make([]float32, n*cols)
	e.Floats(v)
	return denseRows{v, cols}
}

// rowsBy is rowsOf with what the device decodes quicker.
func rowsBy(dev any, e model.Encoding, n, cols int) rows {
	if h, half := inside(e).(*model.Half); half {
		if d, ok := dev.(tensor.Coder); ok {
			form := tensor.FormHalf
			if h.Brain {
				form = tensor.FormBrain
			}
			return halfRows{d, form, h.Bits, cols}
		}
	}
	return rowsOf(e, n, cols)
}

// halfRows are of half precision.
type halfRows struct {
	dev  tensor.Coder
	form tensor.Form
	bits []uint16
	cols int
}

func (h halfRows) row(dst []float32, id int32) {
	h.dev.WidenBits(h.form, h.bits[int(id)*h.cols:(int(id)+1)*h.cols], dst)
}

// decoded is an encoding that decodes a row by itself.
type decoded struct{ of model.Rows }

func (d decoded) row(dst []float32, id int32) { d.of.Row(dst, int(id)) }

// intRows are whole numbers with a scale a row, a gate or a matrix.
type intRows struct {
	decoded
	w *model.Ints
}

func (d intRows) codes(dst []int8, by []tensor.Int8Row, ids []int32) {
	w, cols := d.w, d.w.Cols
	for i, id := range ids {
		row := dst[i*cols : (i+1)*cols]
		scale, zero := scaleOf(w, int(id), 0)
		more := rowCodes(row, w, id)
		by[i] = tensor.Int8Row{Scale: scale, Zero: int32(zero) + more, Sum: sum(row)}
	}
}

// rowCodes writes the codes of a row, and how much more than themselves they are.
func rowCodes(row []int8, w *model.Ints, id int32) (more int32) {
	if w.Bits == 8 {
		copy(row, w.Codes[int(id)*w.Cols:])
		return 0
	}
	model.Unpack(unsigned(row), packedRow(w.Packed, w.Rows, id), 4)
	return 8
}

// gathered are codes of few bits that the device unpacks.
type gathered struct {
	dev  tensor.Gatherer
	of   *tensor.Bits
	read func(id int32) (scale float32, zero int8)
}

// gatheredOf is e [n, cols] so; nil where it is not of such codes, or the device can't.
func gatheredOf(dev any, e model.Encoding, n, cols int) *gathered {
	d, ok := dev.(tensor.Gatherer)
	if !ok {
		return nil
	}
	signs := func(bits int, packed []byte, scale []float32) *gathered {
		return &gathered{d, &tensor.Bits{N: n, K: cols, Bits: bits, Packed: packed}, func(id int32) (float32, int8) { return oneOr(scale, int(id)), 0 }}
	}
	switch e := inside(e).(type) {
	case *model.Ints:
		if e.Bits == 4 {
			return &gathered{d, &tensor.Bits{N: n, K: cols, Bits: 4, Packed: e.Packed}, func(id int32) (float32, int8) { return scaleOf(e, int(id), 0) }}
		}
	case *model.Binary:
		return signs(1, e.Packed, e.Scale)
	case *model.Ternary:
		return signs(2, e.Packed, e.Scale)
	}
	return nil
}

// codes is that of the interface; dst has tensor.BitsRoom more.
func (g *gathered) codes(dst []int8, by []tensor.Int8Row, ids []int32) {
	g.dev.GatherBits(ids, g.of, dst, by)
	for i, id := range ids {
		scale, zero := g.read(id)
		by[i].Scale, by[i].Zero = scale, int32(zero)
	}
}

// signRows are −α, 0 and α in codes of 1 or 2 bits.
type signRows struct {
	decoded
	packed  []byte
	scale   []float32 // nil: 1
	bits    int
	n, cols int
}

func (d signRows) codes(dst []int8, by []tensor.Int8Row, ids []int32) {
	for i, id := range ids {
		row := dst[i*d.cols : (i+1)*d.cols]
		d.signs(row, id)
		by[i] = tensor.Int8Row{Scale: oneOr(d.scale, int(id)), Sum: sum(row)}
	}
}

// oneOr is a row's scale, 1 where none has one.
func oneOr(scale []float32, r int) float32 {
	if scale == nil {
		return 1
	}
	return scale[r]
}

// signs writes a row's −1, 0 and 1.
func (d signRows) signs(row []int8, id int32) {
	model.Unpack(unsigned(row), packedRow(d.packed, d.n, id), d.bits)
	const ones = 0x0101010101010101
	q := unsigned(row)
	for ; len(q) >= 8; q = q[8:] { // eight at once; no byte carries into the next
		v := binary.LittleEndian.Uint64(q)
		if d.bits == 1 {
			v |= (v ^ ones) * 0xff
		} else {
			v |= v >> 1 & ones * 0xfc
		}
		binary.LittleEndian.PutUint64(q, v)
	}
	for c, b := range q {
		if d.bits == 1 {
			q[c] = 2*b - 1
		} else {
			q[c] = byte(int8(b<<6) >> 6)
		}
	}
}

// packedRow is a row's bytes.
func packedRow(packed []byte, rows int, id int32) []byte {
	n := len(packed) / rows
	return packed[int(id)*n : (int(id)+1)*n]
}

func sum(row []int8) int32 {
	const some, even, signs = 128 * 8, 0x00ff00ff00ff00ff, 0x8080808080808080
	total := int32(0)
	for len(row) >= 8 {
		part := unsigned(row[:min(len(row)&^7, some)])
		row = row[len(part):]
		total -= 128 * int32(len(part))
		var lanes uint64 // four of 16 bits, of codes made positive
		for ; len(part) >= 8; part = part[8:] {
			v := binary.LittleEndian.Uint64(part) ^ signs
			lanes += v&even + v>>8&even
		}
		total += int32(lanes&0xffff + lanes>>16&0xffff + lanes>>32&0xffff + lanes>>48)
	}
	for _, q := range row {
		total += int32(q)
	}
	return total
}

// unsigned is the same memory by another name.
func unsigned(q []int8) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(q))), len(q))
}

// lowRankRows multiplies a row of U by V [k, cols].
type lowRankRows struct {
	u     rows
	v     []float32
	k     int
	spare tensor.Pool[spareRow]
}

// spareRow is room for a row, which goes through an interface and so can't be on the stack.
type spareRow [spec.MaxWidth]float32

func (l *lowRankRows) row(dst []float32, id int32) {
	room := l.spare.Get()
	defer l.spare.Put(room)
	u := room[:l.k]
	l.u.row(u, id)
	clear(dst)
	for k, a := range u {
		for c, b := range l.v[k*len(dst) : (k+1)*len(dst)] {
			dst[c] += float32(a * b)
		}
	}
}

// productRows puts centroids side by side.
type productRows struct {
	w           *model.Product
	book, norms []float32
}

func (p *productRows) row(dst []float32, id int32) {
	var room [spec.MaxWidth]byte
	w := p.w
	codes := room[:w.Parts()]
	model.Unpack(codes, packedRow(w.Packed, w.Rows, id), w.Bits)
	for j, i := range codes {
		from := j * w.Sub
		to := min(from+w.Sub, w.Cols)
		copy(dst[from:to], p.book[int(i)*w.Cols+from:])
	}
	if p.norms != nil {
		for c := range dst {
			dst[c] *= p.norms[id]
		}
	}
}

// keptRows is a sparse matrix whose kept weights are in an encoding of their own.
type keptRows struct {
	*sparseRows
	kept  func(dst []float32, from int)
	spare tensor.Pool[spareRow]
}

func (k *keptRows) row(dst []float32, id int32) {
	room := k.spare.Get()
	defer k.spare.Put(room)
	from := int(k.from[id])
	values := room[:int(k.from[id+1])-from]
	k.kept(values, from)
	k.place(dst, id, values)
}

// keptOf reads kept weights from one on: half precision and codebooks by themselves, the
// rest from what was decoded when the model was loaded.
func keptOf(e model.Encoding, n int) func(dst []float32, from int) {
	switch e := inside(e).(type) {
	case *model.Half:
		return func(dst []float32, from int) {
			some := model.Half{Rows: 1, Cols: len(dst), Brain: e.Brain, Bits: e.Bits[from : from+len(dst)]}
			some.Floats(dst)
		}
	case *model.Clustered:
		codes := make([]byte, n)
		model.Unpack(codes, e.Packed, e.Bits)
		return func(dst []float32, from int) {
			for i := range dst {
				dst[i] = e.Codebook[codes[from+i]]
			}
		}
	}
	all := make([]float32, n)
	e.Floats(all)
	return func(dst []float32, from int) { copy(dst, all[from:]) }
}
