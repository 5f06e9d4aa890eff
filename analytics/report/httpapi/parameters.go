package httpapi

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// errFaulty stands for the faults of parameters.
var errFaulty = errors.New("httpapi: faulty parameters")

// The bounds of lists.
const (
	defaultLimit = 100
	maxLimit     = 10_000
)

// parameters are those of one request. Whoever takes one out marks it as known;
// what is faulty is collected.
type parameters struct {
	values  url.Values
	known   map[string]bool
	faults  []Fault
	request report.Request
}

func newParameters(query string) *parameters {
	p := &parameters{known: map[string]bool{}}
	var err error
	if p.values, err = url.ParseQuery(query); err != nil {
		p.fault("", "the query cannot be read: %v", err)
	}
	return p
}

func (p *parameters) fault(parameter, format string, args ...any) {
	p.faults = append(p.faults, Fault{Parameter: parameter, Detail: fmt.Sprintf(format, args...)})
}

// err returns errFaulty if anything is wrong with what was asked for, or not.
func (p *parameters) err() error {
	for _, name := range slices.Sorted(maps.Keys(p.values)) {
		if !p.known[name] {
			p.fault(name, "there is no such parameter here")
		}
	}
	if len(p.faults) > 0 {
		return errFaulty
	}
	return nil
}

// one returns a parameter that may be given once; empty: it was not.
func (p *parameters) one(name string) string {
	values := p.all(name)
	if len(values) > 1 {
		p.fault(name, "it is given %d times", len(values))
	}
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func (p *parameters) all(name string) []string {
	p.known[name] = true
	return p.values[name]
}

func (p *parameters) flag(name string) bool {
	switch value := p.one(name); value {
	case "", "false":
		return false
	case "true":
		return true
	default:
		p.fault(name, "it is true or false, not %q", value)
		return false
	}
}

func (p *parameters) limit() int {
	n := p.number("limit", defaultLimit)
	if n < 1 || n > maxLimit {
		p.fault("limit", "it is 1 to %d", maxLimit)
	}
	return n
}

func (p *parameters) number(name string, otherwise int) int {
	value := p.one(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		p.fault(name, "%q is no whole number", value)
		return otherwise
	}
	return n
}

func (p *parameters) duration(name string) time.Duration {
	value := p.one(name)
	if value == "" {
		return 0
	}
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		p.fault(name, "%q is no duration such as 30m", value)
		return 0
	}
	return d
}

func (p *parameters) step(name, value string) report.Step {
	s, err := report.ParseStep(value)
	if err != nil {
		p.fault(name, "%s", plainly(err.Error()))
		return report.Step{Page: "/"} // complained of once is enough
	}
	return s
}

// weights reads arm:number; nil where there is none.
func (p *parameters) weights(name string) map[string]float64 {
	var weights map[string]float64
	for _, value := range p.all(name) {
		at := strings.LastIndex(value, ":")
		arm, number := value[:max(at, 0)], value[at+1:]
		weight, err := strconv.ParseFloat(number, 64)
		switch _, twice := weights[arm]; {
		case arm == "" || err != nil || math.IsNaN(weight):
			p.fault(name, "%q is not arm:number", value)
		case twice:
			p.fault(name, "arm %q has two weights", arm)
		default:
			if weights == nil {
				weights = map[string]float64{}
			}
			weights[arm] = weight
		}
	}
	return weights
}
