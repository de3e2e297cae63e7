package data

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"unicode/utf8"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/engine/text"
)

// The format, all numbers little-endian or uvarint:
//
//	"CLVD", version 1
//	uvarint length, JSON of header
//	uvarint length, the vocabulary's text
//	train, validation, test, each:
//	  uvarint n, n × uvarint count of ids, n × uvarint label
//	  ids, 2 bytes each where the vocabulary has at most 65,536 entries, else 4
//	  byte 1 and n × (uvarint length, raw text) where texts are kept, else byte 0
//	CRC-32 (IEEE) of all before it, 4 bytes
const (
	magic       = "CLVD\x01"
	smallVocab  = 1 << 16
	maxPartIDs  = math.MaxInt32 // offsets are int32
	checksumLen = 4
)

type header struct {
	Labels    []string       `json:"labels"`
	Tokenizer spec.Tokenizer `json:"tokenizer"`
	Facts     spec.Facts     `json:"facts"`
	SHA256    string         `json:"sha256,omitempty"`
}

// MarshalBinary writes what a run keeps in the browser and what is sent to the server.
func (e *Encoded) MarshalBinary() ([]byte, error) {
	head, err := json.Marshal(header{e.Labels, e.Tokenizer, e.Facts, e.SHA256})
	if err != nil {
		return nil, fmt.Errorf("encoding the data: %w", err)
	}
	vocab, err := e.Vocab.MarshalText()
	if err != nil {
		return nil, fmt.Errorf("encoding the data: %w", err)
	}
	wide := e.Vocab.Size() > smallVocab
	size := len(magic) + len(head) + len(vocab) + 2*binary.MaxVarintLen32 + checksumLen
	for _, p := range e.parts() {
		size += p.maxBytes(wide)
	}
	b := append(make([]byte, 0, size), magic...)
	b = append(binary.AppendUvarint(b, uint64(len(head))), head...)
	b = append(binary.AppendUvarint(b, uint64(len(vocab))), vocab...)
	for _, p := range e.parts() {
		b = p.append(b, wide)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), nil
}

func (e *Encoded) parts() []*Part { return []*Part{&e.Train, &e.Valid, &e.Test} }

// maxBytes bounds what append appends.
func (p *Part) maxBytes(wide bool) int {
	n := 4*len(p.IDs) + (p.Len()+1)*2*binary.MaxVarintLen16 + 1
	if !wide {
		n -= 2 * len(p.IDs)
	}
	for _, t := range p.Texts {
		n += len(t) + binary.MaxVarintLen32
	}
	return n
}

func (p *Part) append(b []byte, wide bool) []byte {
	b = binary.AppendUvarint(b, uint64(p.Len()))
	for _, n := range p.Lengths() {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, l := range p.Labels {
		b = binary.AppendUvarint(b, uint64(l))
	}
	for _, id := range p.IDs {
		if wide {
			b = binary.LittleEndian.AppendUint32(b, uint32(id))
		} else {
			b = binary.LittleEndian.AppendUint16(b, uint16(id))
		}
	}
	if p.Texts == nil {
		return append(b, 0)
	}
	b = append(b, 1)
	for _, t := range p.Texts {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	return b
}

// UnmarshalEncoded is MarshalBinary's inverse. Every count and offset is checked
// before it is used, so that a corrupt or hostile file is an *Error and never
// more memory than a few times its length.
func UnmarshalEncoded(b []byte) (*Encoded, error) {
	d := &decoder{rest: b}
	if !d.begins() {
		return nil, d.err
	}
	e := &Encoded{}
	var h header
	if err := json.Unmarshal(d.bytes("header"), &h); err != nil {
		d.fail("header: %v", err)
	}
	vocab := &text.Vocab{}
	if err := vocab.UnmarshalText(d.bytes("vocabulary")); err != nil {
		d.fail("%v", err)
	}
	if d.err != nil {
		return nil, d.err
	}
	if err := h.check(); err != nil {
		d.fail("%v", err)
		return nil, d.err
	}
	e.Labels, e.Tokenizer, e.Facts, e.SHA256, e.Vocab = h.Labels, h.Tokenizer, h.Facts, h.SHA256, vocab
	for _, p := range e.parts() {
		d.part(p, len(e.Labels), vocab.Size())
	}
	if d.err == nil && len(d.rest) > 0 {
		d.fail("%d bytes follow its end", len(d.rest))
	}
	if d.err != nil {
		return nil, d.err
	}
	return e, nil
}

func (h *header) check() error {
	if n := len(h.Labels); n < 2 || n > maxLabels {
		return fmt.Errorf("it has %d labels", n)
	}
	for i := 1; i < len(h.Labels); i++ {
		if h.Labels[i] <= h.Labels[i-1] {
			return fmt.Errorf("its labels are not in order")
		}
	}
	s := spec.Default()
	s.Tokenizer = h.Tokenizer
	return s.Validate()
}

// decoder reads until the first error, then only zeros.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = &Error{Code: CodeCorrupt, Message: "the encoded data can't be read: " + fmt.Sprintf(format, args...)}
	}
}

