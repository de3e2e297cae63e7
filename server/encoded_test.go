package server

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	engine "github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
)

// encoded is an answer of POST /api/encoded as a page reads it.
type encoded struct {
	t *testing.T
	r *bufio.Reader
}

func (s *site) encoded(source string) *encoded {
	s.t.Helper()
	resp := s.do("POST", "/api/encoded", specJSON(source), nil)
	if resp.StatusCode != http.StatusOK {
		s.t.Fatal(resp.Status)
	}
	return &encoded{s.t, bufio.NewReader(resp.Body)}
}

func (e *encoded) line() []byte {
	e.t.Helper()
	line, err := e.r.ReadBytes('\n')
	if err != nil {
		e.t.Fatal(err)
	}
	return line
}

// texts reads the last line and what follows.
func (e *encoded) texts() string {
	e.t.Helper()
	var head Encoding
	if err := json.Unmarshal(e.line(), &head); err != nil || head.Event != "encoded" {
		e.t.Fatalf("%+v, %v", head, err)
	}
	b, err := io.ReadAll(e.r)
	sum := sha256.Sum256(b)
	if err != nil || int64(len(b)) != head.Bytes || hex.EncodeToString(sum[:]) != head.SHA256 {
		e.t.Errorf("%q, %v, announced as %+v", b, err, head)
	}
	return string(b)
}

// failed reads the last line of a reading that went wrong.
func (e *encoded) failed() spec.Failed {
	e.t.Helper()
	event, err := spec.Decode(e.line())
	f, ok := event.(spec.Failed)
	if !ok {
		e.t.Fatalf("%+v, %v", event, err)
	}
	return f
}

func TestAPageGetsTheTextsThatLieHere(t *testing.T) {
	s := newSite(t, nil)
	first := s.encoded("mail")
	x := <-s.engine.encodes
	if x.spec.Data.Source != "mail" {
		t.Errorf("%q was read", x.spec.Data.Source)
	}
	second := s.encoded("mail") // of another tab, which waits and reads nothing anew
	told := spec.Reading{Rows: 7, Bytes: 70, Total: 100}
	x.progress(told)
	if e, err := spec.Decode(first.line()); e != told {
		t.Errorf("%+v, %v", e, err)
	}
	x.result <- fakeResult{model: []byte("texts\nof mail")}
	for i, e := range []*encoded{first, second, s.encoded("mail")} {
		if got := e.texts(); got != "texts\nof mail" {
			t.Errorf("answer %d: %q", i, got)
		}
	}
	if n := len(s.engine.encodes); n != 0 {
		t.Errorf("they were read %d times more", n)
	}

	// Thrown out to make room, they are read again.
	sum := s.server.encodings.find(x.spec.DataID())
	if err := os.Remove(s.server.store.data(sum)); err != nil {
		t.Fatal(err)
	}
	again := s.encoded("mail")
	(<-s.engine.encodes).result <- fakeResult{model: []byte("anew")}
	if got := again.texts(); got != "anew" {
		t.Errorf("%q", got)
	}
}

func TestTextsThatCanNotBeGivenAreRefusedWithTheReason(t *testing.T) {
	s := newSite(t, func(o *Options) { o.MaxUpload, o.MaxStreams = 20, 1 })
	for body, want := range map[string]int{
		"no spec": http.StatusBadRequest, specJSON("imdb"): http.StatusConflict,
		strings.Replace(specJSON("mail"), `"source": "mail"`, `"source": "mail", "path": "/etc"`, 1): http.StatusBadRequest,
		strings.Repeat(" ", maxSpec+1): http.StatusRequestEntityTooLarge,
	} {
		if resp := s.do("POST", "/api/encoded", body, nil); resp.StatusCode != want {
			t.Errorf("%.40q: %s", body, resp.Status)
		}
	}
	if resp := s.do("POST", "/api/encoded", specJSON("mail"), func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }); resp.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %s", resp.Status)
	}
	for want, result := range map[string]fakeResult{
		"data_truncated": {err: &engine.Error{Code: "data_truncated", Message: "it ends too soon"}},
		"internal":       {err: errors.New("out of cloves")},
		"too_big":        {model: []byte("twenty-one characters")},
	} {
		e := s.encoded("mail")
		(<-s.engine.encodes).result <- result
		if f := e.failed(); f.Code != want || f.Message == "" {
			t.Errorf("%s: %+v", want, f)
		}
		if _, err := e.r.ReadByte(); err != io.EOF {
			t.Errorf("%s: something follows: %v", want, err)
		}
		s.server.streams <- struct{}{} // the place is free again soon after the last byte
		<-s.server.streams
	}
	e := s.encoded("mail")
	if resp := s.do("POST", "/api/encoded", specJSON("reviews"), nil); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("one more than allowed: %s", resp.Status)
	}
	s.server.Stop()
	if f := e.failed(); f.Code != "cancelled" {
		t.Errorf("the server stopped: %+v", f)
	}
}

func TestATabThatIsGoneEndsItsReading(t *testing.T) {
	s := newSite(t, nil)
	resp := s.do("POST", "/api/encoded", specJSON("mail"), nil)
	x := <-s.engine.encodes
	resp.Body.Close()
	<-x.ctx.Done()
	// The next one is read all the same.
	e := s.encoded("mail")
	(<-s.engine.encodes).result <- fakeResult{model: []byte("texts")}
	if got := e.texts(); got != "texts" {
		t.Errorf("%q", got)
	}
}

func TestWhatIsRememberedOfEncodedTextsIsBounded(t *testing.T) {
	e := newEncodings()
	for i := range 3 * maxEncodings {
		e.remember(string(rune(i)), "sum")
		if len(e.sum) > maxEncodings {
			t.Fatalf("%d names", len(e.sum))
		}
	}
}
