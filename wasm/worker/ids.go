package main

import (
	"crypto/rand"
	"encoding/hex"
	"path"
	"strings"
	"unicode"

	"github.com/clove-ml/clove/wasm/store"
)

// builtinRun is the id of the run whose model judges on arrival.
const builtinRun = "builtin"

// live names the model in training.
const live = "live"

// newID is short and as good as unique.
func newID() string {
	var b [6]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// lockName is the Web Lock of a run.
func lockName(id string) string { return "clove-run-" + id }

// runOf is the run that a model belongs to: what stands before the slash.
func runOf(model string) string {
	id, _, _ := strings.Cut(model, "/")
	return id
}

// fileName is what a download of a variant is called, without its suffix.
func fileName(r store.Run, variant string) string {
	name := r.Spec.Data.Source
	if r.File != "" {
		name = strings.TrimSuffix(path.Base(r.File), path.Ext(r.File))
	}
	if variant != "" && variant != "original" {
		name += "-" + variant
	}
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		switch {
		case unicode.IsLetter(c) || unicode.IsDigit(c) || c == '.' || c == '_':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return "clove-" + strings.Trim(b.String(), "-.")
}
