package model

import (
	"fmt"

	"github.com/clove-ml/clove/engine/run/spec"
)

// Product is product quantization (Jégou et al. 2011, IEEE TPAMI 33(1); for embeddings
// FastText.zip, Joulin et al. 2016, arXiv:1612.03651): a row is cut into subvectors of Sub
// values, the last perhaps shorter, and of each is stored which of 2ᵇ centroids is nearest:
//
//	ŵ[r, j-th subvector] = norm[r] · codebook[code[r, j], j-th subvector]
//
// Row i of the codebook [2ᵇ, cols] holds the i-th centroid of every subvector, side by
// side. It is an encoding of its own, and so are the norms: [rows], or none, which is 1.
// It takes rows × ⌈m·b/8⌉ bytes, m = ⌈cols / Sub⌉, and the codebook's, and the norms':
// name.codes U8 as pack.go packs, name.codebook and name.norm.
//
// It pays where rows are many: the codebook is stored once, 2ᵇ rows of it. It hurts where
// words that matter are few, since k-means follows the many; norms apart, and training
// afterwards, mend it. A row of zeros comes back as zeros only with norms.
type Product struct {
	Rows, Cols int
	Sub        int
	Bits       int
	Packed     []byte
	Codebook   Encoding // [2ᵇ, Cols]
	Norms      Encoding // [Rows], one row; nil: 1
}

// Parts is m, the number of subvectors in a row.
func (e *Product) Parts() int { return (e.Cols + e.Sub - 1) / e.Sub }

// Kind is for example "pq8/sub4 f16" with the codebook's kind, or "pq8/sub4/norm f16 cluster8" with the norms' too.
func (e *Product) Kind() string {
	kind := fmt.Sprintf("pq%d/sub%d", e.Bits, e.Sub)
	if e.Norms == nil {
		return kind + " " + e.Codebook.Kind()
	}
	return kind + "/norm " + e.Codebook.Kind() + " " + e.Norms.Kind()
}

// Floats puts the centroids side by side.
func (e *Product) Floats(dst []float32) {
	k := 1 << e.Bits
	book, norms := make([]float32, k*e.Cols), []float32(nil)
	e.Codebook.Floats(book)
	if e.Norms != nil {
		norms = make([]float32, e.Rows)
		e.Norms.Floats(norms)
	}
	for r := range e.Rows {
		e.row(dst[r*e.Cols:(r+1)*e.Cols], r, func(i int) []float32 { return book[i*e.Cols : (i+1)*e.Cols] })
		if norms != nil {
			scaleBy(dst[r*e.Cols:(r+1)*e.Cols], norms[r])
		}
	}
}

// Row decodes one row, and of the codebook the rows that it uses.
func (e *Product) Row(dst []float32, r int) {
	centroid := make([]float32, e.Cols)
	e.row(dst, r, func(i int) []float32 {
		rowOf(e.Codebook, centroid, i)
		return centroid
	})
	if e.Norms != nil {
		norms := make([]float32, e.Rows)
		e.Norms.Floats(norms)
		scaleBy(dst, norms[r])
	}
}

func (e *Product) row(dst []float32, r int, centroid func(i int) []float32) {
	m := e.Parts()
	n := packedRow(m, e.Bits)
	var room narrow
	codes := room.codes(m)
	Unpack(codes, e.Packed[r*n:(r+1)*n], e.Bits)
	for j, i := range codes {
		from, to := j*e.Sub, (j+1)*e.Sub
		if to > e.Cols {
			to = e.Cols
		}
		copy(dst[from:to], centroid(int(i))[from:to])
	}
}

func scaleBy(v []float32, s float32) {
	for i := range v {
		v[i] *= s
	}
}

// Tensors are name.codes and those of name.codebook and name.norm.
func (e *Product) Tensors(name string, _ []int) []Tensor {
	list := []Tensor{{name + codesSuffix, "U8", []int{e.Rows, packedRow(e.Parts(), e.Bits)}, e.Packed}}
	list = append(list, e.Codebook.Tensors(name+codebookSuffix, []int{1 << e.Bits, e.Cols})...)
	if e.Norms != nil {
		list = append(list, e.Norms.Tensors(name+normSuffix, []int{e.Rows})...)
	}
	return sorted(list)
}

func readProduct(r *reader, name string, shape []int, kind string) (Encoding, error) {
	rows, cols := dims(shape)
	e := &Product{Rows: rows, Cols: cols, Bits: number(kind, "pq")}
	norm := false
	for _, option := range options(kind) {
		if option == "norm" {
			norm = true
		} else {
			e.Sub = number(option, "sub")
		}
	}
	if e.Bits < 1 || e.Bits > 8 || e.Sub < 1 || e.Sub > spec.MaxWidth {
		return nil, unknownKind(r.param, kind)
	}
	var err error
	if e.Codebook, err = r.encoding(name+codebookSuffix, []int{1 << e.Bits, cols}); err != nil {
		return nil, err
	}
	if norm {
		if e.Norms, err = r.encoding(name+normSuffix, []int{rows}); err != nil {
			return nil, err
		}
	}
	e.Packed, err = r.packed(name+codesSuffix, rows, e.Parts(), e.Bits, 1<<e.Bits)
	return e, err
}
