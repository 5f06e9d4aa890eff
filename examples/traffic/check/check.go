package check

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"text/tabwriter"

	"github.com/sojourn-go/sojourn/examples/traffic/truth"
)

// Compare waits until the shop's reports have come to rest, at most until the
// deadline of ctx, and returns every number that there is a truth about, as it must
// be and as the reports have it. It logs in as the administrator, after the period
// of the truth.
func Compare(ctx context.Context, shop *url.URL, t truth.Truth) ([]Row, error) {
	c, err := logIn(ctx, shop)
	if err != nil {
		return nil, err
	}
	if err := c.settle(ctx, t); err != nil {
		return nil, err
	}
	a, err := c.fetch(ctx, t)
	if err != nil {
		return nil, err
	}
	return compare(t, a), nil
}

// Differing returns how many rows are not as they must be.
func Differing(rows []Row) int {
	n := 0
	for _, r := range rows {
		if !r.OK {
			n++
		}
	}
	return n
}

// Write writes the rows as a table: all, or those that differ.
func Write(w io.Writer, rows []Row, all bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "number\ttruth\treport\t")
	for _, r := range rows {
		verdict := "ok"
		if !r.OK {
			verdict = "differs"
		}
		if all || !r.OK {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", r.Name, r.Truth, r.Report, verdict)
		}
	}
	return t.Flush()
}
