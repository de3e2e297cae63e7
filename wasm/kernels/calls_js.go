package kernels

import "unsafe"

// The modules' functions, by the names that the C gives them. Lengths come before
// the memory that they measure; see the C for the loop that each stands for.
// static/kernels.js lists them too. Those that take a module are in both.

// module says which is called.
type module = int32

const (
	strict module = iota
	fast
)

//go:noescape
//go:wasmimport kernels zero_f32
func zeroF32(n int32, x unsafe.Pointer)

//go:noescape
//go:wasmimport kernels add_f32
func addF32(n int32, x, y unsafe.Pointer)

//go:noescape
//go:wasmimport kernels mul_f32
func mulF32(n int32, x, y unsafe.Pointer)

//go:noescape
//go:wasmimport kernels scale_f32
func scaleF32(n int32, by float32, x unsafe.Pointer)

//go:noescape
//go:wasmimport kernels mask_f32
func maskF32(n int32, keep, x unsafe.Pointer)

//go:noescape
//go:wasmimport kernels mul_rows_f32
func mulRowsF32(n int32, rows unsafe.Pointer, count int32, factors, x unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gather_f32
func gatherF32(n int32, rows unsafe.Pointer, count int32, x, out unsafe.Pointer)

//go:wasmimport kernels embedding_gather_f32
func embeddingGatherF32(n int32, ids unsafe.Pointer, count int32, weight, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels scatter_add_f32
func scatterAddF32(n int32, rows unsafe.Pointer, count int32, x, sum unsafe.Pointer)

//go:noescape
//go:wasmimport kernels add_bias_f32
func addBiasF32(rows, n int32, bias, x unsafe.Pointer)

//go:noescape
//go:wasmimport kernels sum_rows_f32
func sumRowsF32(rows, n int32, x, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels sum_squares_f32
func sumSquaresF32(n int32, x unsafe.Pointer) float32

//go:noescape
//go:wasmimport kernels finite_f32
func finiteF32(n int32, x unsafe.Pointer) int32

//go:noescape
//go:wasmimport kernels dropout_f32
func dropoutF32(n int32, rows unsafe.Pointer, count int32, share, kept float32, seed0, seed1, step, stream uint32, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gemm_pack_f32
func gemmPackF32(trans int32, b unsafe.Pointer, ldb, depth, cols int32, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gemm_rows_f32
func gemmRowsF32(a unsafe.Pointer, lda, depth, rows int32, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gemm_block_f32
func gemmBlockF32(of module, packed, m, cols, depth int32, a unsafe.Pointer, lda int32, b, s unsafe.Pointer, lds int32, c unsafe.Pointer, ldc int32)

//go:noescape
//go:wasmimport kernels lstm_forward_f32
func lstmForwardF32(of module, from, to, steps, H int32, active, first, w, gates, c, tanhC, hPrev, last unsafe.Pointer)

//go:noescape
//go:wasmimport kernels lstm_backward_f32
func lstmBackwardF32(of module, from, to, running, H int32, active, first, w, gates, c, tanhC, dlast, dh, dc unsafe.Pointer)

//go:noescape
//go:wasmimport kernels lstm_read_f32
func lstmReadF32(of module, from, to, some, E, H int32, active, first, x, ids, wIH, bias, wHH, pre, c, h unsafe.Pointer)

//go:noescape
//go:wasmimport kernels lstm_cell_f32
func lstmCellF32(of module, B, H int32, pre, c, h unsafe.Pointer)

//go:noescape
//go:wasmimport kernels lstm_steps_i8
func lstmStepsI8(of module, from, to, H int32, active, first unsafe.Pointer, reach float32, group int32, panels, scale, rows, x16, pre, c, h unsafe.Pointer)

//go:noescape
//go:wasmimport kernels bce_f32
func bceF32(B int32, scale float32, logits, targets, losses, dlogits unsafe.Pointer)

//go:noescape
//go:wasmimport kernels softmax_f32
func softmaxF32(B, K int32, scale float32, logits, targets, losses, dlogits unsafe.Pointer)

//go:noescape
//go:wasmimport kernels fake_quantize_f32
func fakeQuantizeF32(rows, n int32, lo, hi float32, scale, zero, x, out, pass unsafe.Pointer)

//go:noescape
//go:wasmimport kernels adam_f32
func adamF32(of module, s unsafe.Pointer, n int32, g, w, m, v unsafe.Pointer)

//go:noescape
//go:wasmimport kernels adam_rows_f32
func adamRowsF32(of module, s unsafe.Pointer, from, to, E int32, rows unsafe.Pointer, count, next int32, g, w, m, v unsafe.Pointer) int32

//go:noescape
//go:wasmimport kernels gemm_i8
func gemmI8(m, n, k int32, a, b, c unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gemm_add_i8
func gemmAddI8(m, n, k, group int32, x, by, panels, scale, x16, y unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gemm_round_i8
func gemmRoundI8(m, n, k, group int32, x unsafe.Pointer, reach float32, rows, panels, scale, x16, y unsafe.Pointer)

//go:noescape
//go:wasmimport kernels pack_i8
func packI8(n, k int32, w unsafe.Pointer, ld int32, zero, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gather_i8
func gatherI8(n int32, rows unsafe.Pointer, count int32, codes, zero, scale, out, by unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gather_bits
func gatherBits(n int32, rows unsafe.Pointer, count, bits int32, packed unsafe.Pointer, total int32, out, by unsafe.Pointer)

//go:noescape
//go:wasmimport kernels round_rows_i8
func roundRowsI8(m, n int32, x unsafe.Pointer, reach float32, codes, by unsafe.Pointer)

//go:noescape
//go:wasmimport kernels pack_signs
func packSigns(n, k int32, w, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gemm_add_signs
func gemmAddSigns(m, n, k int32, x, by, panels, scale, x16, table, y unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gemm_round_signs
func gemmRoundSigns(m, n, k int32, x unsafe.Pointer, reach float32, rows, panels, scale, x16, table, y unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gemm_add_coded
func gemmAddCoded(m, n, k int32, x unsafe.Pointer, kind int32, panels, table, plain, y unsafe.Pointer)

//go:noescape
//go:wasmimport kernels widen_bits
func widenBits(n, kind int32, bits, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels columns_i8
func columnsI8(rows, n int32, x, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gemm_add_i8_csr
func gemmAddI8CSR(rows, N, K int32, x, by, row, col, w, scale, sum, work, y unsafe.Pointer)

//go:noescape
//go:wasmimport kernels columns_f32
func columnsF32(rows, n int32, x, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels rows_f32
func rowsF32(rows, n int32, x, out unsafe.Pointer)

//go:noescape
//go:wasmimport kernels gemm_f32_csr
func gemmF32CSR(of module, wide, N int32, x, row, col, val, y unsafe.Pointer)

//go:wasmimport kernels peak_f32
func peakF32(of module, n int32, by float32) float32

// at is the address of the first of n elements, which s must have: the only bounds
// check there is before the C walks over them.
func at[E any](s []E, n int) unsafe.Pointer {
	_ = s[:n]
	return unsafe.Pointer(unsafe.SliceData(s))
}

// tail is the address of element i.
func tail[E any](s []E, i int) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s[i:])) }
