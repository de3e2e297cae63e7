package data

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

const (
	testShare = 0.1  // of a source without test
	maxLabels = 1000 // more are a sign of the wrong column
	smallSet  = 1000 // up to so many texts, a part that the hash left empty is given one
	dropped   = Whole + 1
)

// Encode reads src in one pass, as s.Data and s.Tokenizer say. Rows of Whole are
// split 80/10/10 by content hash; a source without validation gives s.Data.Validation
// of its train for it, one without test a tenth. The vocabulary comes from train
// alone, counted over the tokens that the cut leaves: what the model never reads
// it can't learn.
func Encode(ctx context.Context, src Source, s spec.Spec, h Hooks) (*Encoded, error) {
	return encode(ctx, src, s.Data, s.Tokenizer, nil, h)
}

// EncodeFor is Encode for a model that is there already: texts are split as
// Encode splits them, but words are the model's, and labels too.
func EncodeFor(ctx context.Context, src Source, d spec.Data, with With, h Hooks) (*Encoded, error) {
	return encode(ctx, src, d, with.Tokenizer, &with, h)
}

func encode(ctx context.Context, src Source, d spec.Data, t spec.Tokenizer, with *With, h Hooks) (*Encoded, error) {
	tok, err := text.New(t.Kind)
	if err != nil {
		return nil, err
	}
	e := &encoder{cutter: cutter{tok: tok, spec: t}, data: d, ids: map[string]int32{}, labelIDs: map[string]int32{}}
	e.sure.from = uint64((testShare+d.Validation)*(1<<53)) << 11
	if with != nil {
		e.vocab, e.matcher = with.Vocab, &matcher{labels: with.Labels, how: with.Label}
		for i, l := range with.Labels {
			e.labels, e.labelIDs[l] = append(e.labels, l), int32(i)
		}
	}
	w := &watch{ctx: ctx, hooks: h}
	report, err := w.each(src, e.add)
	if err != nil {
		return nil, err
	}
	if len(e.rows) == 0 && e.matcher != nil {
		return nil, locate(e.matcher.refuse(), report.Where)
	}
	if err := e.split(); err != nil {
		return nil, locate(err, report.Where)
	}
	out, err := e.finish(w)
	if err != nil {
		return nil, err
	}
	if m := e.matcher; m != nil {
		m.tell(&report)
	}
	out.Facts.Skipped, out.Facts.Reasons, out.Facts.Notes = report.Skipped, report.Reasons, report.Notes
	out.SHA256 = report.SHA256
	return out, nil
}

// cutter tokenizes and cuts.
type cutter struct {
	tok    text.Tokenizer
	spec   spec.Tokenizer
	tokens []text.Token // scratch
}

// read returns what the cut leaves of the tokens of s, until the next read, and how many there were.
func (c *cutter) read(s string) (kept []text.Token, total int) {
	c.tokens = c.tok.Tokens(c.tokens[:0], s)
	total = len(c.tokens)
	head, tail := text.Kept(total, c.spec.MaxTokens, c.spec.Cut)
	if tail > 0 {
		copy(c.tokens[head:], c.tokens[total-tail:])
	}
	return c.tokens[:head+tail], total
}

// row is a text as the first pass leaves it. Its ids are chunks[chunk][from:from+n].
type row struct {
	hash  uint64
	label int32
	total int32 // tokens before the cut
	chunk int32
	from  int32
	n     int32
	split Split
	text  string // while it may be a test text
}

// encoder is the first pass: it interns tokens to provisional ids in order of
// appearance. Its memory is those ids, the distinct tokens and the texts that
// may be test texts; never the training texts.
type encoder struct {
	cutter
	data     spec.Data
	ids      map[string]int32
	words    []string  // by provisional id
	chunks   [][]int32 // of provisional ids; a chunk never grows beyond its capacity, so nothing is copied
	rows     []row
	labelIDs map[string]int32
	labels   []string
	sure     samples     // from the first hash that neither validation nor test takes
	first    samples     // from hash 0: the ones that a limit leaves where train is given
	matcher  *matcher    // of a model that is there already, or nil
	vocab    *text.Vocab // likewise
}

const chunkIDs = 1 << 16

func (e *encoder) add(r Row) error {
	label, err := e.label(r.Label)
	if err != nil || label < 0 {
		return err
	}
	kept, total := e.read(r.Text)
	if n := len(e.chunks); n == 0 || len(e.chunks[n-1])+len(kept) > chunkIDs {
		e.chunks = append(e.chunks, make([]int32, 0, chunkIDs))
	}
	at := len(e.chunks) - 1
	x := row{
		hash: contentHash(r.Text), label: label, total: int32(total), split: r.Split,
		chunk: int32(at), from: int32(len(e.chunks[at])), n: int32(len(kept)),
	}
	for _, t := range kept {
		e.chunks[at] = append(e.chunks[at], e.intern(t.Text))
	}
	if r.Split == Test || r.Split != Valid && share(x.hash) < testShare || len(e.rows) < smallSet {
		x.text = r.Text
	}
	if r.Split != Valid && r.Split != Test {
		e.sure.offer(label, x.hash, r.Text)
		e.first.offer(label, x.hash, r.Text)
	}
	e.rows = append(e.rows, x)
	return nil
}

// label is the number of l; negative, without an error, if the model does not know it.
func (e *encoder) label(l string) (int32, error) {
	if e.matcher != nil {
		return e.matcher.match(l), nil
	}
	l = trimLabel(l, e.data.Label)
	id, ok := e.labelIDs[l]
	if !ok {
		if len(e.labels) == maxLabels {
			return 0, &Error{Code: CodeLabels, Message: fmt.Sprintf("more than %d different labels in the first %d texts: is the label's column right? name it as data.label_column", maxLabels, len(e.rows))}
		}
		l = strings.Clone(l)
		id = int32(len(e.labels))
		e.labels, e.labelIDs[l] = append(e.labels, l), id
	}
	return id, nil
}

// trimLabel is the label as the Spec's data.label wants it.
func trimLabel(l, how string) string {
	if how == "coarse" {
		l, _, _ = strings.Cut(l, ":")
	}
	return strings.TrimSpace(l)
}

func (e *encoder) intern(token string) int32 {
	id, ok := e.ids[token]
	if !ok {
		token = strings.Clone(token) // or it would keep its whole text alive
		id = int32(len(e.words))
		e.words, e.ids[token] = append(e.words, token), id
	}
	return id
}

// contentHash depends on the text alone: a text is in the same part wherever it stands.
func contentHash(s string) uint64 {
	h := sha256.Sum256([]byte(s))
	return binary.BigEndian.Uint64(h[:])
}

// share is the hash as a number from 0 to below 1.
func share(hash uint64) float64 { return float64(hash>>11) / (1 << 53) }
