package model

import "fmt"

// LowRank stores a matrix as the product of two narrow ones, each in an encoding of its own:
//
//	Ŵ [rows, cols] = U [rows, k] · V [k, cols]     added along k in ascending order
//
// By the singular values that are left out, W − Ŵ is the least it can be at rank k (Eckart
// & Young 1936); compress finds U and V. For an LSTM: Prabhavalkar et al. 2016,
// arXiv:1603.08042; Grachev et al. 2019.
// It takes the bytes of both: fewer than W's where k < rows × cols / (rows + cols), and the
// kernel's multiplications are so many fewer too. The file holds name.u and name.v.
//
// It hurts where the singular values fall slowly: trained LSTM matrices lose more than
// embeddings; training afterwards mends much.
type LowRank struct {
	Rows, Cols, Rank int
	U                Encoding // [Rows, Rank]
	V                Encoding // [Rank, Cols]
}

// Kind is for example "lowrank16 f32 int8": the rank, then the kinds of U and V.
func (e *LowRank) Kind() string {
	return fmt.Sprintf("lowrank%d %s %s", e.Rank, e.U.Kind(), e.V.Kind())
}

// Floats multiplies.
func (e *LowRank) Floats(dst []float32) {
	u, v := make([]float32, e.Rows*e.Rank), make([]float32, e.Rank*e.Cols)
	e.U.Floats(u)
	e.V.Floats(v)
	for r := range e.Rows {
		e.multiply(dst[r*e.Cols:(r+1)*e.Cols], u[r*e.Rank:(r+1)*e.Rank], v)
	}
}

// Row decodes one row; it decodes V whole, so many rows are better asked of Floats.
func (e *LowRank) Row(dst []float32, r int) {
	u, v := make([]float32, e.Rank), make([]float32, e.Rank*e.Cols)
	rowOf(e.U, u, r)
	e.V.Floats(v)
	e.multiply(dst, u, v)
}

func (e *LowRank) multiply(dst, u, v []float32) {
	clear(dst)
	for k, a := range u {
		for c, b := range v[k*e.Cols : (k+1)*e.Cols] {
			dst[c] += float32(a * b)
		}
	}
}

// Tensors are those of name.u and name.v.
func (e *LowRank) Tensors(name string, _ []int) []Tensor {
	u := e.U.Tensors(name+".u", []int{e.Rows, e.Rank})
	return sorted(append(u, e.V.Tensors(name+".v", []int{e.Rank, e.Cols})...))
}

func readLowRank(r *reader, name string, shape []int, kind string) (Encoding, error) {
	rows, cols := dims(shape)
	e := &LowRank{Rows: rows, Cols: cols, Rank: number(kind, "lowrank")}
	if e.Rank < 1 || e.Rank > rows || e.Rank > cols {
		return nil, misshapen("%s can't be of rank %d: it is %d × %d", name, e.Rank, rows, cols)
	}
	var err error
	if e.U, err = r.encoding(name+".u", []int{rows, e.Rank}); err != nil {
		return nil, err
	}
	e.V, err = r.encoding(name+".v", []int{e.Rank, cols})
	return e, err
}
