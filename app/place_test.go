package app

import (
	"strings"
	"testing"

	"github.com/clove-ml/clove/app/words"
)

func TestTheAddressNamesTheRoomAndWhatIsSelected(t *testing.T) {
	for _, c := range []struct {
		hash string
		want Place
	}{
		{"", Place{}}, {"#", Place{}}, {"#room=attic", Place{}}, {"#room=data", Place{}}, {"#%zz", Place{}},
		{"#room=compress", Place{Room: "compress"}},
		{"#room=compress&layer=lstm", Place{Room: "compress", At: "layer=lstm"}},
	} {
		got := ParsePlace(c.hash)
		if got != c.want {
			t.Errorf("%s is %v, want %v", c.hash, got, c.want)
		}
		if got.Room != "" && got.Hash() != c.hash {
			t.Errorf("%s comes back as %s", c.hash, got.Hash())
		}
	}
	p := Place{Room: "compress"}.With("layer", "lstm").With("gate", "f")
	if p.Get("layer") != "lstm" || p.With("layer", "").Hash() != "#room=compress&gate=f" {
		t.Errorf("selected %v", p)
	}
}

// did are the effects on the browser that a message has.
func did(s State, m Msg) (State, string) {
	s, commands := s.Next(m)
	var out []string
	for _, c := range commands {
		if d, ok := c.(Do); ok {
			out = append(out, d.What+" "+d.Arg)
		}
	}
	return s, strings.Join(out, ", ")
}

func TestARoomOpensByHeadKeyAndAddressAndClosesByEscAndBack(t *testing.T) {
	s := fixture("compressed", words.English)
	for _, c := range []struct {
		m          Msg
		room, does string
	}{
		{Press{"room-key", "1"}, "", ""}, // no room yet
		{Press{"room-key", "5"}, "compress", "place #room=compress, fields , focus-now to-compress, watch "},
		{Press{"room-key", "5"}, "compress", ""},
		{Press{"room-key", "6"}, "compare", "place #room=compare, fields , focus-now to-compare, watch "},
		{Press{"room-key", "5"}, "compress", "place #room=compress, fields , focus-now to-compress, watch "},
		{Press{"look", "layer=lstm"}, "compress", "place-now #room=compress&layer=lstm"},
		{Press{Do: "leave"}, "", "place , fields , focus-now to-compress"},
		{Press{Do: "leave"}, "", ""},
		{Press{"look", "layer=lstm"}, "", ""},
		{Press{"room", "compress"}, "compress", "place #room=compress, fields , focus-now to-compress, watch "},
		{Press{"room", "compress"}, "", "place , fields , focus-now to-compress"},
		{Press{"place", "#room=compress"}, "compress", "fields , watch "},
		{Press{"place", ""}, "", "fields , focus-now to-compress"},
	} {
		var does string
		if s, does = did(s, c.m); s.Place.Room != c.room || does != c.does {
			t.Errorf("%v: in %q, does %q; want %q, %q", c.m, s.Place.Room, does, c.room, c.does)
		}
	}
}

func TestInARoomTheSixHeadsStayAndTheTextsThatChangedGo(t *testing.T) {
	page, err := HTML(fixture("room", words.English))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<b>13,500</b> texts`, `<b>2,412</b> words`, `<b>85,665</b> weights`, "<b>94.1 ±\u00a00.8</b> % right", `<b>8.9×</b> smaller`, "<b>41\u00a0KB, −0.5</b> points",
		`aria-expanded="true"`, `aria-controls="room"`, `id="room"`, `The loss is real: between 0.8 and 1.9 points.`} {
		if !strings.Contains(page, want) {
			t.Errorf("the room lacks %q", want)
		}
	}
	if strings.Contains(page, `class="flips"`) {
		t.Error("the texts that changed are drawn in a room")
	}
}
