// Steps of an LSTM whose recurrent weights are whole numbers, many in one call: with one
// row of x each part of a step is so short that calls would take a third of its time.
#include "int8.h"

void gemm_round_i8(int m, int n, int k, int group, const float *x, float reach, struct row *rows, const short *panels,
                   const float *scale, short *x16, float *y);
void gemm_round_signs(int m, int n, int k, const float *x, float reach, struct row *rows, const unsigned char *panels,
                      const float *scale, short *x16, unsigned char *table, float *y);
void lstm_cell_f32(int B, int H, float *pre, float *c, float *h);

// lstm_steps_i8 does the steps [from, to): pre holds what each slot's input adds, h is
// rounded within ±reach (0: by its greatest), and multiplied by panels of pack_i8, or where group is 0 of pack_signs.
void BOTH(lstm_steps_i8)(int from, int to, int H, const int *active, const int *first, float reach, int group, const void *panels,
                         const float *scale, struct row *rows, short *x16, float *pre, float *c, float *h) {
	int wide = (H + 7) & ~7;
	for (int t = from; t < to; t++) {
		int n = active[t];
		float *g = pre + first[t] * 4 * H;
		if (t > 0 && group)
			gemm_round_i8(n, 4 * H, H, group, h, reach, rows, panels, scale, x16, g);
		else if (t > 0)
			gemm_round_signs(n, 4 * H, H, h, reach, rows, panels, scale, x16, (unsigned char *)(x16 + wide), g);
		lstm_cell_f32(n, H, g, c, h);
	}
}