// begins checks the magic and the checksum and takes both off.
func (d *decoder) begins() bool {
	switch n := len(d.rest) - checksumLen; {
	case n < len(magic) || string(d.rest[:len(magic)-1]) != magic[:len(magic)-1]:
		d.fail("it is no encoded data")
	case d.rest[len(magic)-1] != magic[len(magic)-1]:
		d.fail("it is of version %d, this Clove reads %d", d.rest[len(magic)-1], magic[len(magic)-1])
	case crc32.ChecksumIEEE(d.rest[:n]) != binary.LittleEndian.Uint32(d.rest[n:]):
		d.fail("its checksum is wrong")
	default:
		d.rest = d.rest[len(magic):n]
	}
	return d.err == nil
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail("it ends too early")
		d.rest = nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// take is the next n bytes, nil if there are not so many.
func (d *decoder) take(n uint64) []byte {
	if d.err != nil || n > uint64(len(d.rest)) {
		d.fail("it ends too early")
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) bytes(what string) []byte {
	b := d.take(d.uvarint())
	if d.err == nil && !utf8.Valid(b) {
		d.fail("its %s is not UTF-8", what)
	}
	return b
}

func (d *decoder) part(p *Part, labels, vocab int) {
	n := d.uvarint()
	if d.err != nil || n > uint64(len(d.rest)) { // each text takes more than a byte
		d.fail("it counts more texts than it holds")
		return
	}
	p.Offsets, p.Labels = make([]int32, n+1), make([]int32, n)
	total := uint64(0)
	for i := range p.Labels {
		count := d.uvarint()
		total += count
		if count == 0 || count > spec.MaxTokens || total > maxPartIDs {
			d.fail("a text has %d tokens", count)
			return
		}
		p.Offsets[i+1] = int32(total)
	}
	for i := range p.Labels {
		l := d.uvarint()
		if l >= uint64(labels) {
			d.fail("a label is out of bounds")
			return
		}
		p.Labels[i] = int32(l)
	}
	d.ids(p, total, vocab)
	if kept := d.take(1); d.err == nil && kept[0] == 1 {
		p.Texts = make([]string, n)
		for i := range p.Texts {
			p.Texts[i] = string(d.bytes("text"))
		}
	} else if d.err == nil && kept[0] != 0 {
		d.fail("its texts are neither kept nor left out")
	}
}

func (d *decoder) ids(p *Part, total uint64, vocab int) {
	width := uint64(2)
	if vocab > smallVocab {
		width = 4
	}
	b := d.take(total * width)
	if d.err != nil {
		return
	}
	p.IDs = make([]int32, total)
	for i := range p.IDs {
		id := uint32(0)
		if width == 2 {
			id = uint32(binary.LittleEndian.Uint16(b[2*i:]))
		} else {
			id = binary.LittleEndian.Uint32(b[4*i:])
		}
		if id == uint32(text.PadID) || id >= uint32(vocab) {
			d.fail("a token is out of bounds")
			return
		}
		p.IDs[i] = int32(id)
	}
}
