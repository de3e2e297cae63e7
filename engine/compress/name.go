package compress

import (
	"strconv"
	"strings"

	"github.com/clove-ml/clove/engine/run/spec"
)

// Name is what a variant is called: "original", "int8", "prune 80 lstm · tune 1 · int8".
func Name(pipeline []spec.PipelineStep) string {
	if len(pipeline) == 0 {
		return "original"
	}
	words := make([]string, len(pipeline))
	for i, s := range pipeline {
		switch s.Name {
		case "prune":
			words[i] = "prune " + percent(s.Value)
		case "finetune":
			words[i] = "tune " + s.Value
		default:
			words[i] = s.Value
		}
		words[i] = strings.Join(append([]string{words[i]}, s.Options...), " ")
	}
	return strings.Join(words, " · ")
}

// percent writes the share "0.8" as "80" and "0.825" as "82.5".
func percent(share string) string {
	x, err := strconv.ParseFloat(share, 64)
	if err != nil {
		return share
	}
	return strconv.FormatFloat(x*100, 'f', -1, 32)
}
