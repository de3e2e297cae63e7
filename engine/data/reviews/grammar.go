package reviews

import (
	"fmt"
	"strconv"
	"strings"
)

// side is what a piece of text says of the film: + or -.
type side uint8

const (
	plus side = iota
	minus
)

// other is the opposite side.
func (s side) other() side { return 1 - s }

// piece is a stretch of an alternative: plain text, a symbol to expand, the
// argument of the symbol it stands in, or a choice by number, singular/plural.
type piece struct {
	text   string // plain, or the singular form
	plural string // of a choice by number

	symbol   string
	argument string // of the symbol, {pred:story.a}
	many     bool   // {pred*:…}: what follows is about several things

	which  which
	single bool // {$1}: only items of one word
}

// which side a symbol is expanded on, seen from the side it stands in.
type which uint8

const (
	same which = iota
	opposite
	always // +
	never  // -
	either // by chance
)

// alternative is one way to write a symbol.
type alternative struct {
	pieces []piece
	weight int
	single bool // plain text of one word
	number int  // in the symbol, to tell what was used before
}

// symbol is what a name in braces stands for.
type symbol struct {
	name     string
	sentence bool // ends as one: a full stop is added where no mark stands
	sides    [2][]alternative
	total    [2]int // sum of weights
	singles  [2]int // of the alternatives of one word
}

// grammar is all symbols by name.
type grammar map[string]*symbol

// parse reads grammar files. A file is sections of lines:
//
//	# a remark
//	@name            the symbol that the lines below write; @name. is a sentence
//	+ text | text    alternatives on the side of praise
//	- text | text    on the side of blame
//	= 3 text         on either side, three times as often as one without a number
//
// In a text {name} is that symbol on the same side, {!name} on the opposite one,
// {+name} and {-name} on a given one, {*name} on one by chance, {name:list} with
// a list as its argument, written {$} ({!$}, {$1}) there, {name*:list} the same
// about several things, for which [is/are] becomes "are". Lines repeat sections.
func parse(files ...string) (grammar, error) {
	g := grammar{}
	for _, file := range files {
		var s *symbol
		for n, line := range strings.Split(file, "\n") {
			line = strings.TrimSpace(line)
			switch {
			case line == "" || line[0] == '#':
			case line[0] == '@':
				name := strings.TrimSuffix(line[1:], ".")
				if g[name] != nil {
					return nil, fmt.Errorf("line %d: %s is there already", n+1, name)
				}
				s = &symbol{name: name, sentence: strings.HasSuffix(line, ".")}
				g[name] = s
			case s == nil || len(line) < 3 || !strings.ContainsRune("+-=", rune(line[0])) || line[1] != ' ':
				return nil, fmt.Errorf("line %d: %q is neither a symbol nor an alternative", n+1, line)
			default:
				if err := s.add(line[0], line[2:]); err != nil {
					return nil, fmt.Errorf("line %d: %w", n+1, err)
				}
			}
		}
	}
	return g, g.check()
}

// add reads the alternatives of one line.
func (s *symbol) add(mark byte, line string) error {
	for _, text := range strings.Split(line, " | ") {
		text = strings.TrimSpace(text)
		weight := 1
		if first, rest, ok := strings.Cut(text, " "); ok {
			if w, err := strconv.Atoi(first); err == nil {
				weight, text = w, rest
			}
		}
		pieces, err := split(text)
		if err != nil {
			return err
		}
		single := len(pieces) == 1 && pieces[0].symbol == "" && !strings.Contains(text, " ")
		for _, d := range []side{plus, minus} {
			if mark == '+' && d == minus || mark == '-' && d == plus {
				continue
			}
			s.sides[d] = append(s.sides[d], alternative{pieces, weight, single, len(s.sides[d])})
			s.total[d] += weight
			if single {
				s.singles[d] += weight
			}
		}
	}
	return nil
}

// split cuts a text into its pieces.
func split(text string) ([]piece, error) {
	var out []piece
	for text != "" {
		i := strings.IndexAny(text, "{[")
		if i < 0 {
			return append(out, piece{text: text}), nil
		}
		if i > 0 {
			out = append(out, piece{text: text[:i]})
		}
		end := strings.IndexAny(text[i:], "}]")
		if end < 0 {
			return nil, fmt.Errorf("%q: a brace is open", text)
		}
		inside := text[i+1 : i+end]
		if text[i] == '[' {
			one, many, ok := strings.Cut(inside, "/")
			if !ok {
				return nil, fmt.Errorf("%q: [singular/plural] wants both", inside)
			}
			out = append(out, piece{text: one, plural: many})
		} else {
			out = append(out, parseSymbol(inside))
		}
		text = text[i+end+1:]
	}
	return out, nil
}

// parseSymbol reads what stands in braces.
func parseSymbol(s string) piece {
	var p piece
	if i := strings.IndexByte("!+-*", s[0]); i >= 0 {
		p.which, s = [...]which{opposite, always, never, either}[i], s[1:]
	}
	s, p.argument, _ = strings.Cut(s, ":")
	if strings.HasSuffix(s, "*") {
		p.many, s = true, s[:len(s)-1]
	}
	if s == "$1" {
		p.single, s = true, "$"
	}
	p.symbol = s
	return p
}

// check finds names that stand for nothing and symbols that cannot be written on a side.
func (g grammar) check() error {
	for name, s := range g {
		for _, d := range []side{plus, minus} {
			if s.total[d] == 0 {
				return fmt.Errorf("%s: nothing to write on one side", name)
			}
			for _, a := range s.sides[d] {
				for _, p := range a.pieces {
					for _, n := range []string{p.symbol, p.argument} {
						if n != "" && n != "$" && g[n] == nil {
							return fmt.Errorf("%s: no symbol %q", name, n)
						}
					}
				}
			}
		}
	}
	return nil
}
