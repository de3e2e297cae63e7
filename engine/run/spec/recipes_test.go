package spec

import "testing"

func TestRecipesArePipelinesThatMakeSense(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Recipes {
		steps, err := ParsePipeline(r.Pipeline)
		if err != nil || len(steps) == 0 || FormatPipeline(steps) != r.Pipeline {
			t.Errorf("%s: %v", r.Name, err)
		}
		if seen[r.Name] || r.Says == "" || r.Size == 0 && r.Bytes == 0 && r.Lost == 0 {
			t.Errorf("%+v", r)
		}
		seen[r.Name] = true
		if got, ok := RecipeOf(r.Name); !ok || got != r {
			t.Errorf("%s is not found", r.Name)
		}
	}
	for _, name := range []string{"int8", "int4", "int4-qat", "prune90", "binary", "lstm-100x", "any-100x", "distilled-bag"} {
		if !seen[name] {
			t.Errorf("no recipe is called %s", name)
		}
	}
	if _, ok := RecipeOf("int7"); ok {
		t.Error("int7 is a recipe")
	}
}
