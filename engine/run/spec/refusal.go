package spec

import "fmt"

// Refusal is why a pipeline can't be: an English sentence, and the same as data for
// those who word it in another language.
type Refusal struct {
	At   int // the step that is refused, from 0
	Code RefusalCode
	Args []string // names of techniques and options, and what was given, as the code has it
	text string
}

// RefusalCode is the kind of a Refusal, with its Args.
type RefusalCode string

// The kinds.
const (
	RefusedUnknown RefusalCode = "unknown" // name: there is no such technique
	RefusedAlone   RefusalCode = "alone"   // name, value: it takes none
	RefusedValue   RefusalCode = "value"   // name, value, what it should be
	RefusedOption  RefusalCode = "option"  // name, option: it has no such one
	RefusedTwice   RefusalCode = "twice"   // name, option, option: one of them
	RefusedTeacher RefusalCode = "teacher" // name: a teacher, and nothing to learn
	RefusedPacked  RefusalCode = "packed"  // name, the step that packed the file before it
	RefusedFirst   RefusalCode = "first"   // name, the step before it: it must be first
	RefusedShape   RefusalCode = "shape"   // name, the step before it: it takes rows and columns out
	RefusedStored  RefusalCode = "stored"  // name, the step before it: rounded weights can't be changed
)

func (r *Refusal) Error() string { return r.text }

func refuse(code RefusalCode, args []string, format string, values ...any) *Refusal {
	return &Refusal{Code: code, Args: args, text: fmt.Sprintf(format, values...)}
}
