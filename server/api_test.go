package server

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clove-ml/clove/engine/run/spec"
)

// begin starts a run and returns its id and the engine's end of it.
func (s *site) begin() (string, *fakeJob) {
	s.t.Helper()
	resp := s.do("POST", "/api/runs", specJSON("reviews"), nil)
	var body struct{ Run string }
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("beginning a run: %s, %v", resp.Status, err)
	}
	job := <-s.engine.jobs
	if job.ID != body.Run {
		s.t.Fatalf("the engine trains %s, the answer names %s", job.ID, body.Run)
	}
	return body.Run, job
}

// stream reads Server-Sent Events.
type stream struct {
	t *testing.T
	r *bufio.Reader
}

func (s *site) stream(id, last string) *stream {
	s.t.Helper()
	resp := s.do("GET", "/api/runs/"+id+"/events", "", func(r *http.Request) {
		if last != "" {
			r.Header.Set("Last-Event-ID", last)
		}
	})
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		s.t.Fatalf("content type %q of %s", got, resp.Status)
	}
	return &stream{s.t, bufio.NewReader(resp.Body)}
}

// next is the next event: its id and what it says. At the end both are empty.
func (s *stream) next() (id string, e spec.Event) {
	s.t.Helper()
	for {
		line, err := s.r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return "", nil
		}
		if err != nil {
			s.t.Fatal(err)
		}
		line = strings.TrimSuffix(line, "\n")
		if v, ok := strings.CutPrefix(line, "id: "); ok {
			id = v
		}
		if v, ok := strings.CutPrefix(line, "data: "); ok {
			e, err := spec.Decode([]byte(v))
			if err != nil {
				s.t.Fatal(err)
			}
			return id, e
		}
	}
}

func TestInfoTellsTheMachine(t *testing.T) {
	s := newSite(t, nil)
	var info Info
	if err := json.NewDecoder(s.do("GET", "/api/info", "", nil).Body).Decode(&info); err != nil {
		t.Fatal(err)
	}
	if info.Engine != "fake" || info.Threads != 4 || len(info.Data) != 2 || info.CPU == "" || !strings.HasPrefix(info.Go, "go") {
		t.Errorf("info is %+v", info)
	}
}

func TestEventsStreamAsTheyHappenAndReplay(t *testing.T) {
	s := newSite(t, nil)
	id, job := s.begin()
	live := s.stream(id, "")
	for step := 1; step <= 3; step++ {
		job.Sink(spec.Step{Step: step})
		if _, e := live.next(); e != (spec.Step{Step: step}) {
			t.Fatalf("step %d came as %+v", step, e)
		}
	}
	job.finish("weights")
	if at, e := live.next(); at != "4" || e.Kind() != "done" {
		t.Errorf("the end came as %s %+v", at, e)
	}
	if _, e := live.next(); e != nil {
		t.Errorf("after the end came %+v", e)
	}

	whole := s.stream(id, "")
	for n, want := range []string{"step", "step", "step", "done"} {
		if at, e := whole.next(); e == nil || e.Kind() != want {
			t.Errorf("replayed event %d is %s %+v, want %s", n, at, e, want)
		}
	}
	rest := s.stream(id, "2")
	if at, e := rest.next(); at != "3" || e != (spec.Step{Step: 3}) {
		t.Errorf("after event 2 comes %s %+v", at, e)
	}
	if resp := s.do("GET", "/api/runs/"+id+"/events", "", func(r *http.Request) { r.Header.Set("Last-Event-ID", "4") }); resp.StatusCode != http.StatusNoContent {
		t.Errorf("a browser that has all is told %s, and would come again for ever", resp.Status)
	}
}

func TestModelIsThereWhenTheRunIsDone(t *testing.T) {
	s := newSite(t, nil)
	id, job := s.begin()
	if resp := s.do("GET", "/api/runs/"+id+"/model", "", nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("in progress: %s", resp.Status)
	}
	events := s.stream(id, "")
	job.finish("weights")
	for {
		if _, e := events.next(); e == nil {
			break
		}
	}
	b, err := io.ReadAll(s.do("GET", "/api/runs/"+id+"/model", "", nil).Body)
	if err != nil || string(b) != "weights" {
		t.Errorf("model %q, %v", b, err)
	}
	if resp := s.do("GET", "/api/runs/0000/model", "", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("of no run: %s", resp.Status)
	}
}

