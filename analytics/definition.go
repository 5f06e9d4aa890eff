package analytics

import (
	_ "embed"
	"regexp"
	"strings"
	"sync"
)

// documentation is the package's own: what it says of a metric is what
// [Define] returns, so that it is written down once.
//
//go:embed doc.go
var documentation string

// Definition says what a metric is, in the words of the package documentation.
type Definition struct {
	Name      string `json:"name"`
	Unit      string `json:"unit"` // count, ratio, share, time or money
	Formula   string `json:"formula"`
	LeavesOut string `json:"leaves_out"`
}

var definitionLine = regexp.MustCompile(`(?m)^//   - ([^(\n]+) \((\w+)\): (.+?)\. Leaves out: (.+)\.$`)

var definitions = sync.OnceValue(func() map[string]Definition {
	found := map[string]Definition{}
	for _, m := range definitionLine.FindAllStringSubmatch(documentation, -1) {
		found[m[1]] = Definition{Name: m[1], Unit: m[2], Formula: m[3], LeavesOut: m[4]}
	}
	return found
})

// Define returns the definition of the metric with this name, such as "bounce
// rate".
func Define(metric string) (Definition, bool) {
	d, ok := definitions()[strings.ToLower(metric)]
	return d, ok
}
