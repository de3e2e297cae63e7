package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/data"
	"github.com/clove-ml/clove/engine/run"
	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// films is a Spec of data that lies on a server.
func films() spec.Spec {
	s := small()
	s.Data.Source = "imdb"
	return s
}

// reads is what a server makes of a Spec: its texts as names has them.
func reads(t *testing.T, s spec.Spec) *data.Encoded {
	t.Helper()
	src, err := openFile("names.tsv", file(names()), s)
	if err != nil {
		t.Fatal(err)
	}
	enc, err := data.Encode(context.Background(), src, s, data.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	return enc
}

func answerEncoded(enc *data.Encoded) string {
	b, err := enc.MarshalBinary()
	if err != nil {
		panic(err)
	}
	reading := spec.Encode(spec.Reading{Rows: 1200, Bytes: 9, Total: 10})
	return fmt.Sprintf("%s\n{\"event\":\"encoded\",\"bytes\":%d,\"sha256\":\"\"}\n%s", reading, len(b), b)
}

func TestTextsOfTheServerAreTrainedOnHereToTheSameWeights(t *testing.T) {
	b := newBrowserless()
	asked := 0
	b.serve = func(method, url string, body []byte) (int, io.Reader) {
		if method+" "+url != "POST api/encoded" {
			return 404, strings.NewReader("")
		}
		s, err := spec.Parse(body)
		if err != nil {
			t.Error(err)
		}
		b.mu.Lock()
		asked++
		b.mu.Unlock()
		return 200, strings.NewReader(answerEncoded(reads(t, s)))
	}
	res, err := run.Run(t.Context(), films(), run.Env{Encoded: reads(t, films())}, func(spec.Event) {})
	if err != nil {
		t.Fatal(err)
	}

	x := b.open(t)
	d := ask[protocol.Described](x, protocol.KindDescribe, protocol.Describe{Spec: films()})
	if d.Facts.Texts.Train == 0 || len(d.Facts.Layers) == 0 {
		t.Errorf("%+v", d.Facts)
	}
	x.until("how far the reading is", func(p posted) bool { return p.Kind == protocol.KindReading })
	id := ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: films()}).Run
	if done := event[spec.Done](x, id); done.SHA256 != res.Model.SHA256() {
		t.Errorf("weights %s, want %s", done.SHA256, res.Model.SHA256())
	}
	if asked != 1 {
		t.Errorf("the server was asked %d times", asked)
	}
	x.kill()

	// The texts are kept with the run: what is made of it needs no server.
	b.serve = nil
	y := b.open(t)
	ask[protocol.Run](y, protocol.KindCompress, protocol.Compress{Run: id, Pipeline: "prune=0.5,finetune=1"})
	if v := y.smaller(id); v.Test.Texts == 0 {
		t.Errorf("%+v", v)
	}
	if o := ask[protocol.Opened](y, protocol.KindOpen, protocol.Run{Run: id}); o.NeedFile {
		t.Error("it asks for a file")
	}
}

func TestTextsThatTheServerCanNotGiveAreToldWithTheReason(t *testing.T) {
	b := newBrowserless()
	x := b.open(t)
	if code := x.refused(protocol.KindDescribe, protocol.Describe{Spec: films()}, nil); code != "data_away" {
		t.Errorf("without a server: %s", code)
	}
	id := ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: films()}).Run
	if f := event[spec.Failed](x, id); f.Code != "data_away" || !strings.Contains(f.Message, "clove serve --data") {
		t.Errorf("trained without a server: %+v", f)
	}
	whole := answerEncoded(reads(t, films()))
	for what, c := range map[string]struct {
		status       int
		answer, want string
	}{
		"without the data":  {409, `{"needs_data":true}`, "data_away"},
		"of another time":   {404, "", "data_away"},
		"busy":              {429, `{"code":"busy","message":"later"}`, "busy"},
		"no clove":          {200, "<html>\n", "no_server"},
		"another event":     {200, string(spec.Encode(spec.Step{})) + "\n", "no_server"},
		"a damaged archive": {200, string(spec.Encode(spec.Failed{Code: "data_truncated", Message: "it ends too soon"})) + "\n", "data_truncated"},
		"cut in a line":     {200, whole[:20], "no_server"},
		"cut in the texts":  {200, whole[:len(whole)-1], "no_server"},
		"too much":          {200, `{"event":"encoded","bytes":99999999999}` + "\n", "no_server"},
		"less than nothing": {200, `{"event":"encoded","bytes":-1}` + "\n", "no_server"},
		"a long line":       {200, strings.Repeat(" ", 1<<20), "no_server"},
	} {
		b.serve = func(string, string, []byte) (int, io.Reader) { return c.status, strings.NewReader(c.answer) }
		if code := x.refused(protocol.KindDescribe, protocol.Describe{Spec: films()}, nil); code != c.want {
			t.Errorf("a server %s: %s, want %s", what, code, c.want)
		}
	}
	b.serve = func(string, string, []byte) (int, io.Reader) {
		return 200, strings.NewReader("{\"event\":\"encoded\",\"bytes\":9}\nno texts.")
	}
	if p := x.send(protocol.KindDescribe, protocol.Describe{Spec: films()}, nil).Problem; p == nil || !strings.Contains(p.Message, "the server sent") {
		t.Errorf("no texts: %+v", p)
	}
}

