package compress

import (
	"cmp"
	"slices"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run/spec"
)

// maxFlips bounds the texts that a variant carries; the counts are of all.
const maxFlips = 500

// compare fills in what differs between the original's answers and the variant's.
// A flip's probability is that of the last label where there are two, else of the true one.
func compare(v *spec.Variant, before, after *Answers, d *data.Encoded) {
	labels := len(d.Labels)
	v.Changed, v.NowWrong, v.NowRight = differ(before, after, d.Test.Labels)
	for i, truth := range d.Test.Labels {
		if before.Class[i] == after.Class[i] {
			continue
		}
		of := i*labels + int(truth)
		if labels == 2 {
			of = i*labels + 1
		}
		f := spec.Flip{
			Index:    i,
			Truth:    d.Labels[truth],
			Before:   float64(before.Probabilities[of]),
			After:    float64(after.Probabilities[of]),
			NowRight: truth == after.Class[i],
		}
		if d.Test.Texts != nil {
			f.Text = d.Test.Texts[i]
		}
		v.Flips = append(v.Flips, f)
	}
	slices.SortStableFunc(v.Flips, func(a, b spec.Flip) int {
		return cmp.Compare(abs(b.After-b.Before), abs(a.After-a.Before))
	})
	v.Flips = v.Flips[:min(len(v.Flips), maxFlips)]
	versus := spec.NewVersus(d.Test.Len(), v.Changed, v.NowWrong, v.NowRight)
	v.Versus = &versus
}

// differ counts the answers that changed, and of them those that were right (worse) and
// those that are right now (better).
func differ(before, after *Answers, truths []int32) (changed, worse, better int) {
	for i, truth := range truths {
		if before.Class[i] == after.Class[i] {
			continue
		}
		changed++
		switch truth {
		case before.Class[i]:
			worse++
		case after.Class[i]:
			better++
		}
	}
	return changed, worse, better
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
