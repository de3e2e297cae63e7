package model

import "fmt"

// Clustered stores for each weight the place of its value in a codebook of at most 2ᵇ
// values, b from 1 to 8, one codebook a matrix (Deep Compression, Han et al. 2016,
// arXiv:1510.00149):
//
//	ŵ = codebook[code],  the value nearest to w; of two as near the one that comes first
//
// Who makes the codebook (compress has k-means) puts an exact 0 into it where the matrix
// was pruned: what is 0 then stays so. NaN counts as 0.
// It takes rows × ⌈cols·b/8⌉ bytes (each plane of pack.go rounded up) + 4 bytes a value:
// U8 as pack.go packs, and name.codebook F32 [values].
//
// It hurts little at 5 bits and more after pruning; 4 and fewer want training afterwards.
type Clustered struct {
	Rows, Cols int
	Bits       int
	Packed     []byte
	Codebook   []float32
}

// Cluster stores w [rows, cols] with the values of codebook, 1 to 2ᵇ of them, finite.
func Cluster(w []float32, rows, cols, bits int, codebook []float32) *Clustered {
	codes := make([]byte, len(w))
	for i, x := range w {
		codes[i] = nearest(codebook, x)
	}
	return &Clustered{rows, cols, bits, Pack(codes, rows, cols, bits), codebook}
}

func nearest(codebook []float32, x float32) byte {
	if x != x {
		x = 0
	}
	best, least := 0, 0.0
	for i, v := range codebook {
		d := float64(v) - float64(x)
		if d < 0 {
			d = -d
		}
		if i == 0 || d < least {
			best, least = i, d
		}
	}
	return byte(best)
}

// Kind is "cluster" and the bits, as "cluster4".
func (e *Clustered) Kind() string { return fmt.Sprintf("cluster%d", e.Bits) }

// Floats looks each code up.
func (e *Clustered) Floats(dst []float32) {
	for r := range e.Rows {
		e.Row(dst[r*e.Cols:(r+1)*e.Cols], r)
	}
}

// Row decodes one row.
func (e *Clustered) Row(dst []float32, r int) {
	n := packedRow(e.Cols, e.Bits)
	var room narrow
	codes := room.codes(e.Cols)
	Unpack(codes, e.Packed[r*n:(r+1)*n], e.Bits)
	for c, i := range codes {
		dst[c] = e.Codebook[i]
	}
}

// Tensors are the codes under the parameter's own name, and name.codebook.
func (e *Clustered) Tensors(name string, _ []int) []Tensor {
	return []Tensor{
		{name, "U8", []int{e.Rows, packedRow(e.Cols, e.Bits)}, e.Packed},
		{name + codebookSuffix, "F32", []int{len(e.Codebook)}, FloatBytes(e.Codebook)},
	}
}

func readClustered(r *reader, name string, shape []int, kind string) (Encoding, error) {
	rows, cols := dims(shape)
	e := &Clustered{Rows: rows, Cols: cols, Bits: number(kind, "cluster")}
	if e.Bits < 1 || e.Bits > 8 {
		return nil, unknownKind(r.param, kind)
	}
	n := r.length(name + codebookSuffix)
	if n < 1 || n > 1<<e.Bits {
		return nil, misshapen("the codebook of %s has %d values, which %d bits can't tell apart", name, n, e.Bits)
	}
	b, err := r.take(name+codebookSuffix, "F32", n)
	if err != nil {
		return nil, err
	}
	if e.Codebook = bytesFloats(b); !finite(e.Codebook) {
		return nil, corrupt("the codebook of %s holds a value that is not finite", name)
	}
	e.Packed, err = r.packed(name, rows, cols, e.Bits, n)
	return e, err
}
