// The LSTM over packed sequences, forward and backward; the formulas stand at
// tensor.LSTM and tensor.LSTMGrad. One call does the steps [from, to), all rows
// that run in each, so that the Go side can let messages in between two calls.
//
// Ladder, ms for 8 texts of 128 tokens, 64/64, forward and backward (Node 20, Zen):
// plain Go 35; this 3.7, of which products 2.7 and the cells' activations 0.6.
#include "gemm.h"
#include "math.h"

// cell turns a [4H] into gates in place, and gives c, tanh(c) and h [H]; where it
// leaves no trace, only c and h, with o in a. In two turns, since tanh(c) waits for the four
// gates: in one the processor sees too few operations that need not wait, and is a quarter slower.
INLINE void cell(const int trace, int H, float *a, const float *before, float *c, float *tanh_c, float *h) {
	float *gi = a, *gf = a + H, *gg = a + 2 * H, *go = a + 3 * H;
	LANES(H, f4 in = sigmoid4(load_some(gi + i, k)); f4 forget = sigmoid4(load_some(gf + i, k));
		f4 cand = tanh4(load_some(gg + i, k)); f4 out = sigmoid4(load_some(go + i, k));
		if (trace) {
			store_some(gi + i, in, k);
			store_some(gf + i, forget, k);
			store_some(gg + i, cand, k);
		}
		store_some(go + i, out, k);
		store_some(c + i, forget * (before ? load_some(before + i, k) : splat(0)) + in * cand, k););
	LANES(H, f4 y = tanh4(load_some(c + i, k));
		if (trace) store_some(tanh_c + i, y, k);
		store_some(h + i, load_some(go + i, k) * y, k););
}

// lstm_forward_f32: gates hold b_ih + b_hh + W_ih·x and become i, f, g, o; w is
// W_hhᵀ [H, 4H] packed. Rows are longest first: at step t the first active[t] run,
// row r in slot first[t] + r.
void BOTH(lstm_forward_f32)(int from, int to, int steps, int H, const int *active, const int *first,
                              const float *w, float *gates, float *c, float *tanh_c, float *h_prev, float *last) {
	for (int t = from; t < to; t++) {
		int rows = active[t], at = first[t];
		int goes_on = t + 1 < steps ? active[t + 1] : 0;
		float *g = gates + at * 4 * H;
		if (t > 0)
			block_whole(rows, 4 * H, H, h_prev + at * H, w, g, 4 * H, g);
		else
			LANES(rows * H, store_some(h_prev + at * H + i, splat(0), k););
		for (int r = 0; r < rows; r++) {
			const float *before = t > 0 ? c + (first[t - 1] + r) * H : 0;
			float *h = r < goes_on ? h_prev + (first[t + 1] + r) * H : last + r * H;
			cell(1, H, g + r * 4 * H, before, c + (at + r) * H, tanh_c + (at + r) * H, h);
		}
	}
}

// lstm_cell_f32 is one step of B rows without memory of it: pre [B, 4H] is
// overwritten, c [B, H] goes on, h [B, H] is written.
void BOTH(lstm_cell_f32)(int B, int H, float *pre, float *c, float *h) {
	for (int r = 0; r < B; r++) cell(0, H, pre + r * 4 * H, c + r * H, c + r * H, 0, h + r * H);
}

// lstm_read_f32 is lstm_forward_f32 that also does the product with the input, x [N, E],
// and remembers only c and h [B, H]. w_ih [E, 4H] and w_hh [H, 4H] come packed; pre is
// room for as many rows of 4H as one step has, and some at least. A few steps at a time,
// so that what the input gives them stays in the cache. With ids [N] there is no product:
// x is a table [V, 4H] of what each word adds, biases included.
void BOTH(lstm_read_f32)(int from, int to, int some, int E, int H, const int *active, const int *first, const float *x,
                         const int *ids, const float *w_ih, const float *bias, const float *w_hh, float *pre, float *c, float *h) {
	for (int t = from; t < to;) {
		int next = t + 1, rows = active[t];
		while (next < to && rows + active[next] <= some) rows += active[next++];
		int base = first[next - 1]; // time runs backward through memory
		if (ids)
			for (int r = 0; r < rows; r++)
				LANES(4 * H, store_some(pre + r * 4 * H + i, load_some(x + ids[base + r] * 4 * H + i, k), k););
		else
			block_whole(rows, 4 * H, E, x + base * E, w_ih, bias, 0, pre);
		for (; t < next; t++) {
			float *g = pre + (first[t] - base) * 4 * H;
			if (t > 0) block_whole(active[t], 4 * H, H, h, w_hh, g, 4 * H, g);
			for (int r = 0; r < active[t]; r++) cell(0, H, g + r * 4 * H, c + r * H, c + r * H, 0, h + r * H);
		}
	}
}

// cell_backward turns gates [4H] into the gradients of a, and dc of c_t into that of c_{t−1}.
INLINE void cell_backward(int H, float *a, const float *before, const float *tanh_c, const float *dh, float *dc) {
	float *gi = a, *gf = a + H, *gg = a + 2 * H, *go = a + 3 * H;
	LANES(H, f4 in = load_some(gi + i, k); f4 forget = load_some(gf + i, k);
		f4 cand = load_some(gg + i, k); f4 out = load_some(go + i, k);
		f4 x = load_some(dh + i, k); f4 y = load_some(tanh_c + i, k);
		f4 z = load_some(dc + i, k) + (x * out) * (1 - y * y);
		f4 c = before ? load_some(before + i, k) : splat(0);
		store_some(gi + i, flush((z * cand) * (in * (1 - in))), k);
		store_some(gf + i, flush((z * c) * (forget * (1 - forget))), k);
		store_some(gg + i, flush((z * in) * (1 - cand * cand)), k);
		store_some(go + i, flush((x * y) * (out * (1 - out))), k);
		store_some(dc + i, flush(z * forget), k););
}

// lstm_backward_f32 goes down from step from − 1 to step to: gates become the
// gradients of a; w is W_hh [4H, H] packed, dlast the gradient of the last states,
// dh and dc [B, H] what goes from step to step. running is how many rows run
// beyond step from − 1.
void BOTH(lstm_backward_f32)(int from, int to, int running, int H, const int *active, const int *first,
                               const float *w, float *gates, const float *c, const float *tanh_c,
                               const float *dlast, float *dh, float *dc) {
	for (int t = from - 1; t >= to; t--) {
		int rows = active[t], at = first[t], new = (rows - running) * H;
		LANES(new, store_some(dh + running * H + i, load_some(dlast + running * H + i, k), k);
			store_some(dc + running * H + i, splat(0), k););
		float *g = gates + at * 4 * H;
		for (int r = 0; r < rows; r++) {
			const float *before = t > 0 ? c + (first[t - 1] + r) * H : 0;
			cell_backward(H, g + r * 4 * H, before, tanh_c + (at + r) * H, dh + r * H, dc + r * H);
		}
		if (t > 0) {
			LANES(rows * H, store_some(dh + i, splat(0), k););
			block_whole(rows, H, 4 * H, g, w, dh, H, dh);
			LANES(rows * H, store_some(dh + i, flush(load_some(dh + i, k)), k););
		}
		running = rows;
	}
}