func TestCancelEndsTheRun(t *testing.T) {
	s := newSite(t, nil)
	id, job := s.begin()
	events := s.stream(id, "")
	if resp := s.do("POST", "/api/runs/"+id+"/cancel", "", nil); resp.StatusCode != http.StatusNoContent {
		t.Fatal(resp.Status)
	}
	<-job.ctx.Done()
	if _, e := events.next(); e == nil || e.Kind() != "failed" || e.(spec.Failed).Code != "cancelled" {
		t.Errorf("the last event is %+v", e)
	}
	if _, e := events.next(); e != nil {
		t.Errorf("after it comes %+v", e)
	}
	if left, _ := filepath.Glob(filepath.Join(s.server.store.dir, "runs", "*")); len(left) > 0 {
		t.Errorf("a cancelled run is kept: %v", left)
	}
}

func TestRunsGoOnSideBySideUpToTheLimit(t *testing.T) {
	s := newSite(t, func(o *Options) { o.MaxRuns = 2 })
	first, one := s.begin()
	second, two := s.begin()
	resp := s.do("POST", "/api/runs", specJSON("reviews"), nil)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("a third run is answered with %s", resp.Status)
	}
	a, b := s.stream(first, ""), s.stream(second, "")
	one.Sink(spec.Step{Step: 1})
	two.Sink(spec.Step{Step: 7})
	if _, e := a.next(); e != (spec.Step{Step: 1}) {
		t.Errorf("the first run says %+v", e)
	}
	if _, e := b.next(); e != (spec.Step{Step: 7}) {
		t.Errorf("the second run says %+v", e)
	}
	one.finish("1")
	for {
		if _, e := a.next(); e == nil {
			break
		}
	}
	s.server.runs.slots <- struct{}{} // the slot comes back soon after the last event
	<-s.server.runs.slots
	s.begin()
}

func TestAnEngineThatFailsEndsItsRunAlone(t *testing.T) {
	s := newSite(t, nil)
	for _, c := range []struct {
		result fakeResult
		want   string
	}{
		{fakeResult{err: errors.New("out of cloves")}, "out of cloves"},
		{fakeResult{panic: "index out of range"}, "internal error: index out of range"},
		{fakeResult{}, "the engine ended without a word"},
	} {
		id, job := s.begin()
		events := s.stream(id, "")
		job.result <- c.result
		if _, e := events.next(); e == nil || e.(spec.Failed).Message != c.want {
			t.Errorf("the run ends with %+v, want %q", e, c.want)
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	s := newSite(t, func(o *Options) { o.MaxStreams = 1 })
	id, job := s.begin()
	job.Sink(spec.Step{Step: 1})
	s.stream(id, "").next() // it is open for sure
	if resp := s.do("GET", "/api/runs/"+id+"/events", "", nil); resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a second stream: %s", resp.Status)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	s := newSite(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.server.Serve(ctx, l) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/api/info")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + l.Addr().String() + "/api/info"); err == nil {
		t.Error("it still answers")
	}
}

func TestTimeOfARunIsBounded(t *testing.T) {
	s := newSite(t, func(o *Options) { o.MaxRunTime = time.Millisecond })
	id, _ := s.begin()
	if _, e := s.stream(id, "").next(); e == nil || e.Kind() != "failed" {
		t.Errorf("the run ends with %+v", e)
	}
}

func TestSpecsThatAreRefused(t *testing.T) {
	s := newSite(t, nil)
	path := spec.Default()
	path.Data.Source, path.Data.Path = "imdb", "/etc"
	wide, long := spec.Default(), spec.Default()
	wide.Model.Embedding, wide.Tokenizer.Vocabulary = spec.MaxWidth, spec.MaxVocabulary
	long.Train.Batch, long.Tokenizer.MaxTokens = spec.MaxBatch, spec.MaxTokens
	for _, c := range []struct {
		name, body string
		want       int
	}{
		{"not JSON", "{", http.StatusBadRequest},
		{"an unknown field", `{"modle":{}}`, http.StatusBadRequest},
		{"out of bounds", `{"train":{"epochs":1000000}}`, http.StatusBadRequest},
		{"a path of this machine", string(path.JSON()), http.StatusBadRequest},
		{"a model of gigabytes", string(wide.JSON()), http.StatusBadRequest},
		{"a batch of gigabytes", string(long.JSON()), http.StatusBadRequest},
		{"too long", `{"name":"` + strings.Repeat("x", maxSpec) + `"}`, http.StatusRequestEntityTooLarge},
		{"data that is not here", specJSON("imdb"), http.StatusConflict},
	} {
		resp := s.do("POST", "/api/runs", c.body, nil)
		if resp.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", c.name, resp.Status, c.want)
		}
	}
	b, _ := io.ReadAll(s.do("POST", "/api/runs", specJSON("file"), nil).Body)
	if got := strings.TrimSpace(string(b)); got != `{"needs_data":true}` {
		t.Errorf("a file's spec is answered with %s", got)
	}
}

