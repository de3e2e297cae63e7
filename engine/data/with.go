package data

import (
	"context"
	"fmt"
	"strings"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// With is what a model says about how to read texts for it.
type With struct {
	Vocab     *text.Vocab
	Labels    []string // sorted
	Tokenizer spec.Tokenizer
	Label     string // spec.Data.Label
}

// EncodeWith reads src for a model that is there already: its test rows if it
// has any, else every row of Whole. Raw texts are kept, and the order of rows.
func EncodeWith(ctx context.Context, src Source, with With, h Hooks) (Part, Report, error) {
	tok, err := text.New(with.Tokenizer.Kind)
	if err != nil {
		return Part{}, Report{}, err
	}
	c := cutter{tok: tok, spec: with.Tokenizer}
	m := &matcher{labels: with.Labels, how: with.Label}
	p := Part{Offsets: make([]int32, 1)}
	others := 0 // rows of other parts
	add := func(r Row) error {
		if r.Split != Test && r.Split != Whole {
			others++
			return nil
		}
		label := m.match(r.Label)
		if label < 0 {
			return nil
		}
		kept, _ := c.read(r.Text)
		p.IDs = with.Vocab.IDs(p.IDs, kept)
		p.Offsets = append(p.Offsets, int32(len(p.IDs)))
		p.Labels = append(p.Labels, label)
		p.Texts = append(p.Texts, r.Text)
		return nil
	}
	report, err := (&watch{ctx: ctx, hooks: h}).each(src, add)
	if err != nil {
		return Part{}, report, err
	}
	report.Rows = p.Len()
	m.tell(&report)
	switch {
	case p.Len() > 0:
		return p, report, nil
	case m.strange.Skipped > 0:
		return Part{}, report, locate(m.refuse(), report.Where)
	default:
		return Part{}, report, &Error{Code: CodeEmpty, Where: report.Where, Message: fmt.Sprintf("there is no test file among its %d texts: name one test…, or give a single file", others)}
	}
}

// quoted lists the first labels.
func quoted(labels []string) string {
	const few = 12
	list := make([]string, 0, few)
	for _, l := range labels {
		if len(list) == few {
			return strings.Join(list, ", ") + fmt.Sprintf(" and %d more", len(labels)-few)
		}
		list = append(list, fmt.Sprintf("%.40q", l))
	}
	return strings.Join(list, ", ")
}

// matcher finds a file's label among a model's. The same, else the same but for
// case, else the only one that begins with it or that it begins with ("neg",
// "negative"), else, where there are two, 0 is the first and 1 the last.
type matcher struct {
	labels  []string
	how     string
	known   map[string]int32
	notes   []string
	strange Report // rows whose label the model does not know
}

// match is the number of the model's label, or negative, and counted.
func (m *matcher) match(raw string) int32 {
	label := trimLabel(raw, m.how)
	id, ok := m.known[label]
	if !ok {
		id = m.find(label)
		if id >= 0 && m.labels[id] != label {
			m.notes = append(m.notes, fmt.Sprintf("the label %.40q is read as %q", label, m.labels[id]))
		}
		if m.known == nil {
			m.known = map[string]int32{}
		}
		if len(m.known) < maxLabels {
			m.known[strings.Clone(label)] = id
		}
	}
	if id < 0 {
		m.strange.Skip(fmt.Sprintf("the model does not know the label %.40q", label))
	}
	return id
}

// tell adds to a report what it made of the labels.
func (m *matcher) tell(r *Report) {
	r.Skipped += m.strange.Skipped
	for _, reason := range m.strange.Reasons {
		if len(r.Reasons) < maxReasons {
			r.Reasons = append(r.Reasons, reason)
		}
	}
	r.Notes = append(r.Notes, m.notes...)
}

// refuse is the error where no row has a label that the model knows.
func (m *matcher) refuse() error {
	return &Error{Code: CodeLabels, Message: fmt.Sprintf("%s; it knows %s", m.strange.Reasons[0], quoted(m.labels))}
}

func (m *matcher) find(label string) int32 {
	lower := strings.ToLower(label)
	for _, same := range []func(own string) bool{
		func(own string) bool { return own == label },
		func(own string) bool { return strings.EqualFold(own, label) },
		func(own string) bool {
			own = strings.ToLower(own)
			return len(lower) >= 3 && len(own) >= 3 && (strings.HasPrefix(own, lower) || strings.HasPrefix(lower, own))
		},
	} {
		found, n := int32(-1), 0
		for i, own := range m.labels {
			if same(own) {
				found = int32(i)
				n++
			}
		}
		if n == 1 {
			return found
		}
	}
	if len(m.labels) == 2 && (label == "0" || label == "1") {
		return int32(label[0] - '0')
	}
	return -1
}
