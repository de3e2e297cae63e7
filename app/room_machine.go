package app

import (
	"encoding/csv"
	"strconv"
	"strings"

	ui "github.com/maxence-charriere/go-app/v10/pkg/app"
)

// drawCompareMachine is what this machine can do, as the panel from the status line has it.
func drawCompareMachine(b *Board, s *State) ui.UI {
	return cell{class: "s5", id: "machine", title: s.Lang.T("measure"), wordy: true, body: b.machine(s, "measure-here")}.draw()
}

// variantsCSV is the list of variants for a program: figures as they are, not rounded.
func variantsCSV(s *State) string {
	var out strings.Builder
	w := csv.NewWriter(&out)
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	rows := [][]string{{"name", "pipeline", "bytes", "accuracy", "low", "high", "loss", "texts", "latency_ms", "latency_q1", "latency_q3", "mcnemar_p", "weights_sha256", "original_sha256"}}
	for _, v := range s.base() {
		ms, q1, q3, p := "", "", "", ""
		if s.timed(v) {
			ms, q1, q3 = number(v.LatencyMS), number(v.LatencyQ1), number(v.LatencyQ3)
		}
		if v.Versus != nil {
			p = number(v.Versus.McNemar)
		}
		rows = append(rows, []string{v.Name, v.Pipeline, strconv.Itoa(v.FileBytes), number(v.Test.Accuracy), number(v.Test.Low), number(v.Test.High), number(v.Test.Loss), strconv.Itoa(v.Test.Texts), ms, q1, q3, p, v.SHA256, v.Original})
	}
	if err := w.WriteAll(rows); err != nil {
		return "" // a builder takes all
	}
	return out.String()
}
