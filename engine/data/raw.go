package data

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"
)

const bufferBytes = 64 << 10

// rawReader reads a file's own bytes: it hashes and counts them, ticks, and ends with its context.
type rawReader struct {
	ctx   context.Context
	r     io.Reader
	hash  hash.Hash
	done  int64
	total int64
	last  int64 // done at the last tick
	tick  func(done, total int64)
}

func newRawReader(ctx context.Context, r io.Reader, total int64, tick func(done, total int64)) *rawReader {
	return &rawReader{ctx: ctx, r: r, hash: sha256.New(), total: total, tick: tick}
}

func (r *rawReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.r.Read(p)
	r.hash.Write(p[:n])
	r.done += int64(n)
	if r.done-r.last >= tickBytes {
		r.last = r.done
		r.tick(r.done, r.total)
	}
	return n, err
}

func (r *rawReader) sum() string { return hex.EncodeToString(r.hash.Sum(nil)) }

// unpack takes the gzip off where there is one, and its ending off the name.
func unpack(raw io.Reader, name string) (*bufio.Reader, string, error) {
	b := bufio.NewReaderSize(raw, bufferBytes)
	head, err := b.Peek(2)
	if len(head) < 2 || head[0] != 0x1f || head[1] != 0x8b {
		if err != nil && err != io.EOF {
			return nil, "", err
		}
		return b, name, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, "", damaged(err)
	}
	lower := strings.ToLower(name)
	switch {
	case strings.HasSuffix(lower, ".tgz"):
		name = name[:len(name)-len(".tgz")] + ".tar"
	case strings.HasSuffix(lower, ".gz"):
		name = name[:len(name)-len(".gz")]
	}
	return bufio.NewReaderSize(gzipReader{z}, bufferBytes), name, nil
}

// gzipReader words what is wrong with an archive.
type gzipReader struct{ z *gzip.Reader }

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	if err != nil && err != io.EOF {
		err = damaged(err)
	}
	return n, err
}

// damaged words err of gzip or tar; an error of the file beneath stays as it is.
func damaged(err error) error {
	var corrupt flate.CorruptInputError
	var internal flate.InternalError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &Error{Code: CodeTruncated, Message: "the file ends in the middle: copy or download it again", Err: err}
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt), errors.As(err, &internal):
		return &Error{Code: CodeTruncated, Message: "the file is damaged (" + err.Error() + "): copy or download it again", Err: err}
	}
	return err
}
