package app

import (
	"fmt"
	"html"
	"sort"
	"strconv"
	"strings"

	"github.com/clove-ml/clove/app/words"
	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// FirstSight is the page as text, before its program has come: the fresh state
// with "–" for each figure.
func FirstSight() (string, error) { return HTML(NewState(words.English)) }

// FirstRooms are the frames of the rooms before the program has come, each a template: start.js
// puts the one that the address names in the board's place before anything is painted.
func FirstRooms() (string, error) {
	var out strings.Builder
	for _, column := range columns {
		if !hasRoom(column) {
			continue
		}
		s := NewState(words.English)
		s.Place.Room = column
		frame, err := tidy(ui.HTMLString(NewBoard(s, nil).inRoom(&s)))
		if err != nil {
			return "", err
		}
		out.WriteString(`<template id="first-` + column + `">` + frame + "</template>\n")
	}
	return out.String(), nil
}

// HTML is a state of the page as text.
func HTML(s State) (string, error) { return tidy(ui.HTMLString(NewBoard(s, nil))) }

// void elements have no end tag; the others close as they should.
var void = map[string]bool{"input": true, "br": true}

// tidy mends what go-app writes. It indents, which puts spaces between words that
// have none; it leaves out the value of attributes that are "true", which makes
// aria-hidden false; it quotes values as Go does, not as HTML; and it writes the
// end tag of elements that have none.
func tidy(markup string) (string, error) {
	var out strings.Builder
	depth := 0
	for i := 0; i < len(markup); {
		if markup[i] == '\n' { // go-app's own: texts of the page have none
			i++
			indent := 2 * depth
			if strings.HasPrefix(strings.TrimLeft(markup[i:], " "), "</") {
				indent = 2 * (depth - 1)
			}
			for k := 0; k < indent && i < len(markup) && markup[i] == ' '; k++ {
				i++
			}
			continue
		}
		if markup[i] != '<' {
			out.WriteByte(markup[i])
			i++
			continue
		}
		tag, next, err := readTag(markup, i)
		if err != nil {
			return "", err
		}
		i = next
		if tag.end {
			depth--
			if !void[tag.name] {
				out.WriteString("</" + tag.name + ">")
			}
			continue
		}
		depth++
		out.WriteString("<" + tag.name + tag.attributes + ">")
	}
	return out.String(), nil
}

type markupTag struct {
	name, attributes string
	end              bool
}

// bare attributes need no value in HTML.
var bare = map[string]bool{"hidden": true, "disabled": true, "selected": true, "checked": true, "open": true}

func readTag(m string, i int) (markupTag, int, error) {
	var t markupTag
	i++
	if i < len(m) && m[i] == '/' {
		t.end = true
		i++
	}
	start := i
	for i < len(m) && m[i] != ' ' && m[i] != '>' {
		i++
	}
	t.name = m[start:i]
	var all []string
	for i < len(m) && m[i] != '>' {
		if m[i] == ' ' {
			i++
			continue
		}
		start = i
		for i < len(m) && m[i] != '=' && m[i] != ' ' && m[i] != '>' {
			i++
		}
		name, value := m[start:i], "true"
		if i < len(m) && m[i] == '=' {
			quoted, err := strconv.QuotedPrefix(m[i+1:])
			if err != nil {
				return t, 0, fmt.Errorf("reading the attribute %s of %s: %w", name, t.name, err)
			}
			i += 1 + len(quoted)
			if value, err = strconv.Unquote(quoted); err != nil {
				return t, 0, fmt.Errorf("reading the attribute %s of %s: %w", name, t.name, err)
			}
		}
		if bare[name] && value == "false" {
			continue
		}
		text := " " + name
		if !bare[name] {
			text += `="` + html.EscapeString(value) + `"`
		}
		all = append(all, text)
	}
	if i >= len(m) {
		return t, 0, fmt.Errorf("the tag %s does not end", t.name)
	}
	sort.Strings(all) // go-app's order is a map's
	t.attributes = strings.Join(all, "")
	return t, i + 1, nil
}
