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
	names := make([]string, len(pipeline))
	for i, s := range pipeline {
		names[i] = strings.Join(append([]string{short(s)}, s.Options...), " ")
	}
	return strings.Join(names, " · ")
}

// short is a step without its options.
func short(s spec.PipelineStep) string {
	switch s.Name {
	case "prune", "units", "columns":
		return s.Name + " " + percent(s.Value)
	case "finetune":
		return "tune " + s.Value
	case "words":
		return s.Value + " words"
	case "quantize", "half":
		return s.Value
	case "qat":
		return s.Value + " trained"
	case "distill", "binary", "ternary", "rank", "pq", "cluster":
		return s.Name + " " + s.Value
	default:
		return s.Name
	}
}

// percent writes the share "0.8" as "80" and "0.825" as "82.5".
func percent(share string) string {
	x, err := strconv.ParseFloat(share, 64)
	if err != nil {
		return share
	}
	return strconv.FormatFloat(x*100, 'f', -1, 32)
}
