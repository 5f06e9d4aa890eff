package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
	"github.com/sojourn-go/sojourn/middleware"
)

// aDay records what a visitor did who bought tea, and one who left it in the cart.
func aDay(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), warehouseFile)
	warehouse, err := sqlite.Open(file, sqlite.Options{Price: priceOf})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-3 * time.Hour).Truncate(time.Millisecond)
	var events []analytics.Event
	tell := func(visitor string, typ analytics.Type, attributes ...string) {
		at = at.Add(5 * time.Second)
		e := analytics.Event{ID: "e" + at.Format("150405"), Type: typ, Time: at, Session: visitor, Visit: "visit of " + visitor, Attributes: map[string]string{}}
		for i := 0; i < len(attributes); i += 2 {
			e.Attributes[attributes[i]] = attributes[i+1]
		}
		events = append(events, e)
	}
	for _, visitor := range []string{"buyer", "waverer"} {
		tell(visitor, analytics.VisitStarted, "source", "letter", "device", "mobile", "platform", "web")
		tell(visitor, analytics.PageViewed, "view", visitor+"1", "path", "/")
		tell(visitor, analytics.PageViewed, "view", visitor+"2", "path", "/tea/sencha", "route", "/tea/{sku}")
		tell(visitor, analytics.CartChanged, "sku", "sencha", "quantity", "2")
		tell(visitor, analytics.ExperimentExposed, "experiment", orderButtonName, "variant", "steep")
		tell(visitor, analytics.PageViewed, "view", visitor+"3", "path", "/cart")
	}
	tell("buyer", analytics.CheckoutCompleted, "order", "TEA-1")
	tell("buyer", analytics.ActionTaken, "action", analytics.PurchaseAction, "order", "TEA-1", "value", "1960", "currency", currency)
	if err := errors.Join(warehouse.Record(t.Context(), events), warehouse.Close()); err != nil {
		t.Fatal(err)
	}
	return file
}

// printReport runs "shop report" on a file.
func printReport(t *testing.T, file string, args ...string) string {
	t.Helper()
	var out, told bytes.Buffer
	args = append([]string{"report", "-analytics", file, "-period", "last 2 days", "-tz", "UTC"}, args...)
	if err := run(t.Context(), args, &out, &told); err != nil || told.Len() > 0 {
		t.Fatalf("%v: %v, %s", args, err, &told)
	}
	return out.String()
}

func TestEveryReportIsPrinted(t *testing.T) {
	file := aDay(t)
	for _, name := range slices.Sorted(maps.Keys(reports)) {
		t.Run(name, func(t *testing.T) {
			if text := printReport(t, file, name); strings.TrimSpace(text) == "" || strings.Contains(text, "\x1b") {
				t.Errorf("text: %q", text)
			}
			if text := printReport(t, file, "-format", "json", name); !json.Valid([]byte(text)) {
				t.Errorf("JSON: %s", text)
			}
			rows, err := csv.NewReader(strings.NewReader(printReport(t, file, "-format", "csv", name))).ReadAll()
			if err != nil || len(rows) == 0 {
				t.Errorf("CSV: %v: %v", rows, err)
			}
		})
	}
}

func TestReportsTellOfTheDay(t *testing.T) {
	file := aDay(t)
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"what came in":                 {[]string{"-format", "csv", "overview"}, []string{"visits,2,", "purchases,1,", "revenue EUR,1960,money"}},
		"where from":                   {[]string{"-format", "csv", "sources"}, []string{"letter"}},
		"the way to an order":          {[]string{"-format", "json", "funnel"}, []string{`"step": "action:cart.changed"`, `"step": "action:checkout.completed"`}},
		"what was left":                {[]string{"-format", "csv", "carts"}, []string{"waverer", "abandoned"}},
		"the experiment":               {[]string{"-format", "csv", "experiment"}, []string{"steep"}},
		"how many reach a goal":        {[]string{"-format", "csv", "-goal", "page:/cart"}, []string{"conversion rate,1,"}},
		"a condition":                  {[]string{"-format", "csv", "-where", "source is somewhere"}, []string{"visits,0,"}},
		"beside the days before":       {[]string{"-format", "csv", "-compare", "previous"}, []string{"before"}},
		"for a narrow terminal":        {[]string{"-width", "40", "pages"}, []string{"/tea/sencha"}},
		"all events are accounted for": {[]string{"-format", "json", "ledger"}, []string{`"balanced": true`, `"received": 14`}},
	} {
		t.Run(name, func(t *testing.T) {
			text := printReport(t, file, tt.args...)
			for _, part := range tt.want {
				if !strings.Contains(text, part) {
					t.Errorf("shop report %v lacks %s:\n%s", tt.args, part, text)
				}
			}
		})
	}
}

func TestFunnelOfTheShopExists(t *testing.T) {
	mux := (&shop{sessions: new(middleware.Manager)}).routes()
	for _, step := range shopFunnel {
		if step.Page == "" {
			continue
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.ReplaceAll(step.Page, "*", "sencha"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, pattern := mux.Handler(r); pattern == "" {
			t.Errorf("no page %s", step.Page)
		}
	}
}
