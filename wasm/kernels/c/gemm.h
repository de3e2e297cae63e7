// The inner loops of sgemm, shared by gemm.c and lstm.c.
//
//	c[i,j] = s[i,j] + a[i,0]·b[0,j] + a[i,1]·b[1,j] + …, in this order
//
// b comes as panels of 8 columns, each depth rows long (gemm_pack_f32), the last
// one filled up with zeros. s is where the sums start: c itself, a row of zeros
// or of biases that serves every i (stride 0).
//
// Ladder, GFLOP/s at 1024×512×100 (Chromium 156 and Node 20, Zen, one thread, best
// of many; in registers alone 67 and 71):
//
//	plain Go, tile of 2 × 3                               6
//	tile of 4 × 8, k unrolled by 2, edges in every tile  40
//	k unrolled by 4: V8 in Node spills                   49
//	one k a turn, edges apart                            58 in Chromium, 64 in Node
#pragma once
#include "vec.h"

#define NR 8    // columns of a panel
#define KC 256  // of k at once, as in engine/tensor/gemm.go

// tile is mr rows by np panels, all in registers: 4 × 1 is 8 sums, 2 factors of b
// and one of a, of V8's 15. A tile of 6 rows spills and is a third slower.
// a[i,p] lies at a[i·rs + p·cs]. Of the last panel, cols columns are real.
//
// One k a turn of the loop: V8 (before Turboshaft) moves the sums of a longer body
// behind all of its loads, and spills.
INLINE void tile(const int mr, const int np, const int cs, int depth, const float *a, int rs,
                 const float *b, const float *s, int lds, float *c, int ldc, const int cols) {
	f4 t[4][8];
	const float *x[4], *w[4];
	UNROLL for (int i = 0; i < mr; i++) {
		x[i] = a + i * rs;
		UNROLL for (int q = 0; q < 2 * np; q++)
			t[i][q] = load_some(s + i * lds + 4 * q, cols + NR * (np - 1) - 4 * q);
	}
	UNROLL for (int q = 0; q < np; q++) w[q] = b + q * depth * NR;
	_Pragma("clang loop unroll(disable)") for (int p = 0; p < depth; p++) {
		f4 v[8];
		UNROLL for (int q = 0; q < np; q++) {
			v[2 * q] = load(w[q] + p * NR);
			v[2 * q + 1] = load(w[q] + p * NR + 4);
		}
		UNROLL for (int i = 0; i < mr; i++) {
			f4 f = load_splat(x[i] + p * cs);
			UNROLL for (int q = 0; q < 2 * np; q++) t[i][q] = madd(f, v[q], t[i][q]);
		}
	}
	UNROLL for (int i = 0; i < mr; i++)
		UNROLL for (int q = 0; q < 2 * np; q++)
			store_some(c + i * ldc + 4 * q, t[i][q], cols + NR * (np - 1) - 4 * q);
}

// block: c [m, cols of ldc] = s + a [m, depth] · panels. Where one or two rows are
// left they take four or two panels at once, so that there are always eight sums
// that need not wait for each other.
INLINE void block(int m, int cols, int depth, const float *a, int lda, const int packed,
                  const float *b, const float *s, int lds, float *c, int ldc) {
	// Packed rows lie in groups of four: a[i,p] at group i/4, p·4 + i%4.
	const int rs = packed ? 1 : lda, group = packed ? 4 * depth : 4 * lda, full = cols / NR * NR;
#define TILE(mr, np, cols) tile(mr, np, packed ? 4 : 1, depth, a + i / 4 * group + i % 4 * rs, rs, b + j * depth, s + i * lds + j, lds, c + i * ldc + j, ldc, cols)
	int fours = m & ~3;
	for (int j = 0; j < full; j += NR)
		for (int i = 0; i < fours; i += 4) TILE(4, 1, NR);
	int i = fours, j = 0;
	if (m - i >= 2) {
		for (; j + 2 * NR <= full; j += 2 * NR) TILE(2, 2, NR);
		for (; j < full; j += NR) TILE(2, 1, NR);
		i += 2;
	}
	if (i < m) {
		for (j = 0; j + 4 * NR <= full; j += 4 * NR) TILE(1, 4, NR);
		for (; j < full; j += NR) TILE(1, 1, NR);
	}
	if (full == cols) return;
	j = full;
	for (i = 0; i < fours; i += 4) TILE(4, 1, cols - full);
	for (; i < m; i++) TILE(1, 1, cols - full);
#undef TILE
}

// block_whole: c [m, n] = s + a [m, k] · b, packed by gemm_pack_f32 a KC of k at a time.
INLINE void block_whole(int m, int n, int k, const float *a, const float *b,
                        const float *s, int lds, float *c) {
	int wide = (n + NR - 1) / NR * NR;
	for (int p = 0; p < k; p += KC) {
		block(m, n, least(KC, k - p), a + p, k, 0, b + p * wide, s, lds, c, n);
		s = c, lds = n;
	}
}
