// Adam (Kingma & Ba 2015); the formula and its bounds stand at tensor.AdamStep.
//
// Ladder, ms for an embedding of 10,000 × 64 of which 2,000 rows have a gradient:
// plain Go 3.4; this 0.45, the speed of the memory.
#include "vec.h"

struct step { // tensor.AdamStep
	float beta1, rest1, beta2, rest2, size, inv_root, epsilon;
};

#define LEAST_G 0x1p-50f
#define LEAST_M 0x1p-60f
#define LEAST_V 0x1p-110f

INLINE f4 change(const struct step *s, f4 m, f4 v) {
	return s->size * (m / (sqrt4(v) * s->inv_root + s->epsilon));
}

INLINE void adam(const struct step *s, int n, const float *g, float *w, float *m, float *v) {
	LANES(n, f4 x = load_some(g + i, k); x = zero_where(fabs4(x) < LEAST_G, x);
		f4 M = s->beta1 * load_some(m + i, k) + s->rest1 * x;
		M = zero_where(fabs4(M) < LEAST_M, M);
		f4 V = s->beta2 * load_some(v + i, k) + s->rest2 * (x * x);
		V = zero_where(V < LEAST_V, V);
		store_some(m + i, M, k);
		store_some(v + i, V, k);
		store_some(w + i, load_some(w + i, k) - change(s, M, V), k););
}

// rest is adam for a gradient of 0. Where m is 0 the weight stays: then neither it
// nor m is touched, which is most of an embedding, and the memory's speed is all.
INLINE void rest(const struct step *s, int n, float *w, float *m, float *v) {
	LANES(n, f4 M = load_some(m + i, k); f4 V = s->beta2 * load_some(v + i, k);
		V = zero_where(V < LEAST_V, V);
		store_some(v + i, V, k);
		i4 still = M == 0;
		if (!wasm_i32x4_all_true((v128_t)still)) {
			f4 W = load_some(w + i, k);
			f4 next = s->beta1 * M;
			next = zero_where(fabs4(next) < LEAST_M, next);
			store_some(m + i, where(still, M, next), k);
			store_some(w + i, where(still, W, W - change(s, next, V)), k);
		});
}

// adam_f32 is one step of n weights.
void BOTH(adam_f32)(const struct step *s, int n, const float *g, float *w, float *m, float *v) {
	adam(s, n, g, w, m, v);
}

// adam_rows_f32 does rows [from, to) of w, m, v [V, E], whose gradient is 0 but in
// rows[next …] of count, ascending, with g [count, E]. It returns the next to come.
int BOTH(adam_rows_f32)(const struct step *s, int from, int to, int E, const int *rows, int count, int next,
                          const float *g, float *w, float *m, float *v) {
	for (int r = from; r < to;) {
		int at = r * E;
		if (next < count && rows[next] == r) {
			adam(s, E, g + next * E, w + at, m + at, v + at);
			next++, r++;
			continue;
		}
		int until = next < count ? least(rows[next], to) : to;
		rest(s, (until - r) * E, w + at, m + at, v + at);
		r = until;
	}
	return next;
}
