package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// notes say what the numbers stand for.
const notes = `
ns/op        time per request of all that are under way together; median of the runs (lowest–highest)
processor    time of the whole process, background work included, and of Redis. Unlike ns/op it tells little
             of how long a request takes, but what else the machine does disturbs it little
allocs/op    of the whole process, background work included, and one for the request itself
commands     sent to Redis for a request, and as a fraction what the background work sends meanwhile; called by
             scripts: inside Redis, on top. redistore's pool sends a PING before it uses a connection
sessions     a user who is logged in, one value, three cart lines; a write changes the value each time
limits       logins end after 30 min without activity. scs and Sojourn count every request as activity;
             gorilla's limit moves with writes only, it has no other way
clients      go-redis with its default options for scs and Sojourn (whose store pipelines by itself), redigo
             for gorilla; plain TCP over loopback to one redis-server that keeps nothing on disk. Client and
             server share the processors
activity     Sojourn writes it once in 5 s per session at most. These sessions are busier than people: one who
             makes a request every 5 s or more costs one more command for each, in bulk off the request path
`

// writeTable writes the results for people.
func (res *results) writeTable(w io.Writer) error {
	var b bytes.Buffer
	s := res.Setting
	say(&b, "The same shop on each library: %s, Redis %s, %d processors, %d requests at a time, %d sessions, %d runs of %s in turns\n",
		s.Go, s.Redis, s.Processors, s.Parallelism, s.Sessions, s.Runs, s.Duration)
	align(&b, res.table())
	b.WriteString(notes)
	b.WriteString("\nRedis commands per request, by name\n")
	align(&b, res.commandTable())
	_, err := w.Write(b.Bytes())
	return err
}

// commandTable tells which commands the costs are made of.
func (res *results) commandTable() [][]string {
	var rows [][]string
	for _, c := range res.Costs {
		if len(c.CommandsByName) == 0 {
			continue
		}
		line := byRate(c.CommandsByName)
		if len(c.InScriptByName) > 0 {
			line += "; in scripts " + byRate(c.InScriptByName)
		}
		rows = append(rows, []string{c.Request + ", " + c.Library + ": " + line})
	}
	return rows
}

// byRate lists commands, the most frequent first. What happens less than once in
// 200 requests is background noise here, and left out.
func byRate(r rates) string {
	names := slices.SortedFunc(maps.Keys(r), func(a, b string) int {
		return cmp.Or(cmp.Compare(r[b], r[a]), cmp.Compare(a, b))
	})
	var list []string
	for _, name := range names {
		if r[name] >= 0.005 {
			list = append(list, fmt.Sprintf("%s %.2f", name, r[name]))
		}
	}
	return cmp.Or(strings.Join(list, ", "), "next to none")
}

// writeJSON writes the results for machines.
func (res *results) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(res)
}
