package analytics_test

import (
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
)

func TestDefineReadsTheDocumentation(t *testing.T) {
	d, ok := analytics.Define("Bounce rate")
	if !ok || d.Unit != "share" || !strings.HasPrefix(d.Formula, "visits that bounced / ") ||
		d.LeavesOut != "bots; visits under way; visits without a view" {
		t.Fatalf("bounce rate is defined as %+v, %v", d, ok)
	}
	if _, ok := analytics.Define("luck"); ok {
		t.Error("there is a definition of luck")
	}
}
