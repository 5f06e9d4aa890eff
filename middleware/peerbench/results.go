package main

import (
	"fmt"
	"runtime"
)

// results are all that was found, in the form of the JSON output.
type results struct {
	Setting setting   `json:"setting"`
	Costs   []cost    `json:"costs"`
	Targets []target  `json:"targets"`
	Checks  []checked `json:"checks"`
}

// setting is what the numbers depend on.
type setting struct {
	Go          string `json:"go"`
	Redis       string `json:"redis"`
	Processors  int    `json:"processors"`
	Runs        int    `json:"runs"`
	Duration    string `json:"duration"`
	Parallelism int    `json:"parallelism"`
	Sessions    int    `json:"sessions"`
}

func settingOf(o options, srv *server) setting {
	return setting{
		Go: runtime.Version(), Redis: srv.version, Processors: runtime.GOMAXPROCS(0),
		Runs: o.runs, Duration: o.duration.String(), Parallelism: o.parallelism, Sessions: o.sessions,
	}
}

// cost is what a kind of request costs on one library.
type cost struct {
	Request     string  `json:"request"`
	Library     string  `json:"library"`
	NsPerOp     spread  `json:"nsPerOp"`
	Ratio       float64 `json:"ratio"`      // of the medians, to scs
	BusyPerOp   spread  `json:"busyPerOp"`  // processor time of the process, in ns
	RedisPerOp  spread  `json:"redisPerOp"` // processor time of the server, in ns
	AllocsPerOp spread  `json:"allocsPerOp"`

	// OverBare is the processor time, in ns, that the library adds to a request
	// that needs none.
	OverBare *float64 `json:"overBare,omitempty"`

	Commands       float64 `json:"commands"` // sent to Redis for a request
	CommandsByName rates   `json:"commandsByName"`
	InScriptByName rates   `json:"inScriptByName,omitempty"`
}

// judge works out the costs and whether they are what they should be.
func (res *results) judge(f *field) {
	bareHandler := f.entrants[len(f.entrants)-1]
	for kind, e := range f.all() {
		samples, sent := e.samples[kind], e.traffic[kind].sent
		c := cost{
			Request: requests[kind].name, Library: e.name,
			NsPerOp:     spreadOf(samples, sample.nsPerOp),
			BusyPerOp:   spreadOf(samples, sample.busyPerOp),
			RedisPerOp:  spreadOf(samples, sample.redisPerOp),
			AllocsPerOp: spreadOf(samples, sample.allocsPerOp),
			Commands:    sent.total(), CommandsByName: sent, InScriptByName: e.traffic[kind].inScript,
		}
		c.Ratio = c.NsPerOp.Median / spreadOf(f.entrants[reference].samples[kind], sample.nsPerOp).Median
		if requests[kind].page && !e.bare {
			over := c.BusyPerOp.Median - spreadOf(bareHandler.samples[kind], sample.busyPerOp).Median
			c.OverBare = &over
		}
		res.Costs = append(res.Costs, c)
	}
	for _, g := range goals {
		t := target{Request: requests[g.request].name, Name: g.row, Limit: g.limit}
		t.Value = g.of(res.cost(g.request, libraries[subject].name))
		t.Met = t.Value <= t.Limit
		res.Targets = append(res.Targets, t)
	}
}

// cost returns what was found for a kind of request on a library.
func (res *results) cost(kind int, library string) cost {
	for _, c := range res.Costs {
		if c.Request == requests[kind].name && c.Library == library {
			return c
		}
	}
	panic(fmt.Sprintf("no %s was measured on %s", requests[kind].name, library))
}

// broken reports whether a check failed on Sojourn.
func (res *results) broken() bool {
	for _, c := range res.Checks {
		if !c.Kept {
			return true
		}
	}
	return false
}
