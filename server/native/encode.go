package native

import (
	"context"
	"slices"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// EncodeFor reads the data that s names as m reads texts: with its vocabulary, not
// with one of the data's own. For the data that m was trained on both are the same.
func EncodeFor(ctx context.Context, m *model.Model, sets Sets, s spec.Spec, progress func(spec.Reading)) (*data.Encoded, error) {
	src, about, err := sets.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	all := s
	all.Tokenizer.Vocabulary, all.Tokenizer.MinCount = spec.MaxVocabulary, 1 // so that no word is lost before m is asked
	enc, err := data.Encode(ctx, src, all, data.Hooks{Progress: progress})
	if err != nil {
		return nil, err
	}
	if !slices.Equal(enc.Labels, m.Config.Labels) {
		return nil, &data.Error{Code: data.CodeLabels, Where: s.Data.Path,
			Message: "its labels are not the model's: " + list(enc.Labels) + " instead of " + list(m.Config.Labels)}
	}
	to := make([]int32, enc.Vocab.Size())
	for id := range to {
		to[id] = m.Vocab.ID(enc.Vocab.Token(int32(id)))
	}
	to[text.PadID], to[text.UnkID] = text.PadID, text.UnkID
	for _, part := range []*data.Part{&enc.Train, &enc.Valid, &enc.Test} {
		for i, id := range part.IDs {
			part.IDs[i] = to[id]
		}
	}
	enc.Vocab, enc.Tokenizer = m.Vocab, m.Config.Tokenizer
	enc.Facts.Vocabulary = m.Vocab.Size()
	enc.Facts.Synthetic, enc.Facts.Origin, enc.Facts.Terms = about.Synthetic, about.Origin, about.Terms
	return enc, nil
}

// list names some labels; a long list is cut.
func list(labels []string) string {
	const most = 6
	text := ""
	for i, l := range labels {
		if i == most {
			return text + ", …"
		}
		if i > 0 {
			text += ", "
		}
		text += l
	}
	return text
}
