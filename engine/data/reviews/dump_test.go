package reviews

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/clove-ml/clove/engine/data"
)

func TestDump(t *testing.T) {
	p := os.Getenv("H3_DUMP")
	if p == "" {
		t.Skip()
	}
	f, _ := os.Create(p)
	w := bufio.NewWriter(f)
	_, err := Source(1).Each(context.Background(), func(r data.Row) error {
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.Split, r.Label, r.Text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Flush()
	f.Close()
}
