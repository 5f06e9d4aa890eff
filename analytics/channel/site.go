package channel

import (
	_ "embed"
	"strings"
	"sync"
)

// site is one that people know by a name.
type site struct {
	name string
	kind kind
}

type kind string

const (
	search    kind = "search"
	social    kind = "social"
	assistant kind = "assistant"
	video     kind = "video"
	shopping  kind = "shopping"
	mail      kind = "mail"
	ads       kind = "ads"
)

//go:embed matomo.txt
var matomo string

//go:embed own.txt
var own string

// directory holds the sites of both lists.
type directory struct {
	hosts     map[string]*site
	countries map[string]*site // by the host without its country's ending
	sources   map[string]*site // by what links give as their source
}

var sites = sync.OnceValue(func() directory {
	d := directory{map[string]*site{}, map[string]*site{}, map[string]*site{}}
	var of kind
	for line := range strings.Lines(matomo + own) {
		line = strings.TrimSpace(line)
		if inner, ok := strings.CutPrefix(line, "["); ok {
			of = kind(strings.TrimSuffix(inner, "]"))
			continue
		}
		name, hosts, ok := strings.Cut(line, " | ")
		if !ok || line[0] == '#' {
			continue
		}
		s := &site{name, of}
		for host := range strings.FieldsSeq(hosts) {
			if base, ok := strings.CutSuffix(host, ".*"); ok {
				d.countries[base] = s
			} else if strings.Contains(host, ".") {
				d.hosts[host] = s
			} else {
				d.sources[host] = s
			}
		}
	}
	return d
})

// host returns the site that a host belongs to, or nil: its own, or that of the
// nearest parent that has one.
func (d directory) host(host string) *site {
	host = strings.TrimSuffix(host, ".")
	endings := countryEndings(host)
	for parent, more := host, true; more; _, parent, more = strings.Cut(parent, ".") {
		if s := d.hosts[parent]; s != nil {
			return s
		}
		for _, ending := range endings {
			if base, ok := strings.CutSuffix(parent, ending); ok && ending != "" {
				if s := d.countries[base]; s != nil {
					return s
				}
			}
		}
	}
	return nil
}

// countryEndings returns what host may end with because of its country, such as
// ".uk" and ".co.uk", or ".com" if it is of none.
func countryEndings(host string) (endings [2]string) {
	dot := strings.LastIndexByte(host, '.')
	if dot < 0 {
		return endings
	}
	last := host[dot:]
	if last != ".com" && len(last) != len(".xx") {
		return endings
	}
	endings[0] = last
	before := host[:dot]
	switch second := before[strings.LastIndexByte(before, '.')+1:]; second {
	case "co", "com", "edu", "it", "net", "org":
		if last != ".com" && len(second) < len(before) {
			endings[1] = host[dot-len(second)-1:]
		}
	}
	return endings
}

// source returns the site that a link gives as its source, as a name such as
// "google" or as a host, or nil.
func (d directory) source(source string) *site {
	if s := d.sources[source]; s != nil {
		return s
	}
	if strings.Contains(source, ".") {
		return d.host(source)
	}
	return nil
}
