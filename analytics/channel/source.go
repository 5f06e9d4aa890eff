package channel

import (
	"strings"

	"github.com/sojourn-go/sojourn/analytics"
)

// Source returns the name by which people know where o came from: what a tagged link
// gives as its source, else the site that led here, else the one that a click's ID is
// of, else "". A site that the lists know has the name that they give it, such as
// Google; another source is in lower case, and another site is its host.
func Source(o analytics.Origin) string {
	source := normal(o.Source)
	if s, _ := tagged(source); s != nil {
		return s.name
	}
	if source != "" {
		return source
	}
	host := normal(o.Referrer)
	if s := sites().host(host); s != nil {
		return s.name
	}
	if c := clicks[normal(o.Click)]; c != nil && host == "" {
		return c.name
	}
	return host
}

// traits are what the rules look at, in lower case.
type traits struct {
	source   string
	medium   string
	campaign string
	kind     kind // of the site that o came from; empty if that is not known
	paid     bool
}

func read(o analytics.Origin) traits {
	t := traits{source: normal(o.Source), medium: normal(o.Medium), campaign: normal(o.Campaign)}
	t.paid = paidMedium(t.medium)
	s, advertised := tagged(t.source)
	c := clicks[normal(o.Click)]
	if s == nil && (t.medium == "" || t.paid) {
		if host := normal(o.Referrer); host != "" {
			s = sites().host(host)
		} else if c != nil {
			s = &c.site
		}
	}
	if s != nil {
		t.kind = s.kind
	}
	t.paid = t.paid || advertised || c.bought(s)
	return t
}

// tagged returns the site that a link gives as its source, or nil, and whether the
// link says so as the advertisements of that site do: adwords, facebook_ads.
func tagged(source string) (s *site, advertised bool) {
	if s := sites().source(source); s != nil {
		return s, source == "adwords"
	}
	if stem, ok := strings.CutSuffix(source, "ads"); ok {
		s = sites().source(strings.TrimRight(stem, "-_. "))
	}
	return s, s != nil
}

// normal returns s in lower case, without white space around it.
func normal(s string) string {
	return strings.ToLower(strings.TrimSpace(s))
}
