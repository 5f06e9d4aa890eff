package columns_test

import (
	"os"
	"reflect"
	"strconv"
	"testing"

	"github.com/sojourn-go/sojourn/analytics/internal/columns"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// BenchmarkQuestions asks a set of SOJOURN_VISITS visits, without the variable
// 50,000.
func BenchmarkQuestions(b *testing.B) {
	n := 50_000
	if text := os.Getenv("SOJOURN_VISITS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	set, _ := traffic(n)
	for _, q := range asked(b, set) {
		for name, s := range map[string]report.Selection{"all": {}, "filtered": filtered} {
			b.Run(q.name+"/"+name, func(b *testing.B) {
				rows := 1
				for b.Loop() {
					answer, err := q.ask(b.Context(), s)
					if err != nil {
						b.Fatal(err)
					}
					if v := reflect.ValueOf(answer); v.Kind() == reflect.Slice {
						rows = v.Len()
					}
				}
				b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/question")
				b.ReportMetric(float64(rows), "rows")
			})
		}
	}
}

// BenchmarkSegment measures what it takes to make an hour of 500 visits, and to
// read it.
func BenchmarkSegment(b *testing.B) {
	_, visits := traffic(500)
	for i := range visits { // into one hour
		v := &visits[i]
		move := v.Start - v.Start%hour
		v.Start, v.Last = v.Start-move, v.Last-move
		for j := range v.Views {
			v.Views[j].Time -= move
		}
		for j := range v.Actions {
			v.Actions[j].Time -= move
		}
		for j := range v.Exposures {
			v.Exposures[j].Time -= move
		}
	}
	s := columns.Build(0, visits)
	encoded, err := s.AppendBinary(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			columns.Build(0, visits)
		}
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if encoded, err = s.AppendBinary(encoded[:0]); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(encoded))/float64(s.Len()), "bytes/visit")
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err = columns.Decode(encoded); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(s.Bytes())/float64(s.Len()), "memory-bytes/visit")
	})
}
