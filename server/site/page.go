package main

import (
	"fmt"
	"regexp"

	"github.com/clove-ml/clove/app"
)

// inline is what the content policy forbids in the page: inline styles, handlers and scripts.
var inline = regexp.MustCompile(`<[^>]* (?:style|on[a-z]+)="|<script|<style`)

// firstSight is what a person sees before the page's program has come.
func firstSight() (string, error) {
	page, err := app.FirstSight()
	if err != nil {
		return "", err
	}
	return page, allowed(page)
}

func allowed(page string) error {
	if found := inline.FindString(page); found != "" {
		return fmt.Errorf("the content policy forbids %q in the page", found)
	}
	return nil
}
