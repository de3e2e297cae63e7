// Steps of an LSTM whose recurrent weights are whole numbers, many in one call: with one
// row of x each part of a step is so short that calls would take a third of its time.
#include "int8.h"

void round_i8(int m, int n, const float *x, float by, signed char *codes, struct row *rows);
void round_rows_i8(int m, int n, const float *x, signed char *codes, struct row *rows);
void gemm_add_i8(int m, int n, int k, int group, const signed char *x, const struct row *by, const short *panels,
                 const float *scale, const int *sum, short *x16, float *y);
void gemm_add_signs(int m, int n, int k, const signed char *x, const struct row *by, const unsigned char *panels,
                    const float *scale, const int *sum, short *x16, unsigned char *table, float *y);
void lstm_cell_f32(int B, int H, float *pre, float *c, float *h);

// lstm_steps_i8 does the steps [from, to): pre holds what each slot's input adds, h is
// rounded within ±reach (0: by its greatest), and multiplied by panels of pack_i8, or where group is 0 of pack_signs.
void BOTH(lstm_steps_i8)(int from, int to, int H, const int *active, const int *first, float reach, int group, const void *panels,
                         const float *scale, const int *sum, signed char *codes, struct row *rows, short *x16, float *pre, float *c, float *h) {
	for (int t = from; t < to; t++) {
		int n = active[t];
		float *g = pre + first[t] * 4 * H;
		if (t > 0) {
			if (reach == 0)
				round_rows_i8(n, H, h, codes, rows);
			else {
				round_i8(n, H, h, 1 / reach, codes, rows);
				for (int r = 0; r < n; r++) rows[r].scale *= reach;
			}
			int wide = (H + 7) & ~7;
			if (group == 0)
				gemm_add_signs(n, 4 * H, H, codes, rows, panels, scale, sum, x16, (unsigned char *)(x16 + wide), g);
			else {
				int groups = (H + group - 1) / group;
				_Pragma("clang loop vectorize(disable)") for (int r = n * groups; r-- > 0;) rows[r] = rows[r / groups]; // each is read alike
				gemm_add_i8(n, 4 * H, H, group, codes, rows, panels, scale, sum, x16, g);
			}
		}
		lstm_cell_f32(n, H, g, c, h);
	}
}
