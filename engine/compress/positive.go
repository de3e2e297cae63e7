package compress

import (
	"context"
	"maps"
)

// positive is pruning as the article writes it, x → Max(x, 0) on the weights: all that are
// below 0 become 0. The literature prunes by |w|, for a weight's sign says which way it
// pulls, not how much; here half of all weights go whatever their size, and every
// inhibition with them. It is here to be seen: a trained model forgets nearly all it knew
// (of two labels it soon says one), and fine-tuning has to teach it anew with the weights
// that are left.
func positive(ctx context.Context, s state, j job) (state, error) {
	masks := maps.Clone(s.masks)
	for _, name := range s.matrices(j.step.Parts()) {
		p, _ := s.m.Param(name)
		mask := make([]bool, len(p.Values()))
		for i, w := range p.Values() {
			mask[i] = w > 0 || i < pad(p)
		}
		masks[name] = mask
		j.yield()
	}
	return s.masked(masks), ctx.Err()
}
