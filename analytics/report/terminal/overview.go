package terminal

import (
	"cmp"
	"io"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Overview prints the numbers of an overview, with how they went over the period
// and how they compare, and what came up most.
func Overview(w io.Writer, overview *report.Overview, o Options) error {
	var b strings.Builder
	o.about(&b, overview.About)
	b.WriteString("\n")
	o.numbers(&b, overview)
	lists := []struct {
		title, nothing string
		tops           []report.Top
	}{
		{"Channels", "(none)", overview.Channels},
		{"Sources", "(direct)", overview.Sources},
		{"Pages", "(none)", overview.Pages},
		{"Screens", "(none)", overview.Screens},
		{"Entries", "(no view)", overview.Entries},
		{"Actions", "(none)", overview.TopActions},
		{"Devices", "(not known)", overview.Devices},
	}
	for _, l := range lists {
		if len(l.tops) > 0 {
			b.WriteString("\n" + o.paint(l.title, bold) + "\n")
			o.tops(&b, l.tops, l.nothing)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (o Options) about(b *strings.Builder, a report.About) {
	moment := func(t time.Time) string {
		if t.IsZero() {
			return "..."
		}
		return t.Format("2006-01-02 15:04")
	}
	b.WriteString(o.paint("Overview", bold) + "\n")
	lines := []string{moment(a.From) + " to " + moment(a.To) + " " + a.Location}
	if a.Compared != nil {
		lines = append(lines, "compared with "+moment(a.Compared.From)+" to "+moment(a.Compared.To))
	}
	if a.Where != "" {
		lines = append(lines, "where "+a.Where)
	}
	if a.Bots {
		lines = append(lines, "bots only")
	}
	for _, line := range lines {
		var words []string
		for word := range strings.FieldsSeq(o.clean(line)) {
			words = append(words, o.shorten(word, o.width()))
		}
		b.WriteString(strings.Join(wrap(words, o.width()), "\n") + "\n")
	}
}

// numbers prints a line for each number: its name, value, change and course.
func (o Options) numbers(b *strings.Builder, overview *report.Overview) {
	list := overview.List()
	names, values, changes := column{}, column{right: true}, column{right: true}
	for _, n := range list {
		value := o.clean(n.String())
		if !n.Known {
			value = o.dash()
		}
		change, color := "", ""
		if n.Change != nil {
			change, color = o.change(*n.Change, n.Good)
		} else if n.Before != nil {
			change = o.dash()
		}
		names.add(o.clean(n.Name()), "")
		values.add(value, "")
		changes.add(change, color)
	}
	columns := []column{names, values}
	used := names.width + gap + values.width
	if changes.width > 0 {
		columns, used = append(columns, changes), used+gap+changes.width
	}
	if room := o.width() - used - gap; room >= 8 {
		course := column{}
		for _, n := range list {
			course.add(o.course(overview.Series, n.Name(), min(room, 40)), "")
		}
		columns = append(columns, course)
	}
	o.grid(b, columns)
}

func (c *column) add(text, color string) {
	c.cells, c.colors = append(c.cells, text), append(c.colors, color)
	c.width = max(c.width, length(text))
}

// course draws how a number went over the period, for those of which the series
// tells.
func (o Options) course(series []report.Bucket, name string, width int) string {
	counts := map[string]func(report.Bucket) int64{
		"visits":    func(b report.Bucket) int64 { return b.Visits },
		"visitors":  func(b report.Bucket) int64 { return b.Visitors },
		"views":     func(b report.Bucket) int64 { return b.Views },
		"actions":   func(b report.Bucket) int64 { return b.Actions },
		"purchases": func(b report.Bucket) int64 { return b.Purchases },
	}
	var values []*float64
	for _, bucket := range series {
		if name == "bounce rate" {
			values = append(values, bucket.BounceRate)
		} else if count := counts[name]; count != nil {
			values = append(values, new(float64(count(bucket))))
		}
	}
	return o.sparkline(values, width)
}

// tops prints a line for each: its name, count, share and a bar, of which the
// longest is full.
func (o Options) tops(b *strings.Builder, tops []report.Top, nothing string) {
	names, counts, shares, bars := column{}, column{right: true}, column{right: true}, column{}
	largest := int64(0)
	for _, t := range tops {
		largest = max(largest, t.Count)
	}
	for _, t := range tops {
		names.add(o.shorten(cmp.Or(o.clean(t.Name), nothing), o.width()/2-gap), "")
		counts.add(report.FormatValue(float64(t.Count), report.UnitCount, ""), "")
		share := o.dash()
		if t.Share != nil {
			share = report.FormatValue(*t.Share, report.UnitShare, "")
		}
		shares.add(share, "")
	}
	room := min(30, o.width()-names.width-counts.width-shares.width-3*gap)
	for _, t := range tops {
		bar := ""
		if largest > 0 && room > 0 {
			bar = o.bar(float64(t.Count)/float64(largest), room)
		}
		bars.add(bar, "")
	}
	o.part(b, []column{names, counts, shares, bars})
}
