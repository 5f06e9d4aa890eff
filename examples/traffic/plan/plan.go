package plan

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

// New returns a plan for the given number of visitors.
func New(seed uint64, visitors int) []Visitor {
	plan := make([]Visitor, visitors)
	for i := range plan {
		// Each visitor is drawn from a stream of its own: that there are more
		// visitors changes nothing for the ones before.
		plan[i] = newVisitor(chance{rand.New(rand.NewPCG(seed, uint64(i)))}, i)
	}
	return plan
}

func newVisitor(c chance, number int) Visitor {
	v := Visitor{Kind: kindOf(c), Language: one(c, []string{"de-DE,de;q=0.9,en;q=0.5", "en-GB,en;q=0.9", "en-US,en;q=0.8", "fr", "ja,en;q=0.4"})}
	switch v.Kind {
	case Crawler:
		v.Agent = weighted(c, crawlers)
		v.Visits = []Visit{{Source: Direct, Steps: crawl(c)}}
		return v
	case CookieBot:
		v.Agent = weighted(c, headless)
		v.Visits = []Visit{{Source: Direct, Steps: append([]Step{{Do: Collect}}, pages(c, 1+c.IntN(4))...)}}
		return v
	case Downloader:
		v.Agent = weighted(c, tools)
		v.Visits = []Visit{{Source: Direct, Steps: pages(c, 1+c.IntN(3))}}
		return v
	case App:
		v.Agent = weighted(c, apps)
	case Person:
		v.Agent = weighted(c, browsers)
	}
	if c.of(0.35) {
		v.User = fmt.Sprintf("user-%d", number/4) // some have two devices
	}
	p := &person{chance: c, visitor: &v, cart: map[string]int64{}}
	for range visitsOf(c) {
		p.visit()
	}
	return v
}

func kindOf(c chance) Kind {
	switch p := c.Float64(); {
	case p < 0.70:
		return Person
	case p < 0.84:
		return App
	case p < 0.93:
		return Crawler
	case p < 0.97:
		return CookieBot
	}
	return Downloader
}

// visitsOf returns how often somebody comes.
func visitsOf(c chance) int {
	if c.of(0.65) {
		return 1
	}
	return 1 + c.upTo(3)
}

func crawl(c chance) []Step {
	return append([]Step{{Do: Miss, Path: "/robots.txt"}}, pages(c, 1+c.IntN(8))...)
}

// pages opens n pages, at least one, one after another and the first at once.
func pages(c chance, n int) []Step {
	steps := make([]Step, n)
	for i := range steps {
		steps[i] = Step{Do: Open, Path: anyPage(c), Think: c.think()}
	}
	steps[0].Think = 0
	return steps
}

func anyPage(c chance) string {
	if c.of(0.5) {
		return "/tea/" + one(c, skus)
	}
	return one(c, []string{"/", "/", "/", "/cart", "/login", "/rewards"})
}

var skus = slices.Sorted(maps.Keys(prices))
