package data

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// list is a Source of rows at hand.
type list []Row

func (l list) Each(ctx context.Context, yield func(Row) error) (Report, error) {
	for i, r := range l {
		if err := yield(r); err != nil {
			return Report{Rows: i}, err
		}
	}
	return Report{Rows: len(l)}, nil
}

// opened is the source in a file of that name and content.
func opened(t testing.TB, name, content string, o ReadOptions) Source {
	t.Helper()
	src, err := OpenReader(name, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }, o)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// readAll reads a source to its end.
func readAll(src Source) (got []Row, report Report, err error) {
	report, err = src.Each(context.Background(), func(r Row) error {
		got = append(got, r)
		return nil
	})
	return got, report, err
}

func wantCode(t testing.TB, err error, code, mention string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != code || !strings.Contains(err.Error(), mention) {
		t.Errorf("got %v, want %s with mention of %q", err, code, mention)
	}
}
