package link

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/clove-ml/clove/engine/run/spec"
)

// Code is why an address is refused.
type Code string

// The codes. The page words them, by "link." + Code.
const (
	TooLong      Code = "too-long"       // Want: bytes at most
	ModelTooLong Code = "model-too-long" // Want: bytes at most
	ModelText    Code = "model-text"     // what should be base64url is not
	Newer        Code = "newer"          // Value: the link's version; Want: ours
	UnknownStart Code = "unknown-start"  // Value: the name; Want: those there are
	UnknownField Code = "unknown-field"
	Local        Code = "local" // a field that no link may set
	Twice        Code = "twice"
	Escape       Code = "escape"   // a % with no two hexadecimal figures behind it
	Value        Code = "value"    // Want: what the field may be
	Pipeline     Code = "pipeline" // Refusal: why; Want the same in English
)

// Error is why an address is refused: a sentence in English, and the same as data for those
// who word it in another language.
type Error struct {
	Code  Code
	Field string // the key, "" of the whole
	Value string // as given, cut and without control characters
	Want  string

	Refusal *spec.Refusal // of Pipeline; what it repeats is cut too
}

func (e *Error) Error() string {
	switch e.Code {
	case TooLong:
		return fmt.Sprintf("link: its query is longer than the %s bytes that a link may have; this is none of Clove's", e.Want)
	case ModelTooLong:
		return fmt.Sprintf("link: the model in it is larger than the %s bytes that may travel so; send it as a file", e.Want)
	case ModelText:
		return "link: what stands after #model= is no base64url: the link was cut, copy it whole"
	case Newer:
		return fmt.Sprintf("link: its version is %s, and this Clove reads %s and before; open it with a newer one", e.Value, e.Want)
	case UnknownStart:
		return fmt.Sprintf("link: spec is %q, want one of %s", e.Value, e.Want)
	case UnknownField:
		return fmt.Sprintf("link: %s is no setting of a run; check how it is spelled", e.Field)
	case Local:
		return fmt.Sprintf("link: %s is the machine's own, a link can't set it; leave it out", e.Field)
	case Twice:
		return fmt.Sprintf("link: %s stands there twice; leave one", e.Field)
	case Escape:
		return fmt.Sprintf("link: %s is %q, where a %% has no two hexadecimal figures behind it: the link was cut, copy it whole", e.Field, e.Value)
	case Pipeline:
		return "link: its pipeline can't be: " + e.Want
	default:
		return fmt.Sprintf("link: %s is %q, want %s", e.Field, e.Value, e.Want)
	}
}

func refuse(code Code, field, value, want string) *Error {
	return &Error{Code: code, Field: short(field), Value: short(value), Want: want}
}

// invalid is what spec found.
func invalid(err error, value string) *Error {
	var f *spec.FieldError
	if !errors.As(err, &f) {
		return refuse(Value, "spec", value, err.Error())
	}
	if value == "" {
		value = strings.Trim(fmt.Sprint(f.Value), `"`)
	}
	return refuse(Value, f.Field, value, cut(f.Want, 4*longest))
}

// pipeline says why steps can't be.
func pipeline(value string, err error) *Error {
	e := refuse(Pipeline, "compress", value, cut(err.Error(), 4*longest))
	var r *spec.Refusal
	if errors.As(err, &r) {
		told := *r
		told.Args = make([]string, len(r.Args))
		for i, a := range r.Args {
			told.Args[i] = short(a)
		}
		e.Refusal = &told
	}
	return e
}

// longest of what is repeated from an address, in bytes.
const longest = 60

func short(s string) string { return cut(s, longest) }

func cut(s string, most int) string {
	long := len(s) > most
	s = s[:min(len(s), most)]
	for long && len(s) > most-utf8.UTFMax && !utf8.ValidString(s) { // the cut went through a character
		s = s[:len(s)-1]
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if long {
		s += "…"
	}
	return s
}
