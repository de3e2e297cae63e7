package data

import (
	"sort"
	"strings"

	"github.com/clove-ml/clove/engine/run/spec"
)

const (
	candidates  = 16      // kept for each label; some may turn out to be no training texts
	maxSamples  = 12      // handed out
	shortBytes  = 160     // a text of up to so many is read at a glance
	sampleRunes = 400     // of a longer text
	unfitBytes  = 1 << 30 // what an unfit text counts as longer
)

// samples keeps a few texts of each label to look at: short ones, else the
// shortest, and among short ones those whose hash follows from, in a circle.
// That is as good as chance, and depends on nothing but the texts.
type samples struct {
	from    uint64
	byLabel [][]candidate
}

type candidate struct {
	extra int    // bytes beyond short
	rank  uint64 // hash − from
	hash  uint64
	text  string
}

func (c candidate) before(d candidate) bool {
	if c.extra != d.extra {
		return c.extra < d.extra
	}
	return c.rank < d.rank
}

func (s *samples) offer(label int32, hash uint64, text string) {
	for int(label) >= len(s.byLabel) {
		s.byLabel = append(s.byLabel, nil)
	}
	c := candidate{max(len(text)-shortBytes, 0), hash - s.from, hash, text}
	list := s.byLabel[label]
	if len(list) == candidates && !c.before(list[candidates-1]) {
		return
	}
	if unfit(text) {
		c.extra += unfitBytes
	}
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

// unfit says whether a text is nothing for a class room's wall, as much of real
// spam is. It is trained on all the same; it is only not shown unasked.
func unfit(text string) bool {
	text = strings.ToLower(text)
	for _, word := range []string{
		"adult", "cum", "erotic", "fuck", "hardcore", "horny", "naked", "nude", "penis", "porn", "sex", "shit", "slut", "viagra", "xxx",
	} {
		for at := 0; ; {
			i := strings.Index(text[at:], word)
			if i < 0 {
				break
			}
			at += i + len(word)
			if before := at - len(word) - 1; before < 0 || text[before] < 'a' || text[before] > 'z' { // a word begins with it
				return true
			}
		}
	}
	return false
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
func pick(labels []string, inTrain func(hash uint64) bool, from ...*samples) []spec.Sample {
	fit := make([][]string, len(labels))
	for i := range labels {
		seen := map[uint64]bool{}
		for _, s := range from {
			if i >= len(s.byLabel) {
				continue
			}
			for _, c := range s.byLabel[i] {
				if inTrain(c.hash) && !seen[c.hash] {
					seen[c.hash] = true
					fit[i] = append(fit[i], c.text)
				}
			}
		}
	}
	var out []spec.Sample
	for turn := 0; turn < len(from)*candidates; turn++ {
		for i, texts := range fit {
			if turn < len(texts) && len(out) < maxSamples {
				out = append(out, spec.Sample{Label: labels[i], Text: texts[turn]})
			}
		}
	}
	return out
}
