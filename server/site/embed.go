package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/clove-ml/clove/app"
	"github.com/clove-ml/clove/app/words"
	"github.com/clove-ml/clove/engine/export"
	"github.com/clove-ml/clove/wasm/protocol"
)

// What an embed loads, beside its own scripts, begins with "embed-": the server lets frames of
// other sites and sandboxes have that. It is the look, the runtime of the HTML file that a model is
// downloaded as, and the built-in model with its variants as scripts, since a sandbox may not fetch.
func (s *site) collectEmbed() error {
	for _, name := range []string{"clove.css", "icon.svg"} {
		if src, ok := s.sources[name]; ok {
			s.sources["embed-"+name] = src
		}
	}
	s.sources["embed-runtime.js"] = source{body: []byte(export.Runtime())}
	for k := 0; ; k++ {
		name := "builtin.safetensors"
		if k > 0 {
			name = fmt.Sprintf("builtin-%d.safetensors", k)
		}
		src, ok := s.sources[name]
		if !ok {
			return nil
		}
		file, err := src.read()
		if err != nil {
			return err
		}
		s.sources[fmt.Sprintf("embed-model-%d.js", k)] = source{body: fmt.Appendf(nil, "clove.given(%d, '%s')\n", k, base64.StdEncoding.EncodeToString(file))}
	}
}

// judge is the first sight of an embed, live that of one that trains.
func judge() (string, error) { return sight(app.Judge) }
func live() (string, error)  { return sight(app.LiveSight) }

func sight(of func(words.Lang) (string, error)) (string, error) {
	page, err := of(words.English)
	if err != nil {
		return "", err
	}
	return page, allowed(page)
}

// embedWords are what an embed's script says, as JSON.
func embedWords() (string, error) { return literal(app.EmbedWords()) }

// built is what an embed's script knows of the built-in model and its variants, as JSON.
func (s *site) built() (string, error) {
	src, ok := s.sources["builtin.json"]
	if !ok {
		return "", fmt.Errorf("the built-in model is not there: go run ./server/builtin")
	}
	b, err := src.read()
	if err != nil {
		return "", err
	}
	var opened protocol.Opened
	if err := json.Unmarshal(b, &opened); err != nil {
		return "", fmt.Errorf("reading builtin.json: %w", err)
	}
	type variant struct {
		Pipeline string   `json:"pipeline"`
		Name     []string `json:"name"`  // in each language
		Board    []string `json:"board"` // the columns below the sentence
	}
	all := make([]variant, len(opened.Variants))
	for _, l := range words.Langs {
		names, boards, err := app.Boards(l, opened)
		if err != nil {
			return "", err
		}
		for i, v := range opened.Variants {
			if err := allowed(boards[i]); err != nil {
				return "", err
			}
			all[i].Pipeline = v.Pipeline
			all[i].Name, all[i].Board = append(all[i].Name, names[i]), append(all[i].Board, boards[i])
		}
	}
	return literal(all)
}

// literal is a value as it stands in a script.
func literal(v any) (string, error) {
	b, err := json.Marshal(v) // which escapes <, > and &
	return string(b), err
}
