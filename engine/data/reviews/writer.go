package reviews

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// random is SplitMix64 (Steele, Lea & Flood 2014, doi.org/10.1145/2660193.2660195):
// the n-th number is a hash of seed, text and n, so each text has its own numbers.
type random struct{ state uint64 }

const golden = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func newRandom(seed, text uint64) random {
	return random{mix(seed*golden+1) ^ mix(text+golden)}
}

// below is a number in [0, n).
func (r *random) below(n int) int {
	r.state += golden
	hi, _ := bits.Mul64(mix(r.state), uint64(n))
	return int(hi)
}

// writer expands one text.
type writer struct {
	g    grammar
	r    random
	out  strings.Builder
	used []choice // what this text has said already
}

// choice is an alternative of a symbol.
type choice struct {
	s      *symbol
	d      side
	number int
}

// scope is where an expansion stands.
type scope struct {
	d        side
	argument string
	many     bool
}

// write makes text number n of a seed, on side d.
func write(g grammar, seed, n uint64, d side) string {
	w := writer{g: g, r: newRandom(seed, n)}
	w.expand(g["review"], scope{d: d}, false)
	return polish(w.out.String(), &w.r)
}

// expand writes a symbol.
func (w *writer) expand(s *symbol, sc scope, single bool) {
	from := w.out.Len()
	a := w.choose(s, sc.d, single)
	for _, p := range a.pieces {
		switch {
		case p.plural != "" && sc.many:
			w.out.WriteString(p.plural)
		case p.symbol == "":
			w.out.WriteString(p.text)
		default:
			inner := scope{d: w.side(p.which, sc.d), argument: sc.argument, many: sc.many || p.many}
			name := p.symbol
			if name == "$" {
				name, inner.many = sc.argument, false
			}
			if p.argument != "" {
				inner.argument = p.argument
			}
			w.expand(w.g[name], inner, p.single)
		}
	}
	if s.sentence && w.out.Len() > from && !strings.ContainsRune(".!?", rune(w.out.String()[w.out.Len()-1])) {
		w.out.WriteByte('.')
	}
}

// side is where a piece is written, seen from d.
func (w *writer) side(which which, d side) side {
	switch which {
	case opposite:
		return d.other()
	case always:
		return plus
	case never:
		return minus
	case either:
		return side(w.r.below(2))
	}
	return d
}

// choose picks an alternative by weight, a new one if a few tries find it.
func (w *writer) choose(s *symbol, d side, single bool) alternative {
	total := s.total[d]
	if single && s.singles[d] > 0 {
		total = s.singles[d]
	} else {
		single = false
	}
	for try := 0; ; try++ {
		x := w.r.below(total)
		for _, a := range s.sides[d] {
			if single && !a.single {
				continue
			}
			if x -= a.weight; x >= 0 {
				continue
			}
			c := choice{s, d, a.number}
			if try < 4 && w.said(c) {
				break
			}
			w.used = append(w.used, c)
			return a
		}
	}
}

func (w *writer) said(c choice) bool {
	for _, u := range w.used {
		if u == c {
			return true
		}
	}
	return false
}

// contractions, as people write them about half of the time. Each wants a word after it.
// After a preposition "it is" are two words: "all of it is true".
var contractions = strings.NewReplacer(
	" about it is ", " about it is ", " of it is ", " of it is ", " in it is ", " in it is ", " like it is ", " like it is ",
	" is not ", " isn't ", " are not ", " aren't ", " was not ", " wasn't ", " were not ", " weren't ",
	" do not ", " don't ", " does not ", " doesn't ", " did not ", " didn't ",
	" could not ", " couldn't ", " cannot ", " can't ", " would not ", " wouldn't ", " should not ", " shouldn't ",
	" will not ", " won't ", " has not ", " hasn't ", " have not ", " haven't ", " had not ", " hadn't ",
	" it is ", " it's ", " that is ", " that's ", " there is ", " there's ", " what is ", " what's ",
	" I am ", " I'm ", " I would ", " I'd ", " I will ", " I'll ", " you will ", " you'll ", " you would ", " you'd ",
	" they are ", " they're ", " we are ", " we're ", " you are ", " you're ", " it will ", " it'll ",
)

// polish makes the expansion a text: articles, contractions, capitals.
func polish(s string, r *random) string {
	s = articles(capitals(s))
	s = strings.NewReplacer(",.", ".", ",,", ",", " ,", ",", ",:", ":", ",?", "?").Replace(s)
	if r.below(2) == 0 {
		s = contract(s)
	}
	switch r.below(24) {
	case 0, 1: // typed in a hurry
		s = strings.ToLower(s)
	case 2:
		s = strings.TrimSuffix(s, ".")
	case 3, 4:
		if strings.HasSuffix(s, ".") {
			s = s[:len(s)-1] + "!"
		}
	}
	return s
}

// contract writes "it is not bad" as "it isn't bad".
func contract(s string) string {
	s = contractions.Replace(" " + s)
	for _, begin := range [][2]string{{"It is ", "It's "}, {"There is ", "There's "}, {"That is ", "That's "}, {"Do not ", "Don't "}, {"You will ", "You'll "}, {"Cannot ", "Can't "}} {
		s = strings.ReplaceAll(s, begin[0], begin[1])
	}
	return s[1:]
}

// capitals begins each sentence with one.
func capitals(s string) string {
	var b strings.Builder
	start := true
	for _, c := range s {
		if start && unicode.IsLetter(c) {
			c, start = unicode.ToUpper(c), false
		}
		if c == '.' || c == '!' || c == '?' {
			start = true
		}
		b.WriteRune(c)
	}
	return b.String()
}

// articles turns "a" into "an" before a vowel that is heard, and back.
func articles(s string) string {
	words := strings.Split(s, " ")
	for i := 0; i+1 < len(words); i++ {
		switch words[i] {
		case "a", "an":
			words[i] = article(words[i+1])
		case "A", "An":
			words[i] = "A" + article(words[i+1])[1:]
		}
	}
	return strings.Join(words, " ")
}

func article(next string) string {
	next = strings.ToLower(next)
	for _, silent := range []string{"honest", "hour", "heir"} {
		if strings.HasPrefix(next, silent) {
			return "an"
		}
	}
	for _, spoken := range []string{"one", "once", "uni", "use", "euro", "eu"} {
		if strings.HasPrefix(next, spoken) && !strings.HasPrefix(next, "unim") && !strings.HasPrefix(next, "unin") {
			return "a"
		}
	}
	if c, _ := utf8.DecodeRuneInString(next); strings.ContainsRune("aeiou8", c) {
		return "an"
	}
	return "a"
}