func TestDataIsSentOnceAndTrainedOn(t *testing.T) {
	s := newSite(t, nil)
	body := "encoded texts"
	digest := sha256.Sum256([]byte(body))
	sum := hex.EncodeToString(digest[:])
	if resp := s.do("HEAD", "/api/data/"+sum, "", nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("before: %s", resp.Status)
	}
	if resp := s.do("POST", "/api/runs?data="+sum, specJSON("file"), nil); resp.StatusCode != http.StatusConflict {
		t.Errorf("a run without its data: %s", resp.Status)
	}
	if resp := s.do("PUT", "/api/data/"+sum, body, nil); resp.StatusCode != http.StatusNoContent {
		t.Fatal(resp.Status)
	}
	if resp := s.do("HEAD", "/api/data/"+sum, "", nil); resp.StatusCode != http.StatusNoContent {
		t.Errorf("after: %s", resp.Status)
	}
	if resp := s.do("POST", "/api/runs?data="+sum, specJSON("file"), nil); resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
	job := <-s.engine.jobs
	if string(job.Encoded) != body {
		t.Errorf("the engine was given %q", job.Encoded)
	}
	job.finish("")
}

func TestUploadsThatAreRefused(t *testing.T) {
	s := newSite(t, func(o *Options) { o.MaxUpload = 1000 })
	sum := strings.Repeat("ab", 32)
	endless := func(r *http.Request) { // no length told, as a stream has none
		r.ContentLength, r.Body = -1, io.NopCloser(bytes.NewReader(make([]byte, 5000)))
	}
	for _, c := range []struct {
		name, path, body string
		change           func(*http.Request)
		want             int
	}{
		{"another body than named", sum, "x", nil, http.StatusBadRequest},
		{"no digest", "cafe", "x", nil, http.StatusBadRequest},
		{"a path in its place", "..%2f..%2fetc", "x", nil, http.StatusBadRequest},
		{"too big", sum, strings.Repeat("x", 1001), nil, http.StatusRequestEntityTooLarge},
		{"too big, unannounced", sum, "", endless, http.StatusRequestEntityTooLarge},
	} {
		if resp := s.do("PUT", "/api/data/"+c.path, c.body, c.change); resp.StatusCode != c.want {
			t.Errorf("%s: %s, want %d", c.name, resp.Status, c.want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(s.server.store.dir, "data", "*")); len(left) > 0 {
		t.Errorf("refused uploads are kept: %v", left)
	}
}

func TestSentTextsGoWithTheServer(t *testing.T) {
	dir := t.TempDir()
	s := newSite(t, func(o *Options) { o.State = dir })
	sums := map[string]string{}
	for _, body := range []string{"of a run that goes on", "of none"} {
		digest := sha256.Sum256([]byte(body))
		sums[body] = hex.EncodeToString(digest[:])
		if resp := s.do("PUT", "/api/data/"+sums[body], body, nil); resp.StatusCode != http.StatusNoContent {
			t.Fatal(resp.Status)
		}
	}
	if resp := s.do("POST", "/api/runs?data="+sums["of a run that goes on"], specJSON("file"), nil); resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
	<-s.engine.jobs

	// A second server at the same time keeps away from the first one's.
	beside := newSite(t, func(o *Options) { o.State = dir })
	if beside.server.store.dir == dir {
		t.Error("two servers share a folder")
	}

	if err := s.server.Stop(); err != nil {
		t.Fatal(err)
	}
	for body, sum := range sums {
		if kept := s.server.store.has(sum); kept != (body == "of a run that goes on") {
			t.Errorf("the text %s: kept is %t", body, kept)
		}
	}
	next := newSite(t, func(o *Options) { o.State = dir })
	job := <-next.engine.jobs
	if string(job.Encoded) != "of a run that goes on" {
		t.Errorf("it goes on with %q", job.Encoded)
	}
	job.finish("")
}

func TestOldUploadsMakeRoom(t *testing.T) {
	s := newSite(t, func(o *Options) { o.MaxUpload, o.MaxUploads = 100, 250 })
	var sums []string
	for _, letter := range []string{"a", "b", "c", "d"} {
		body := strings.Repeat(letter, 100)
		digest := sha256.Sum256([]byte(body))
		sums = append(sums, hex.EncodeToString(digest[:]))
		if resp := s.do("PUT", "/api/data/"+sums[len(sums)-1], body, nil); resp.StatusCode != http.StatusNoContent {
			t.Fatal(resp.Status)
		}
	}
	there := 0
	for _, sum := range sums {
		if s.do("HEAD", "/api/data/"+sum, "", nil).StatusCode == http.StatusNoContent {
			there++
		}
	}
	if there != 2 || s.do("HEAD", "/api/data/"+sums[3], "", nil).StatusCode != http.StatusNoContent {
		t.Errorf("%d of 4 uploads of 100 bytes are kept in 250, the newest among them", there)
	}
}

func TestAStoppedServersRunsGoOnInTheNext(t *testing.T) {
	dir := t.TempDir()
	s := newSite(t, func(o *Options) { o.State = dir })
	id, job := s.begin()
	events := s.stream(id, "")
	job.Sink(spec.Step{Step: 1})
	events.next()
	if err := s.server.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, e := events.next(); e != nil {
		t.Errorf("a run that will go on said %+v", e)
	}
	if resp := s.do("POST", "/api/runs", specJSON("reviews"), nil); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a run begun while stopping: %s", resp.Status)
	}

	next := newSite(t, func(o *Options) { o.State = dir })
	job = <-next.engine.jobs
	if job.ID != id || string(job.Checkpoint) != "checkpoint at the end" {
		t.Fatalf("it goes on with %s from %q", job.ID, job.Checkpoint)
	}
	events = next.stream(id, "1") // where the browser lost the stream
	job.Sink(spec.Step{Step: 2})
	if at, e := events.next(); at != "2" || e != (spec.Step{Step: 2}) {
		t.Errorf("then comes %s %+v", at, e)
	}
	job.finish("")
	for {
		if _, e := events.next(); e == nil {
			break
		}
	}
	next.server.runs.group.Wait()
	if left, _ := filepath.Glob(filepath.Join(dir, "runs", "*")); len(left) > 0 {
		t.Errorf("a run that is done is kept: %v", left)
	}
}

func TestALongRunsJournalStaysShort(t *testing.T) {
	var j journal
	j.add(spec.Started{Run: "r"})
	for i := range 10 * journalSize {
		j.add(spec.Step{Step: i + 1})
	}
	all := j.after(0)
	if len(all) > journalSize {
		t.Errorf("%d entries", len(all))
	}
	if all[0].Kind != "started" || all[len(all)-1].ID != 10*journalSize+1 {
		t.Errorf("it goes from %+v to %+v", all[0], all[len(all)-1])
	}
	for i := 1; i < len(all); i++ {
		if all[i].ID <= all[i-1].ID {
			t.Fatalf("entry %d follows %d", all[i].ID, all[i-1].ID)
		}
	}
	if rest := j.after(all[10].ID); rest[0] != all[11] {
		t.Errorf("after entry 10 comes %+v", rest[0])
	}
}

func TestEndedRunsAreForgottenAfterAWhile(t *testing.T) {
	s := newSite(t, func(o *Options) { o.MaxKept, o.MaxRuns = 1, 3 })
	var ids []string
	for range 2 {
		id, job := s.begin()
		job.finish("")
		ids = append(ids, id)
	}
	s.server.runs.group.Wait()
	gone := 0
	for _, id := range ids {
		if s.do("GET", "/api/runs/"+id+"/model", "", nil).StatusCode == http.StatusNotFound {
			gone++
		}
	}
	if gone != 2 && gone != 1 { // the model of the kept one is empty
		t.Errorf("%d of 2 are gone", gone)
	}
	if _, ok := s.server.runs.get(ids[0]); ok {
		if _, ok := s.server.runs.get(ids[1]); ok {
			t.Error("both are kept")
		}
	}
}
