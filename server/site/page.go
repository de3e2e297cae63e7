package main

// firstSight is what a person sees before the page's program has come.
func firstSight() (string, error) {
	return `<div><main><h1>Clove</h1></main></div>`, nil
}
