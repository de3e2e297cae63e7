package nn

import "github.com/clove-ml/clove/engine/tensor"

// Loss is cross-entropy: of a sigmoid for one output (BCE with logits), else of
// a softmax. The formulas stand at the kernels, tensor.Device.BCEWithLogits and
// SoftmaxCrossEntropy. Targets may be soft (Hinton et al. 2015,
// https://arxiv.org/abs/1503.02531).
//
//	forward   logits [B, K], targets → Σ loss, DLogits [B, K] of the mean over the whole batch
type Loss struct {
	dev     tensor.Device
	k       int
	targets tensor.Buffer // [B, K]
	losses  tensor.Buffer // [B]
	DLogits tensor.Buffer // [B, K]

	host []float32 // targets going up, logits and losses coming down
}

// NewLoss has room for so many rows.
func NewLoss(dev tensor.Device, K, rows int) *Loss {
	return &Loss{
		dev: dev, k: K, targets: dev.Alloc(rows * K), losses: dev.Alloc(rows),
		DLogits: dev.Alloc(rows * K), host: make([]float32, rows*K),
	}
}

// Forward gives the sum of the rows' losses and how many rows have the largest
// logit at their target (for one output: its sign says the class).
func (l *Loss) Forward(b Batch, logits tensor.Buffer, batchRows int) (sum float64, correct int) {
	targets := b.Soft
	if targets == nil {
		targets = l.host[:b.B*l.k]
		clear(targets)
		for i, class := range b.Targets[:b.B] {
			if l.k == 1 {
				targets[i] = float32(class)
			} else {
				targets[i*l.k+int(class)] = 1
			}
		}
	}
	l.dev.Upload(l.targets, targets[:b.B*l.k])
	scale := 1 / float32(batchRows)
	if l.k == 1 {
		l.dev.BCEWithLogits(b.B, scale, logits, l.targets, l.losses, l.DLogits)
	} else {
		l.dev.SoftmaxCrossEntropy(b.B, l.k, scale, logits, l.targets, l.losses, l.DLogits)
	}
	l.dev.Download(l.host[:b.B], l.losses)
	for _, x := range l.host[:b.B] {
		sum += float64(x)
	}
	if b.Targets != nil {
		l.dev.Download(l.host[:b.B*l.k], logits)
		for i, class := range b.Targets[:b.B] {
			if Class(l.host[i*l.k:(i+1)*l.k]) == int(class) {
				correct++
			}
		}
	}
	return sum, correct
}

// Class that a row of logits says: the largest, the first of equals; with one
// output class 1 where it is above 0.
func Class(logits []float32) int {
	if len(logits) == 1 {
		if logits[0] > 0 {
			return 1
		}
		return 0
	}
	best := 0
	for i, x := range logits {
		if x > logits[best] {
			best = i
		}
	}
	return best
}
