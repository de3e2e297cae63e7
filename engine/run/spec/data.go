package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// DataID names the encoded texts of a Spec by all that decides them: two Specs with
// one DataID train on the same numbers. A path is no part of it.
func (s Spec) DataID() string {
	s.Data.Path = ""
	b, err := json.Marshal(struct {
		Seed      uint64
		Data      Data
		Tokenizer Tokenizer
	}{s.Seed, s.Data, s.Tokenizer})
	if err != nil {
		panic(err) // plain fields always marshal
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
