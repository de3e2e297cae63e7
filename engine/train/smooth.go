package train

// smoothing of labels, Szegedy et al. 2016 (https://arxiv.org/abs/1512.00567): the
// model is asked to be sure, but not without end.
//
//	y'ₖ = (1 − s)·yₖ + s/K    K labels, s the Spec's train.smoothing
//
// With two labels there is one output, the probability of the last label: its
// target is 1 − s/2 or s/2, so logits settle near ±log((2 − s)/s) instead of
// growing for as long as one trains. Evaluation is never smoothed.
type smoothing struct {
	outputs   int     // K, or 1 for two labels
	high, low float32 // targets of the true label and of the others
}

func newSmoothing(s float64, labels, outputs int) smoothing {
	other := float64(s / float64(labels))
	return smoothing{outputs, float32(float64(1-s) + other), float32(other)}
}

// soft says whether anything is smoothed.
func (s smoothing) soft() bool { return s.low != 0 }

// targets fills dst [B, K] for the classes [B], and returns nil where nothing is smoothed.
func (s smoothing) targets(dst []float32, classes []int32) []float32 {
	if s.low == 0 {
		return nil
	}
	dst = dst[:len(classes)*s.outputs]
	for i := range dst {
		dst[i] = s.low
	}
	for i, class := range classes {
		if s.outputs > 1 {
			dst[i*s.outputs+int(class)] = s.high
		} else if class == 1 {
			dst[i] = s.high
		}
	}
	return dst
}
