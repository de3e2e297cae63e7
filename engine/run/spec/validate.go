package spec

import (
	"fmt"
	"math"
)

// FieldError names the field that can't be, and what it may be.
type FieldError struct {
	Field string // as in --set, "train.epochs"
	Value any
	Want  string
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("spec: %s is %v, want %s", e.Field, e.Value, e.Want)
}

// Bounds of the numbers, so that a typing error can't ask for the machine's whole
// memory; the last two are of what the others come to together: half a gigabyte for
// the weights with their gradients and Adam's moments, as much for what a batch
// leaves behind for the way back.
const (
	MaxVocabulary  = 200_000
	MaxTokens      = 4096
	MaxWidth       = 2048
	MaxBatch       = 1024
	MaxEpochs      = 1000
	MaxWeights     = 32 << 20
	MaxActivations = 128 << 20
)

// Validate returns a *FieldError for the first field out of its bounds.
func (s Spec) Validate() error {
	whole := func(field string, v, low, high int) error {
		if v < low || v > high {
			return &FieldError{field, v, fmt.Sprintf("%d to %d", low, high)}
		}
		return nil
	}
	// number wants low ≤ v ≤ high, or low ≤ v < high where open.
	number := func(field string, v, low, high float64, open bool) error {
		if math.IsNaN(v) || v < low || v > high || open && v == high {
			word := "to"
			if open {
				word = "to below"
			}
			return &FieldError{field, v, fmt.Sprintf("%g %s %g", low, word, high)}
		}
		return nil
	}
	word := func(field, v string, among ...string) error {
		for _, a := range among {
			if v == a {
				return nil
			}
		}
		return &FieldError{field, fmt.Sprintf("%q", v), fmt.Sprintf("one of %q", among)}
	}
	for _, err := range []error{
		whole("version", s.Version, Version, Version),
		word("data.source", s.Data.Source, "reviews", "mail", "names", "imdb", "file"),
		word("data.label", s.Data.Label, "", "coarse"),
		number("data.validation", s.Data.Validation, 0, 0.5, false),
		whole("data.limit", s.Data.Limit, 0, math.MaxInt32),
		word("tokenizer.kind", s.Tokenizer.Kind, "words", "characters"),
		whole("tokenizer.vocabulary", s.Tokenizer.Vocabulary, 3, MaxVocabulary),
		whole("tokenizer.min_count", s.Tokenizer.MinCount, 1, math.MaxInt32),
		whole("tokenizer.max_tokens", s.Tokenizer.MaxTokens, 1, MaxTokens),
		word("tokenizer.cut", s.Tokenizer.Cut, "head", "tail", "both"),
		word("model.kind", s.Model.Kind, "lstm", "bag"),
		whole("model.embedding", s.Model.Embedding, 1, MaxWidth),
		whole("model.hidden", s.Model.Hidden, 1, MaxWidth),
		number("model.forget_bias", s.Model.ForgetBias, -10, 10, false),
		number("model.embedding_scale", s.Model.EmbeddingScale, 0, 10, false),
		number("model.embedding_dropout", s.Model.EmbeddingDropout, 0, 1, true),
		number("model.dropout", s.Model.Dropout, 0, 1, true),
		word("train.optimizer", s.Train.Optimizer, "adam"),
		number("train.rate", s.Train.Rate, 0, 1e30, false), // one that is too large is told by the run, which a bound can't
		word("train.schedule", s.Train.Schedule, "constant", "linear"),
		number("train.beta1", s.Train.Beta1, 0, 1, true),
		number("train.beta2", s.Train.Beta2, 0, 1, true),
		number("train.epsilon", s.Train.Epsilon, 1e-12, 1, false),
		whole("train.epochs", s.Train.Epochs, 1, MaxEpochs),
		whole("train.batch", s.Train.Batch, 1, MaxBatch),
		number("train.clip", s.Train.Clip, 0, 1e6, false),
		number("train.smoothing", s.Train.Smoothing, 0, 1, true),
		whole("train.patience", s.Train.Patience, 0, MaxEpochs),
		word("arithmetic", s.Arithmetic, "", Strict, Fast),
	} {
		if err != nil {
			return err
		}
	}
	if err := s.fits(); err != nil {
		return err
	}
	if _, err := ParsePipeline(s.Compress); err != nil {
		return &FieldError{"compress", fmt.Sprintf("%q", s.Compress), err.Error()}
	}
	return nil
}

// fits bounds the memory that a run takes: every number may be right by itself and
// all of them together gigabytes.
func (s Spec) fits() error {
	v, e, h := s.Tokenizer.Vocabulary, s.Model.Embedding, s.Model.Hidden
	embedding, lstm := v*e, 4*h*(e+h+2)
	switch with := fmt.Sprintf("a model may have %d weights, and this one has", MaxWeights); {
	case embedding+lstm <= MaxWeights:
	case embedding > lstm:
		return &FieldError{"tokenizer.vocabulary", v, fmt.Sprintf("less, or a smaller model.embedding: %s %d in its embedding", with, embedding)}
	default:
		return &FieldError{"model.hidden", h, fmt.Sprintf("less, or a smaller model.embedding: %s %d in its LSTM", with, lstm)}
	}
	// A token of a text leaves its embedding, four gates, the cell and the state, and the gradients of these.
	token := 2 * (e + 6*h)
	if most := MaxActivations / (s.Tokenizer.MaxTokens * token); s.Train.Batch > most {
		return &FieldError{"train.batch", s.Train.Batch, fmt.Sprintf("1 to %d with texts of %d tokens in a model of this width", most, s.Tokenizer.MaxTokens)}
	}
	return nil
}
