package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table returns the rows that are printed. Every row has a cell in each column,
// if only a dash.
func (res *results) table() [][]string {
	header := []string{""}
	for _, l := range libraries {
		header = append(header, l.name)
	}
	rows := [][]string{append(header, "Sojourn must", "")}
	bareHandler := res.cost(anonymous, "bare handler")
	rows = append(rows,
		res.row("bare handler, ns/op", nil, func(string) string { return span(bareHandler.NsPerOp) }),
		res.row("  "+rowBusy, nil, func(string) string { return fmt.Sprintf("%.0f", bareHandler.BusyPerOp.Median) }),
		res.row("  "+rowAllocs, nil, func(string) string { return fmt.Sprintf("%.0f", bareHandler.AllocsPerOp.Median) }))
	for kind, k := range requests {
		costs := func(name string, show func(cost) string) {
			rows = append(rows, res.row(name, res.target(k.name, name), func(library string) string {
				return show(res.cost(kind, library))
			}))
		}
		rows = append(rows, res.row(k.name+", ns/op", nil, func(library string) string {
			return span(res.cost(kind, library).NsPerOp)
		}))
		costs(rowRatio, func(c cost) string { return fmt.Sprintf("%.2f", c.Ratio) })
		costs(rowBusy, func(c cost) string { return fmt.Sprintf("%.0f", c.BusyPerOp.Median) })
		if k.page {
			costs(rowOverBare, func(c cost) string { return fmt.Sprintf("%.0f", *c.OverBare) })
		}
		costs(rowRedis, func(c cost) string { return fmt.Sprintf("%.0f", c.RedisPerOp.Median) })
		costs(rowAllocs, func(c cost) string { return fmt.Sprintf("%.0f", c.AllocsPerOp.Median) })
		costs(rowCommands, func(c cost) string { return fmt.Sprintf("%.2f", c.Commands) })
		costs(rowInScript, func(c cost) string { return fmt.Sprintf("%.2f", c.InScriptByName.total()) })
	}
	for _, c := range res.Checks {
		rows = append(rows, checkRow(c))
	}
	return rows
}

// row returns a row of numbers, with the target for Sojourn's if there is one.
func (res *results) row(name string, t *target, show func(library string) string) []string {
	cells := []string{name}
	if t != nil || !strings.Contains(name, ", ns/op") {
		cells[0] = "  " + strings.TrimSpace(name)
	}
	for _, l := range libraries {
		cells = append(cells, show(l.name))
	}
	if t == nil {
		return append(cells, "–", "–")
	}
	verdict := "missed"
	if t.Met {
		verdict = "ok"
	}
	return append(cells, fmt.Sprintf("≤ %g", t.Limit), verdict)
}

func checkRow(c checked) []string {
	cells := []string{c.Name}
	for _, l := range libraries {
		cells = append(cells, c.Outcomes[l.name])
	}
	verdict := "broken"
	if c.Kept {
		verdict = "ok"
	}
	return append(cells, c.Must, verdict)
}

// target returns the target for a row, or nil.
func (res *results) target(request, row string) *target {
	for i, t := range res.Targets {
		if t.Request == request && t.Name == row {
			return &res.Targets[i]
		}
	}
	return nil
}

func span(s spread) string { return fmt.Sprintf("%.0f (%.0f–%.0f)", s.Median, s.Min, s.Max) }

// align writes rows in columns, the first flush left, the others right.
func align(w io.Writer, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line.WriteString(cell + pad)
			} else {
				line.WriteString("  " + pad + cell)
			}
		}
		say(w, "%s", strings.TrimRight(line.String(), " "))
	}
}
