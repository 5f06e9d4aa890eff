package report

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode/utf8"
)

// WriteCSV writes t as comma-separated values in UTF-8 (RFC 4180, lines ending in
// a line feed), the names of the columns first. Values are plain decimal numbers in
// their unit, so shares from 0 to 1, seconds and the smallest unit of money, whose
// currency and other units the names of columns tell or a column of their own; one
// that is not known is empty. Text that a spreadsheet would take for a formula gets
// an apostrophe before it.
func WriteCSV(w io.Writer, t Table) error {
	out := csv.NewWriter(w)
	names := make([]string, len(t.Columns))
	for i, column := range t.Columns {
		names[i] = harmless(column)
	}
	if err := out.Write(names); err != nil {
		return err
	}
	for _, cells := range t.Rows {
		row := make([]string, len(cells))
		for i, c := range cells {
			switch {
			case c.Unit == "":
				row[i] = harmless(c.Text)
			case c.Value != nil:
				row[i] = decimal(*c.Value)
			}
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// harmless keeps a spreadsheet from running text that came from a visitor, as
// OWASP advises on CSV injection.
func harmless(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if r, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", r) {
		return "'" + s
	}
	return s
}
