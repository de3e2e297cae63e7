package nn

import "github.com/clove-ml/clove/engine/tensor"

// Loss is cross-entropy: of a sigmoid for one output (BCE with logits), else of
// a softmax. The formulas stand at the kernels, tensor.Device.BCEWithLogits and
// SoftmaxCrossEntropy. Targets may be soft.
//
//	forward   logits [B, K], targets → Σ loss, DLogits [B, K] of the mean over the whole batch
//
// With a teacher it is knowledge distillation (Hinton et al. 2015,
// https://arxiv.org/abs/1503.02531), z the logits, u the teacher's, T the
// temperature, α the teacher's share:
//
//	(1 − α)·crossEntropy(y, z) + α·T²·KL(softmax(u/T) ‖ softmax(z/T))
//	dz = (1 − α)·(softmax(z) − y) + α·T·(softmax(z/T) − softmax(u/T))
//
// T² since the gradients of soft targets shrink with 1/T²; KL is cross-entropy less the
// teacher's own entropy, which no gradient sees. One output is the pair (z, 0).
type Loss struct {
	dev     tensor.Device
	k       int
	targets tensor.Buffer // [B, K]
	losses  tensor.Buffer // [B]
	DLogits tensor.Buffer // [B, K]
	host    []float32     // targets going up, logits and losses coming down

	// Of distillation alone.
	soft, cool, dcool tensor.Buffer // [B, K] softmax(u/T), z/T and its gradient
}

// Distil says how a teacher is learned from.
type Distil struct {
	Temperature float32 // T, above 0
	Share       float32 // α, 0 to 1
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
	l.aim(b)
	scale := 1 / float32(batchRows)
	if b.Teacher == nil {
		sum = l.entropy(b.B, scale, logits, l.targets, l.DLogits)
	} else {
		sum = l.distil(b, scale, logits)
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

// aim puts the batch's targets on the device.
func (l *Loss) aim(b Batch) {
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
}

// tally is Forward on a card and without a teacher; sum and correct go to out.
func (l *Loss) tally(card tensor.Card, b Batch, logits tensor.Buffer, batchRows int, out tensor.Buffer) {
	l.aim(b)
	l.each(b.B, 1/float32(batchRows), logits, l.targets, l.DLogits)
	card.Tally(b.B, l.k, b.Targets[:b.B], logits, l.losses, out)
}

// each is the cross-entropy of every row, and its gradient times scale.
func (l *Loss) each(B int, scale float32, logits, targets, dlogits tensor.Buffer) {
	if l.k == 1 {
		l.dev.BCEWithLogits(B, scale, logits, targets, l.losses, dlogits)
	} else {
		l.dev.SoftmaxCrossEntropy(B, l.k, scale, logits, targets, l.losses, dlogits)
	}
}

// entropy is the cross-entropy summed over the rows, and its gradient times scale.
func (l *Loss) entropy(B int, scale float32, logits, targets, dlogits tensor.Buffer) (sum float64) {
	l.each(B, scale, logits, targets, dlogits)
	l.dev.Download(l.host[:B], l.losses)
	for _, x := range l.host[:B] {
		sum += float64(x)
	}
	return sum
}

// distil is both losses together.
func (l *Loss) distil(b Batch, scale float32, logits tensor.Buffer) float64 {
	if n := l.targets.Len(); l.soft == nil {
		l.soft, l.cool, l.dcool = l.dev.Alloc(n), l.dev.Alloc(n), l.dev.Alloc(n)
	}
	n, T, share := b.B*l.k, b.Distil.Temperature, b.Distil.Share
	l.dev.Upload(l.cool, b.Teacher[:n])
	l.dev.Scale(n, 1/T, l.cool)
	soften(l.k, l.host[:n], b.Teacher[:n], T)
	l.dev.Upload(l.soft, l.host[:n])
	own := l.entropy(b.B, 0, l.cool, l.soft, l.dcool) // the teacher's entropy

	sum := float64(1-share) * l.entropy(b.B, scale*(1-share), logits, l.targets, l.DLogits)
	l.dev.Zero(n, l.cool)
	l.dev.Add(n, logits, l.cool)
	l.dev.Scale(n, 1/T, l.cool)
	crossed := l.entropy(b.B, scale*(share*T), l.cool, l.soft, l.dcool)
	l.dev.Add(n, l.dcool, l.DLogits)
	return sum + float64(float64(share*T*T)*(crossed-own))
}

// soften writes softmax(u/T) of each row, of one output sigmoid(u/T).
func soften(K int, dst, u []float32, T float32) {
	if K == 1 {
		for i, x := range u {
			dst[i] = tensor.Sigmoid32(x / T)
		}
		return
	}
	for ; len(u) > 0; u, dst = u[K:], dst[K:] {
		top := u[0]
		for _, x := range u[:K] {
			if x > top {
				top = x
			}
		}
		var sum float32
		for k, x := range u[:K] {
			dst[k] = tensor.Exp32((x - top) / T)
			sum += dst[k]
		}
		for k := range K {
			dst[k] /= sum
		}
	}
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
