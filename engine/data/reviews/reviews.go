// Package reviews makes short film reviews: synthetic, written for Clove, so
// that the playground has something to learn from with nothing installed.
//
// # How it is made
//
// A small grammar (grammar/*.txt, read by grammar.go) is expanded by a seeded
// counter-based generator (writer.go). Each symbol can be written on two sides,
// praise and blame, and most lines serve both, with the words of praise and
// blame changing places:
//
//	= 3 although {!clause}, {clause}.
//
// is a positive review when the second clause praises and a negative one when it
// blames. So neither "although" nor any other word of the frame tells the answer,
// and the words of praise stand in both kinds of reviews. What decides is the
// order: what is negated, which clause is the main one, what came last, what is
// said of the popcorn and not of the film, what others said and whether they were
// right. A bag of words sees none of it (a test measures by how much it falls
// behind the LSTM); yet most words keep a meaning of their own, since plain
// sentences are common too.
//
// Plots (stories.txt) and how one came to see the film (settings.txt) say nothing
// about the side. They are there for everyday English, so that a sentence typed
// by a stranger mostly consists of words that the model has seen.
//
// The same seed gives the same bytes on every platform. No text comes twice, so
// no text is in two splits.
package reviews

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/clove-ml/clove/engine/data"
)

//go:embed grammar/reviews.txt
var reviewsFile string

//go:embed grammar/clauses.txt
var clausesFile string

//go:embed grammar/turns.txt
var turnsFile string

//go:embed grammar/praise.txt
var praiseFile string

//go:embed grammar/parts.txt
var partsFile string

//go:embed grammar/stories.txt
var storiesFile string

//go:embed grammar/settings.txt
var settingsFile string

// theGrammar is parsed at its first use.
var theGrammar = sync.OnceValue(func() grammar {
	g, err := parse(reviewsFile, clausesFile, turnsFile, praiseFile, partsFile, storiesFile, settingsFile)
	if err != nil {
		panic(fmt.Errorf("reviews: the grammar: %w", err)) // it is part of the program
	}
	return g
})

// Labels of the two sides.
const (
	Positive = "positive"
	Negative = "negative"
)

// Number of texts in each part, half of them positive.
const (
	Train = 9000
	Valid = 1500
	Test  = 3000
)

// Bounds of a text, in words.
const (
	minWords = 3
	maxWords = 45
)

// source is data.Source of one seed.
type source struct {
	seed  uint64
	sizes [3]int
}

// Source is the set of reviews of that seed: Train, Valid and Test texts, in turn
// positive and negative.
func Source(seed uint64) data.Source { return Sized(seed, Train, Valid, Test) }

// Sized is Source with other numbers of texts. Its parts are not those of Source cut short.
func Sized(seed uint64, train, valid, test int) data.Source {
	return source{seed, [3]int{train, valid, test}}
}

func (s source) Each(ctx context.Context, yield func(data.Row) error) (data.Report, error) {
	var report data.Report
	g := theGrammar()
	seen := make(map[string]struct{}, s.sizes[0]+s.sizes[1]+s.sizes[2])
	number := uint64(0) // of the next text tried
	for part, split := range []data.Split{data.Train, data.Valid, data.Test} {
		for i := 0; i < s.sizes[part]; {
			if number%64 == 0 && ctx.Err() != nil {
				return report, ctx.Err()
			}
			d := side(i % 2)
			text := write(g, s.seed, number, d)
			number++
			key := strings.ToLower(text)
			if _, again := seen[key]; again || !fits(text) {
				continue
			}
			seen[key] = struct{}{}
			label := Positive
			if d == minus {
				label = Negative
			}
			if err := yield(data.Row{Split: split, Label: label, Text: text}); err != nil {
				return report, err
			}
			report.Rows++
			i++
		}
	}
	return report, nil
}

// fits tells whether a text is neither too short nor too long.
func fits(text string) bool {
	n := strings.Count(text, " ") + 1
	return n >= minWords && n <= maxWords
}