// slow answers with its first line, then nothing until it is let go.
type slow struct {
	text io.Reader
	held chan struct{}
	read chan struct{} // closed once somebody waits for more
}

func newSlow(line string) *slow {
	return &slow{strings.NewReader(line), make(chan struct{}), make(chan struct{})}
}

func (s *slow) Read(p []byte) (int, error) {
	if n, err := s.text.Read(p); err == nil {
		return n, nil
	}
	close(s.read)
	<-s.held
	return 0, io.ErrUnexpectedEOF
}

func TestWhoWaitsForTextsHearsHowFarTheyAre(t *testing.T) {
	b := newBrowserless()
	x := b.open(t)
	r := x.w.reading
	end, err := r.begin(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	id := ask[protocol.Run](x, protocol.KindTrain, protocol.Train{Spec: films()}).Run
	told := false
	for !told { // until the run waits
		r.mu.Lock()
		told = len(r.waiting) == 1
		r.mu.Unlock()
		x.Yield()
	}
	r.heard(func(spec.Event) {})(spec.Reading{Rows: 77})
	if e := event[spec.Reading](x, id); e.Rows != 77 {
		t.Errorf("%+v", e)
	}
	ask[struct{}](x, protocol.KindControl, protocol.Control{Run: id, Do: "cancel"})
	event[spec.Failed](x, id)
	end()
}

func TestSettingsThatChangedMeanwhileAreNotReadToTheEnd(t *testing.T) {
	b := newBrowserless()
	x := b.open(t)
	old := newSlow(string(spec.Encode(spec.Reading{Rows: 1})) + "\n")
	b.serve = func(string, string, []byte) (int, io.Reader) { return 200, old }
	answer := make(chan string)
	go func() { answer <- x.refused(protocol.KindDescribe, protocol.Describe{Spec: films()}, nil) }()
	<-old.read
	other := films()
	other.Tokenizer.MaxTokens = 3
	b.mu.Lock()
	b.serve = func(string, string, []byte) (int, io.Reader) {
		return 200, strings.NewReader(answerEncoded(reads(t, other)))
	}
	b.mu.Unlock()
	facts := make(chan spec.Facts)
	go func() {
		facts <- ask[protocol.Described](x, protocol.KindDescribe, protocol.Describe{Spec: other}).Facts
	}()
	for waits := false; !waits; x.Yield() {
		x.w.reading.mu.Lock()
		waits = len(x.w.reading.waiting) == 1
		x.w.reading.mu.Unlock()
	}
	close(old.held) // as the browser does to a fetch that is aborted
	if code := <-answer; code != "cancelled" {
		t.Errorf("the old settings: %s", code)
	}
	if f := <-facts; f.CutShare == 0 {
		t.Errorf("the new ones: %+v", f)
	}
}

func TestASetWhoseFetchOtherSettingsEndIsNoServerThatIsGone(t *testing.T) {
	b := newBrowserless()
	x := b.open(t)
	asked, answer := make(chan struct{}), make(chan string)
	b.serve = func(string, string, []byte) (int, io.Reader) {
		close(asked)
		return 0, nil
	}
	go func() { answer <- x.refused(protocol.KindDescribe, protocol.Describe{Spec: small()}, nil) }()
	<-asked
	x.assets["names.tsv"] = names()
	other := small()
	other.Tokenizer.MaxTokens = 3
	ask[protocol.Described](x, protocol.KindDescribe, protocol.Describe{Spec: other})
	if code := <-answer; code != "cancelled" {
		t.Errorf("the old settings: %s", code)
	}
}
