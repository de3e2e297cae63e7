package export

import "encoding/binary"

// message is a protocol buffer in the making (https://protobuf.dev/programming-guides/encoding):
// fields, each a varint of its number and form, then a varint, or a length and as many bytes.
type message []byte

const (
	formNumber = 0
	formBytes  = 2
)

// number appends a field that is a whole number.
func (m *message) number(field int, v uint64) {
	*m = binary.AppendUvarint(*m, uint64(field<<3|formNumber))
	*m = binary.AppendUvarint(*m, v)
}

// bytes appends a field that is bytes or a message.
func (m *message) bytes(field int, b []byte) {
	*m = binary.AppendUvarint(*m, uint64(field<<3|formBytes))
	*m = binary.AppendUvarint(*m, uint64(len(b)))
	*m = append(*m, b...)
}

func (m *message) text(field int, s string) { m.bytes(field, []byte(s)) }
