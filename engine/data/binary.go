package data

import "errors"

// MarshalBinary writes what a run keeps in the browser and what is sent to the server.
func (e *Encoded) MarshalBinary() ([]byte, error) { return nil, errors.New("data: not yet") }

// UnmarshalEncoded is its inverse. Every count and offset is checked before it is used.
func UnmarshalEncoded(b []byte) (*Encoded, error) { return nil, errors.New("data: not yet") }
