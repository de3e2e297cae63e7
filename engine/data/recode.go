package data

import "github.com/clove-ml/clove/engine/text"

// Recode is the same texts by another vocabulary, of the same tokenizer: a token that it
// lacks becomes <unk>. Where it is the same vocabulary, so are the texts.
func (e *Encoded) Recode(v *text.Vocab) *Encoded {
	to := make([]int32, e.Vocab.Size())
	same := v.Size() == len(to)
	for id := range to {
		to[id] = int32(id) // <pad> and <unk> are everywhere
		if int32(id) > text.UnkID {
			to[id] = v.ID(e.Vocab.Token(int32(id)))
		}
		same = same && to[id] == int32(id)
	}
	if same {
		return e
	}
	n := *e
	n.Vocab = v
	for _, p := range []*Part{&n.Train, &n.Valid, &n.Test} {
		ids := make([]int32, len(p.IDs))
		for i, id := range p.IDs {
			ids[i] = to[id]
		}
		p.IDs = ids
	}
	return &n
}
