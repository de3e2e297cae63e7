package main

import (
	"fmt"
	"regexp"

	"github.com/clove-ml/clove/app"
)

// inline is what the content policy forbids in the page: inline styles, handlers and scripts.
var inline = regexp.MustCompile(`<[^>]* (?:style|on[a-z]+)="|<script|<style`)

// firstSight is what a person sees before the page's program has come: the board, and the
// rooms that an address may open.
func firstSight() (page, rooms string, err error) {
	if page, err = app.FirstSight(); err != nil {
		return "", "", err
	}
	if rooms, err = app.FirstRooms(); err != nil {
		return "", "", err
	}
	return page, rooms, allowed(page + rooms)
}

func allowed(page string) error {
	if found := inline.FindString(page); found != "" {
		return fmt.Errorf("the content policy forbids %q in the page", found)
	}
	return nil
}
