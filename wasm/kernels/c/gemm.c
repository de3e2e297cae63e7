// Products of matrices, float32. The blocks are driven by ../gemm_js.go.
#include "gemm.h"

// gemm_pack_f32 lays out op(b) [depth, cols] as panels of 8 columns, filled up
// with zeros: out[j/8][p][j%8] = trans ? b[j·ldb + p] : b[p·ldb + j].
void KERNEL(gemm_pack_f32)(int trans, const float *b, int ldb, int depth, int cols, float *out) {
	for (; cols > 0; cols -= NR, out += NR * depth) {
		int n = least(cols, NR);
		if (!trans) {
			for (int p = 0; p < depth; p++) {
				store(out + p * NR, load_some(b + p * ldb, n));
				store(out + p * NR + 4, load_some(b + p * ldb + 4, n - 4));
			}
			b += NR;
			continue;
		}
		if (n < NR) { // once a matrix
			for (int p = 0; p < depth; p++)
				for (int j = 0; j < NR; j++) out[p * NR + j] = j < n ? b[j * ldb + p] : 0;
			return;
		}
		for (int h = 0; h < 2; h++, b += 4 * ldb) {
			float *to = out + 4 * h;
			LANES(depth, f4 w = load_some(b + i, k); f4 x = load_some(b + ldb + i, k);
				f4 y = load_some(b + 2 * ldb + i, k); f4 z = load_some(b + 3 * ldb + i, k);
				TRANSPOSE(w, x, y, z);
				store(to + i * NR, w);
				if (k > 1) store(to + (i + 1) * NR, x);
				if (k > 2) store(to + (i + 2) * NR, y);
				if (k > 3) store(to + (i + 3) * NR, z););
		}
	}
}

// gemm_rows_f32 lays out rows of a stored transposed, a [depth, rows of lda], in
// groups of four: out[i/4][p][i%4] = a[p·lda + i].
void KERNEL(gemm_rows_f32)(const float *a, int lda, int depth, int rows, float *out) {
	for (; rows > 0; rows -= 4, a += 4, out += 4 * depth)
		for (int p = 0; p < depth; p++) store(out + 4 * p, load_some(a + p * lda, rows));
}

// gemm_block_f32: c [m, cols of ldc] = s [m, cols of lds] + a [m, depth] · panels.
// a is read in rows of lda or, where packed, as gemm_rows_f32 left it.
void BOTH(gemm_block_f32)(int packed, int m, int cols, int depth, const float *a, int lda,
                            const float *b, const float *s, int lds, float *c, int ldc) {
	if (packed)
		block(m, cols, depth, a, lda, 1, b, s, lds, c, ldc);
	else
		block(m, cols, depth, a, lda, 0, b, s, lds, c, ldc);
}
