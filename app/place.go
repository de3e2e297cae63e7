package app

import (
	"net/url"
	"slices"
	"strings"
)

// Columns of the board, in their order: the keys 1 to 6, and the rooms' names.
var columns = []string{"data", "tokens", "model", "train", "compress", "compare"}

// hasRoom says whether a column's heading opens a room.
func hasRoom(column string) bool { return roomOf(column) != nil }

// Place is which room is open, and what is selected in it: what stands after # in
// the address, "room=compress&layer=lstm". The zero Place is the board.
type Place struct {
	Room string
	At   string // "layer=lstm", as url.Values writes it
}

// ParsePlace reads what stands after #; an address that names no room is the board's.
func ParsePlace(hash string) Place {
	v, err := url.ParseQuery(strings.TrimPrefix(hash, "#"))
	room := v.Get("room")
	if err != nil || !hasRoom(room) {
		return Place{}
	}
	v.Del("room")
	v.Del("model") // a link's
	return Place{Room: room, At: v.Encode()}
}

// Hash is ParsePlace's inverse, with its #; empty for the board.
func (p Place) Hash() string {
	if p.Room == "" {
		return ""
	}
	if p.At == "" {
		return "#room=" + p.Room
	}
	return "#room=" + p.Room + "&" + p.At
}

// Get is what is selected of a kind, "" nothing.
func (p Place) Get(name string) string {
	v, _ := url.ParseQuery(p.At)
	return v.Get(name)
}

// With is the place with that selected; "" selects nothing.
func (p Place) With(name, value string) Place {
	v, _ := url.ParseQuery(p.At)
	if v.Set(name, value); value == "" {
		v.Del(name)
	}
	p.At = v.Encode()
	return p
}

// room opens the room of a column, or closes it where it is open already. The
// address goes along, so that Back undoes it; the focus stays on the heading.
func (n *next) room(column string) {
	if !hasRoom(column) || n.Embed.On {
		return
	}
	was := n.Place.Room
	if column == was {
		n.Place = Place{}
	} else {
		n.Place = Place{Room: column}
	}
	n.do("place", n.Place.Hash())
	n.do("fields", "")
	n.do("focus-now", "to-"+column)
}

// leave closes the room that is open.
func (n *next) leave() {
	if n.Place.Room != "" {
		n.room(n.Place.Room)
	}
}

// at goes to where the address points, after Back, Forward, or a link.
func (n *next) at(hash string) {
	was := n.Place
	n.Place = ParsePlace(hash)
	n.do("fields", "")
	n.guestAt(hash)
	if was.Room != "" && n.Place.Room != was.Room {
		n.do("focus-now", "to-"+was.Room)
	}
}

// look selects something in the open room, "layer=lstm". The address says so, in
// the room's own entry: Back still closes.
func (n *next) look(what string) {
	name, value, _ := strings.Cut(what, "=")
	if n.Place.Room == "" {
		return
	}
	n.Place = n.Place.With(name, value)
	n.do("place-now", n.Place.Hash())
}

// column is that of a key, 1 to 6.
func column(key string) string {
	if i := index(key) - 1; i >= 0 && i < len(columns) {
		return columns[i]
	}
	return ""
}

// columnNumber is a column's, as its heading says it.
func columnNumber(name string) int { return slices.Index(columns, name) + 1 }
