package data

import (
	"sort"

	"github.com/clove-ml/clove/engine/run/spec"
)

const (
	candidates  = 16  // kept for each label; some may turn out to be no training texts
	maxSamples  = 12  // handed out
	shortBytes  = 160 // a text of up to so many is read at a glance
	sampleRunes = 400 // of a longer text
)

// samples keeps a few training texts of each label to look at: short ones, else
// the shortest, and among short ones those of the least hash, which is as good as chance.
type samples struct {
	byLabel [][]candidate
}

type candidate struct {
	hash  uint64
	extra int // bytes beyond short
	text  string
}

func (c candidate) before(d candidate) bool {
	if c.extra != d.extra {
		return c.extra < d.extra
	}
	return c.hash < d.hash
}

func (s *samples) offer(label int32, hash uint64, text string) {
	for int(label) >= len(s.byLabel) {
		s.byLabel = append(s.byLabel, nil)
	}
	c := candidate{hash, max(len(text)-shortBytes, 0), text}
	list := s.byLabel[label]
	at := sort.Search(len(list), func(i int) bool { return !list[i].before(c) })
	if at == candidates || at < len(list) && list[at].hash == hash {
		return
	}
	if c.extra > 0 {
		c.text = head(text, sampleRunes)
	}
	list = append(list, candidate{})
	copy(list[at+1:], list[at:])
	list[at] = c
	if len(list) > candidates {
		list = list[:candidates]
	}
	s.byLabel[label] = list
}

// head is the first n characters of s, with an ellipsis if there are more.
func head(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}

// renumber moves label i to number[i].
func (s *samples) renumber(number []int32) {
	moved := make([][]candidate, len(number))
	for i, list := range s.byLabel {
		moved[number[i]] = list
	}
	s.byLabel = moved
}

// pick takes from the labels in turns those that are in train.
func (s *samples) pick(labels []string, inTrain func(hash uint64) bool) []spec.Sample {
	var out []spec.Sample
	for turn := 0; turn < candidates; turn++ {
		for i, list := range s.byLabel {
			if len(out) == maxSamples {
				return out
			}
			n := 0
			for _, c := range list {
				if !inTrain(c.hash) {
					continue
				}
				if n == turn {
					out = append(out, spec.Sample{Label: labels[i], Text: c.text})
					break
				}
				n++
			}
		}
	}
	return out
}
