package model

import "fmt"

// Codes of an Error.
const (
	Corrupt = "model_corrupt" // the bytes are no file of ours, or a damaged one
	Shape   = "model_shape"   // a sound file that holds another model than its config says
)

// Error is why a file can't be read as a model. Message says what is wrong and what to do.
type Error struct {
	Code    string // Corrupt or Shape
	Message string
}

func (e *Error) Error() string { return e.Message }

func corrupt(format string, args ...any) error {
	return &Error{Corrupt, "This model file is damaged: " + fmt.Sprintf(format, args...) + ". Download or save it again."}
}

func misshapen(format string, args ...any) error {
	return &Error{Shape, "This file does not hold a model that Clove can run: " + fmt.Sprintf(format, args...) + ". Choose one that Clove saved."}
}
