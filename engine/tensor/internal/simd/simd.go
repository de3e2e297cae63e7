// Package simd holds the assembly of the amd64 device: the loops that package
// tensor spends its time in, for AVX2 and for AVX-512. Each does what the plain
// Go of the generic device does, operation by operation, so that the bits are the
// same; nothing here fuses a product with a sum, but for those of Fast.
//
// The kernels are written once, in gen, which avo turns into the two .s files
// (make asm). They check nothing: package tensor answers for sizes. A call takes
// well below a millisecond, since Go can't interrupt one.
package simd

// Tile is one of the tiles of a Gemm: a few rows of A by one or two vectors of columns.
//
//	for each of panels: c[i, j] = from[i, j] + a[i, 0]·b[0, j] + a[i, 1]·b[1, j] + …
//
// The panels of B lie one behind the other, each one or two vectors wide and
// depth rows long. A lies by rows lda apart, or (Columns) as a panel of as many
// columns as the tile has rows. from is the sums so far: c itself, or a row of
// biases or zeros with a stride of 0. Strides are in bytes. cols are the columns in
// use of the last vector of every panel.
type Tile func(depth, panels int, a *float32, lda int, b, from *float32, ldfrom int, c *float32, ldc, cols int)

// Highest is the rows of the highest tile.
const Highest = 12

// Kernels of one instruction set. Sizes and indices are in elements, strides (ld…) in bytes.
type Kernels struct {
	Name  string
	Width int // float32 in a vector

	// Fast is the same with products and sums fused; nil where the processor can't.
	Fast *Kernels

	Rows, Columns [Highest + 1][2]Tile // by the tile's rows; of one vector and of two
	// Split[n] is the height of the first tile where n rows are left, n ≤ len(Split).
	Split []int

	// Transpose8 is out[j, i] = x[i, j] for 8 rows i and 8·blocks columns j.
	Transpose8 func(blocks int, x *float32, ldx int, out *float32, ldout int)
	CopyRows   func(count, n int, x *float32, ldx int, out *float32, ldout int)

	Add, Mul, Mask func(n int, x, y *float32) // y by x
	Scale          func(n int, by float32, x *float32)
	Flush          func(n int, x *float32)
	SumSquares     func(n int, x *float32) float32

	// x [count, n] by the rows of a table; a row below 0 is skipped.
	Gather, ScatterAdd, MulRows func(count int, rows *int32, n int, table, x *float32)
	AddBias                     func(count, n int, bias, x *float32)
	SumRows                     func(count, n int, x, out *float32) // out += x[0, :], then x[1, :] …

	Gates    func(count, units int, gates *float32)
	States   func(count, units int, gates, before, c, tanhC, h *float32)
	CellBack func(count, units int, gates, before, tanhC, dh, dc *float32)

	Adam     func(step *float32, n int, g, w, m, v *float32)
	AdamRest func(step *float32, n int, w, m, v *float32)

	// Pairs are tiles of int16 in whole numbers: lanes of a and b are two of k.
	Pairs [Highest + 1][2]Tile
	// Quads are the same of bytes, lanes four of k, a without a sign; nil where the processor can't.
	Quads *[Highest + 1][2]Tile
	// Round makes codes of Width·vectors numbers and adds them up; Widen makes int16 of 2·Width·vectors codes.
	Round func(vectors int, x *float32, codes *int8) int32
	Widen func(vectors int, codes *int8, out *int16)
	// WidenHalf and WidenBrain make float32 of Width·vectors float16 and bfloat16; Look of codes, by a table.
	WidenHalf, WidenBrain func(vectors int, bits *uint16, out *float32)
	Look                  func(vectors int, codes *byte, table, out *float32)
	LookFew               func(vectors int, codes *byte, table, out *float32) // of 16; nil where no register holds them
	// Dots is c [rows, 4] = a [rows, k]·b [4, k]ᵀ, by rows; k ≥ 2·Width.
	Dots [5]Dots
	// Rescale is y += float32(acc − zeroW·sumX − zeroX·sumW)·(scaleX·scaleW) for rows of n.
	// by is a row's scaleX, zeroX, sumX, apart bytes from the next's; zeros 0 says that all zeroW are.
	Rescale func(rows, n int, acc, by *int32, apart, zeros int, zeroW, sumW *int32, scaleW, y *float32)
	// Sparse is y[r, :] += x[col[i], :]·val[i], i in [row[r], row[r+1]), x and y Width wide.
	Sparse func(n int, row, col *int32, val, x, y *float32)
	// SparseInt is y[r, :] = x[col[i], :]·val[i] likewise.
	SparseInt func(n int, row, col *int32, val, x, y *int32)

	// Peak does n·Chains·Width products and as many sums, as fast as this processor can.
	Peak   func(n int)
	Chains int
}

// Dots is a tile of GemmInt8.
type Dots func(k int, a *int8, lda int, b *int8, ldb int, c *int32, ldc int)
