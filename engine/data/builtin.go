package data

// Builtin describes a set that Clove knows by name.
type Builtin struct {
	Name      string // of the source in a Spec
	Synthetic bool   // made for Clove, by a generator
	Packed    bool   // served as data/NAME.tsv: label<TAB>text
	Origin    string // where it comes from
	Terms     string // its licence
}

// Builtins lists them in the order that a menu shows.
func Builtins() []Builtin { return nil }
