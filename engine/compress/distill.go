package compress

import (
	"context"
	"errors"
	"fmt"

	"github.com/clove-ml/clove/engine/infer"
	"github.com/clove-ml/clove/engine/model"
	"github.com/clove-ml/clove/engine/nn"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/train"
)

// Knowledge distillation (Hinton, Vinyals & Dean 2015, arXiv:1503.02531; of LSTMs Tang et
// al. 2019, arXiv:1903.12136): a smaller model learns what a larger one answers, beside
// the labels. The loss stands at nn.Loss:
//
//	(1 − α)·crossEntropy(y, z) + α·T²·KL(softmax(u/T) ‖ softmax(z/T))
//
// u the teacher's logits, asked once for each training text, dropout off. The student is a
// narrower LSTM or a bag of embeddings, with fresh weights by the same seed, and reads the
// teacher's words or the most used of them. The article's CrossEntropy(y, Softmax(z)) with
// the teacher's answers for y is t1/alpha1.
//
// It hurts where the student is too narrow for the task, and where the teacher is wrong it
// teaches that too. It is the one technique that can shrink every part at once.
func distill(ctx context.Context, s state, j job) (state, error) {
	if j.Train == nil || s.enc.Train.Len() == 0 {
		return s, errors.New("there are no training texts to learn from")
	}
	student := s.student(j.step)
	if n, most := student.spec.Model, s.m.Config.Model; n.Embedding > most.Embedding || n.Kind == most.Kind && n.Hidden > most.Hidden {
		return s, fmt.Errorf("the student, %d → %d, is larger than its teacher, %d → %d: want a smaller one", n.Embedding, n.Hidden, most.Embedding, most.Hidden)
	}
	logits, err := s.teach(ctx, j) // it comes first: nobody has asked before
	if err != nil {
		return s, err
	}
	enc := s.enc
	if student.words < s.m.Vocab.Size() {
		enc = s.withWords(every(student.words)).enc
	}
	o := train.Options{Teacher: &train.Teacher{Logits: logits, Distil: nn.Distil{
		Temperature: float32(j.step.Number("t")), Share: float32(j.step.Number("alpha")),
	}}}
	m, err := j.Train(ctx, student.spec, enc, o, j.progress)
	if err != nil {
		return s, err
	}
	return state{m: m, enc: enc, first: s.first}, nil
}

// pupil is what a student is to be.
type pupil struct {
	spec  spec.Spec
	words int
}

// student as the step describes it; what it leaves open is a quarter of the teacher's width.
func (s state) student(step spec.PipelineStep) pupil {
	p := pupil{s.m.Config.Spec, int(step.Number("words"))}
	if p.words == 0 || p.words > s.m.Vocab.Size() {
		p.words = s.m.Vocab.Size()
	}
	or := func(name string, otherwise int) int {
		if n := int(step.Number(name)); n > 0 {
			return n
		}
		return max(1, otherwise)
	}
	teacher, c := s.m.Config.Model, &p.spec
	c.Compress, c.Tokenizer.Vocabulary = "", p.words
	c.Model.Kind = step.Word("student")
	c.Model.Embedding = or("embedding", teacher.Embedding/4)
	c.Model.Hidden = or("hidden", teacher.Hidden/4)
	// A narrow model has little to spare, and a teacher's answers leave little to learn by heart.
	c.Model.EmbeddingDropout, c.Model.Dropout = 0.1, 0.2
	if c.Model.Kind == nn.Pooled {
		c.Model.Hidden = 1 // it has none
		c.Model.EmbeddingDropout, c.Model.Dropout = 0, 0
	}
	c.Model.EmbeddingScale = 0.3
	c.Train.Epochs = int(step.Number("epochs"))
	c.Train.Rate = step.Number("rate")
	if c.Train.Rate == 0 {
		c.Train.Rate = 0.004
	}
	c.Train.Schedule, c.Train.Patience, c.Train.KeepBest = "linear", 0, true
	return p
}

// teach is what the model answers on the training texts [n, K].
func (s state) teach(ctx context.Context, j job) ([]float32, error) {
	p, err := infer.New(s.m, j.Device)
	if err != nil {
		return nil, err
	}
	p.Yield = j.Yield
	part := &s.enc.Train
	tabulated(p, part)
	logits := make([]float32, 0, part.Len()*p.Outputs())
	texts := make([][]int32, 0, batch)
	for i := range part.Len() {
		texts = append(texts, part.Text(i))
		if len(texts) < batch && i+1 < part.Len() {
			continue
		}
		z, err := p.Logits(texts)
		if err != nil {
			return nil, err
		}
		logits, texts = append(logits, z...), texts[:0]
		j.yield()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	for _, z := range logits {
		if z-z != 0 {
			return nil, &model.Error{Code: model.Corrupt, Message: "the teacher's answers are not finite"}
		}
	}
	return logits, nil
}
