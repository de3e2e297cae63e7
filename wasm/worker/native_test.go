package main

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/clove-ml/clove/engine/run/spec"
	"github.com/clove-ml/clove/wasm/protocol"
)

// nativeEvent waits for an event of a server's run.
func nativeEvent(x *tab, kind string) spec.Event {
	x.t.Helper()
	var e spec.Event
	x.until("the server's "+kind, func(p posted) bool {
		var n protocol.NativeEvent
		if p.Kind != protocol.KindNativeEvent || json.Unmarshal(p.Body, &n) != nil {
			return false
		}
		var err error
		e, err = spec.Decode(n.Event)
		return err == nil && e.Kind() == kind
	})
	return e
}

func stream(events ...spec.Event) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString(": comment\nid: 1\ndata: " + string(spec.Encode(e)) + "\n\n")
	}
	return b.String()
}

func TestTheServersRunIsHeardToItsEnd(t *testing.T) {
	b := newBrowserless()
	x := opened(t, b)
	b.serve = func(method, url string, body []byte) (int, io.Reader) {
		switch method + " " + url {
		case "POST api/runs":
			if _, err := spec.Parse(body); err != nil {
				t.Error(err)
			}
			return 200, strings.NewReader(`{"run":"n1"}`)
		case "GET api/runs/n1/events":
			return 200, strings.NewReader(stream(spec.Step{Step: 1}, spec.Done{SHA256: "ab"}))
		}
		return 404, strings.NewReader("")
	}
	if n := ask[protocol.NativeStarted](x, protocol.KindNative, protocol.Native{Spec: small()}); n.Run != "n1" {
		t.Fatalf("%+v", n)
	}
	if d := nativeEvent(x, "done").(spec.Done); d.SHA256 != "ab" {
		t.Errorf("%+v", d)
	}
}

func TestDataIsSentOnlyAfterAYes(t *testing.T) {
	b := newBrowserless()
	x := opened(t, b)
	var sent []string
	b.serve = func(method, url string, body []byte) (int, io.Reader) {
		b.mu.Lock()
		sent = append(sent, method)
		b.mu.Unlock()
		switch {
		case method == "POST" && strings.Contains(url, "?data="):
			return 200, strings.NewReader(`{"run":"n1"}`)
		case method == "POST":
			return 409, strings.NewReader(`{"needs_data":true}`)
		case method == "PUT" && len(body) > 0:
			return 204, strings.NewReader("")
		case method == "GET":
			return 200, strings.NewReader(stream(spec.Done{}))
		}
		return 404, strings.NewReader("")
	}
	n := ask[protocol.NativeStarted](x, protocol.KindNative, protocol.Native{Spec: small()})
	if !n.NeedsData || n.Bytes == 0 || strings.Contains(strings.Join(sent, " "), "PUT") {
		t.Fatalf("%+v after %v", n, sent)
	}
	if n = ask[protocol.NativeStarted](x, protocol.KindNative, protocol.Native{Spec: small(), SendData: true}); n.Run != "n1" {
		t.Errorf("%+v", n)
	}
	nativeEvent(x, "done")
}

func TestAStreamThatBreaksOffIsAFailure(t *testing.T) {
	for name, answer := range map[string]func() (int, io.Reader){
		"cut": func() (int, io.Reader) { return 200, strings.NewReader(stream(spec.Step{Step: 1})) },
		"error": func() (int, io.Reader) {
			return 200, io.MultiReader(strings.NewReader(stream(spec.Step{Step: 1})), broken{})
		},
		"unknown":  func() (int, io.Reader) { return 404, strings.NewReader(`{"code":"not_found","message":"no such run"}`) },
		"nonsense": func() (int, io.Reader) { return 200, strings.NewReader("data: {}\n\n") },
	} {
		b := newBrowserless()
		x := opened(t, b)
		b.serve = func(method, _ string, _ []byte) (int, io.Reader) {
			if method == "POST" {
				return 200, strings.NewReader(`{"run":"n1"}`)
			}
			return answer()
		}
		ask[protocol.NativeStarted](x, protocol.KindNative, protocol.Native{Spec: small()})
		if f := nativeEvent(x, "failed").(spec.Failed); f.Code != "no_server" {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestTheServersRefusalIsPassedOn(t *testing.T) {
	b := newBrowserless()
	x := opened(t, b)
	b.serve = func(string, string, []byte) (int, io.Reader) {
		return 429, strings.NewReader(`{"code":"busy","message":"too many runs"}`)
	}
	if code := x.refused(protocol.KindNative, protocol.Native{Spec: small()}, nil); code != "busy" {
		t.Error(code)
	}
}
