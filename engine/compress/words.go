package compress

import (
	"cmp"
	"context"
	"slices"

	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/text"
)

// Vocabulary pruning: all words but the count that matter most become <unk>, and their rows
// leave the embedding, their letters the file. What matters is
//
//	use      how often a word stands in the training texts
//	effect   that times how far its row is from the one that it would be read as,
//	         count(w) · ‖row(w) − row(<unk>)‖   (as fastText.zip ranks by norms,
//	         Joulin et al. 2016, arXiv:1612.03651)
//
// It hurts where rare words carry the answer. In small models of many words it saves most
// of all, for the embedding and the words are nearly the whole file.
func words(ctx context.Context, s state, j job) (state, error) {
	count := int(j.step.Number("count"))
	size := s.m.Vocab.Size()
	if count >= size {
		return s, nil
	}
	// A vocabulary is in the order of use, so its first words are the used ones.
	kept := make([]int32, size)
	for id := range kept {
		kept[id] = int32(id)
	}
	if j.step.Word("by") == "effect" {
		effect := effects(s)
		slices.SortStableFunc(kept[2:], func(a, b int32) int { return cmp.Compare(effect[b], effect[a]) })
	}
	kept = kept[:count]
	slices.Sort(kept)
	return s.withWords(kept), ctx.Err()
}

// effects of each word of the vocabulary.
func effects(s state) []float64 {
	e := s.m.Config.Model.Embedding
	rows := s.m.Floats(model.Embedding)
	unknown := rows[int(text.UnkID)*e:][:e]
	used := make([]float64, s.m.Vocab.Size())
	for _, id := range s.enc.Train.IDs {
		used[id]++
	}
	for id := range used {
		var sum float64
		for c, x := range rows[id*e:][:e] {
			d := float64(x) - float64(unknown[c])
			sum += float64(d * d)
		}
		used[id] *= used[id] * sum // the square orders as the product does
	}
	return used
}

// withWords keeps the words of these ids, ascending, <pad> and <unk> the first.
func (s state) withWords(kept []int32) state {
	var tokens []string
	for _, id := range kept {
		tokens = append(tokens, s.m.Vocab.Token(id))
	}
	m, e := *s.m, s.m.Config.Model.Embedding
	m.Vocab = text.NewVocab(tokens)
	m.Config.Tokenizer.Vocabulary = m.Vocab.Size()
	masks := map[string][]bool{}
	for name, mask := range s.masks {
		if name == model.Embedding {
			mask = pick(mask, e, kept, every(e))
		}
		masks[name] = mask
	}
	m.Params = slices.Clone(s.m.Params)
	for i, p := range m.Params {
		if p.Name == model.Embedding {
			v := pick(p.Values(), e, kept, every(e))
			m.Params[i] = model.Param{Name: p.Name, Shape: []int{len(kept), e}, Enc: model.F32(v)}
		}
	}
	return state{m: &m, enc: s.enc.Recode(m.Vocab), masks: masks, first: s.first}
}

// pick is the rows and columns named of a matrix so wide.
func pick[E any](v []E, width int, rows, cols []int32) []E {
	out := make([]E, 0, len(rows)*len(cols))
	for _, r := range rows {
		for _, c := range cols {
			out = append(out, v[int(r)*width+int(c)])
		}
	}
	return out
}

// every is 0, 1, … n−1.
func every(n int) []int32 {
	v := make([]int32, n)
	for i := range v {
		v[i] = int32(i)
	}
	return v
}
