// Package uuid stands in, in the page's program, for the one of that name, of which
// go-app wants one function; the whole brings databases' and hashes' packages along.
package uuid

import (
	"math/rand/v2"
	"strconv"
)

// NewString is a name that no other tab has.
func NewString() string {
	return strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)
}
