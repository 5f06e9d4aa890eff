package report

import (
	"strconv"
	"time"
)

// Table is a report in rows and columns, for CSV and for the terminal.
type Table struct {
	Title   string
	Columns []string
	Rows    [][]Cell // each as long as Columns
}

// Cell is one cell of a [Table]: a text, or a value in a unit. A value may be not
// known.
type Cell struct {
	Text     string
	Value    *float64
	Unit     Unit   // empty for text
	Currency string // of money

	// Change is set for a relative change, which is a share with a sign, and Good
	// then tells whether it is for the better, if that is known.
	Change bool
	Good   *bool
}

// String returns the cell for people; empty for a value that is not known.
func (c Cell) String() string {
	switch {
	case c.Unit == "":
		return c.Text
	case c.Value == nil:
		return ""
	case c.Change:
		return FormatChange(*c.Value)
	}
	return FormatValue(*c.Value, c.Unit, c.Currency)
}

func text(s string) Cell { return Cell{Text: s} }

func moment(t time.Time) Cell {
	if t.IsZero() {
		return Cell{}
	}
	return text(t.Format(time.RFC3339))
}

func whole(n int64) Cell { return Cell{Value: new(float64(n)), Unit: UnitCount} }

func change(n Number) Cell { return Cell{Value: n.Change, Unit: UnitShare, Change: true, Good: n.Good} }

func share(v *float64) Cell { return Cell{Value: v, Unit: UnitShare} }

// cell returns the value of n.
func (n Number) cell() Cell {
	c := Cell{Unit: n.Unit, Currency: n.Currency}
	if n.Known {
		c.Value = &n.Value
	}
	return c
}

// cells returns the values of numbers, each followed by its change if compared.
func cells(numbers []Number, compared bool) []Cell {
	var row []Cell
	for _, n := range numbers {
		row = append(row, n.cell())
		if compared {
			row = append(row, change(n))
		}
	}
	return row
}

// headings returns the names of columns for cells.
func headings(names []string, compared bool) []string {
	var columns []string
	for _, name := range names {
		columns = append(columns, name)
		if compared {
			columns = append(columns, name+" change")
		}
	}
	return columns
}

// shareOf returns part / whole, or nil of nothing.
func shareOf(part, whole int64) *float64 {
	if whole <= 0 {
		return nil
	}
	return new(float64(part) / float64(whole))
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
