package terminal

import (
	"io"
	"strings"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Table prints t with its title. Texts stand to the left and values to the right; a
// value that is not known is a dash. Where the columns do not fit beside each other,
// those left over follow in tables of their own, each with the first column.
func Table(w io.Writer, t report.Table, o Options) error {
	var b strings.Builder
	b.WriteString(o.paint(o.clean(t.Title), bold) + "\n")
	if len(t.Rows) == 0 {
		b.WriteString("nothing\n")
	} else if len(t.Columns) > 0 {
		o.grid(&b, o.columns(t))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// column is one column, ready to be printed.
type column struct {
	heading []string // lines
	cells   []string
	colors  []string // by cell; empty: none
	width   int
	right   bool
}

const gap = 2 // between columns

func (o Options) columns(t report.Table) []column {
	columns := make([]column, len(t.Columns))
	for i, name := range t.Columns {
		c := column{}
		words := strings.Fields(o.clean(name))
		for _, row := range t.Rows {
			c.right = c.right || row[i].Unit != ""
		}
		room := o.width() / 4
		if i == 0 {
			room = o.width() / 2
		}
		for _, row := range t.Rows {
			text, color := o.cell(row[i])
			if row[i].Unit == "" {
				text = o.shorten(text, room)
			}
			c.cells, c.colors = append(c.cells, text), append(c.colors, color)
			c.width = max(c.width, length(text))
		}
		for j := range words {
			words[j] = o.shorten(words[j], room)
			c.width = max(c.width, length(words[j]))
		}
		c.heading = wrap(words, c.width)
		columns[i] = c
	}
	return columns
}

// cell returns what a cell shows, and its colour.
func (o Options) cell(c report.Cell) (text, color string) {
	switch {
	case c.Unit == "":
		return o.clean(c.Text), ""
	case c.Value == nil:
		return o.dash(), ""
	case c.Change:
		return o.change(*c.Value, c.Good)
	}
	return o.clean(c.String()), ""
}

func (o Options) dash() string {
	if o.ASCII {
		return "-"
	}
	return "–"
}

// change shows a relative change by an arrow and its sign, and in words whether it
// is for the better, if that is known.
func (o Options) change(by float64, better *bool) (text, color string) {
	arrow := map[bool]string{true: "▲ ", false: "▼ "}[by > 0]
	if o.ASCII || by == 0 {
		arrow = ""
	}
	text = arrow + report.FormatChange(by)
	switch {
	case better == nil:
		return text, ""
	case *better:
		return text + " better", green
	}
	return text + " worse", red
}

// wrap puts words into lines no longer than width, which each of them fits.
func wrap(words []string, width int) []string {
	var lines []string
	for _, word := range words {
		last := len(lines) - 1
		if last >= 0 && length(lines[last])+1+length(word) <= width {
			lines[last] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

// grid prints columns, in several tables if they are too wide for one.
func (o Options) grid(b *strings.Builder, columns []column) {
	for from := 1; ; {
		part, width := []column{columns[0]}, columns[0].width
		for from < len(columns) && (len(part) == 1 || width+gap+columns[from].width <= o.width()) {
			part, width = append(part, columns[from]), width+gap+columns[from].width
			from++
		}
		o.part(b, part)
		if from >= len(columns) {
			return
		}
		b.WriteString("\n")
	}
}

func (o Options) part(b *strings.Builder, columns []column) {
	height := 0
	for _, c := range columns {
		height = max(height, len(c.heading))
	}
	for line := range height {
		o.line(b, columns, func(c column) (text, color string) {
			if i := line - (height - len(c.heading)); i >= 0 {
				return c.heading[i], bold
			}
			return "", ""
		})
	}
	for row := range columns[0].cells {
		o.line(b, columns, func(c column) (text, color string) { return c.cells[row], c.colors[row] })
	}
}

// line prints what cell returns of each column, without spaces at the end.
func (o Options) line(b *strings.Builder, columns []column, cell func(column) (text, color string)) {
	spaces := 0
	for i, c := range columns {
		if i > 0 {
			spaces += gap
		}
		text, color := cell(c)
		room := c.width - length(text)
		if c.right {
			spaces += room
			room = 0
		}
		if text != "" {
			b.WriteString(strings.Repeat(" ", spaces) + o.paint(text, color))
			spaces = 0
		}
		spaces += room
	}
	b.WriteString("\n")
}
