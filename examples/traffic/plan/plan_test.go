package plan

import (
	"maps"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/agent"
	"github.com/sojourn-go/sojourn/analytics/channel"
)

func TestASeedAlwaysGivesTheSamePlan(t *testing.T) {
	a, b := New(7, 300), New(7, 300)
	if !reflect.DeepEqual(a, b) {
		t.Error("two plans from one seed differ")
	}
	if !reflect.DeepEqual(a[:100], New(7, 100)) {
		t.Error("more visitors change the plan of those before")
	}
	if reflect.DeepEqual(a, New(8, 300)) {
		t.Error("another seed gives the same plan")
	}
}

func TestAPlanHasSomethingOfEverything(t *testing.T) {
	doings, kinds, channels := map[Doing]int{}, map[Kind]int{}, map[string]int{}
	devices, returning := map[string]int{}, 0
	users := map[string]int{}
	for _, v := range New(1, 1000) {
		kinds[v.Kind]++
		devices[v.Agent.Device]++
		users[v.User]++
		if len(v.Visits) > 1 {
			returning++
		}
		for _, visit := range v.Visits {
			channels[visit.Source.Channel]++
			for _, s := range visit.Steps {
				doings[s.Do]++
			}
		}
	}
	if len(kinds) != 5 || len(doings) != 14 || len(channels) != 9 || len(devices) != 4 || returning < 100 {
		t.Errorf("%v\n%v\n%v\n%v\n%d come back", kinds, doings, channels, devices, returning)
	}
	delete(users, "")
	if !slices.ContainsFunc(slices.Collect(maps.Values(users)), func(n int) bool { return n > 1 }) {
		t.Error("nobody has two devices")
	}
}

// The steps of a plan make sense one after another: who carries it out can count on
// what each of them does.
func TestStepsMakeSenseAfterThoseBefore(t *testing.T) {
	for number, v := range New(3, 2000) {
		cart, login, known := map[string]bool{}, false, false
		for i, visit := range v.Visits {
			if (i == 0) != (visit.Pause == 0) || i > 0 && visit.Pause < 1.3 {
				t.Fatalf("visitor %d: pause of %v before visit %d", number, visit.Pause, i)
			}
			if len(visit.Steps) == 0 || visit.Steps[0].Think != 0 {
				t.Fatalf("visitor %d: visit %d begins with %+v", number, i, visit.Steps)
			}
			for _, s := range visit.Steps {
				switch s.Do {
				case Add:
					cart[s.SKU] = true
				case Remove:
					if !cart[s.SKU] {
						t.Errorf("visitor %d removes what they do not have", number)
					}
					delete(cart, s.SKU)
				case Checkout:
					if len(cart) == 0 {
						t.Errorf("visitor %d orders nothing", number)
					}
					clear(cart)
				case Login:
					if login || v.User == "" {
						t.Errorf("visitor %d logs in as %q, logged in: %v", number, v.User, login)
					}
					login = true
				case Logout:
					if !login {
						t.Errorf("visitor %d logs out before a login", number)
					}
					login = false
				case Show:
					if !known {
						t.Errorf("visitor %d shows a screen before there is a session", number)
					}
				case Open, Reload, Prefetch, Miss, WrongPassword, Subscribe, Collect, Leave:
				}
				known = true
				if s.Think > MaxThink {
					t.Errorf("visitor %d thinks for %v", number, s.Think)
				}
			}
		}
	}
}

// What the plan says that visitors are to be counted as is what the packages that
// count make of the headers.
func TestAgentsAreWhatTheyAreToBeCountedAs(t *testing.T) {
	for _, a := range slices.Concat(browsers, apps) {
		got := agent.Parse(a.Header)
		if got.Bot != "" || got.Browser != a.Browser || got.Device != a.Device {
			t.Errorf("%s\nis taken for %+v", a.Header, got)
		}
	}
	for _, a := range slices.Concat(crawlers, headless, tools) {
		if agent.Parse(a.Header).Bot == "" {
			t.Errorf("%s\nis not known for a bot", a.Header)
		}
	}
}

func TestSourcesAreWhatTheyAreToBeCountedAs(t *testing.T) {
	for _, s := range sources {
		q, err := url.ParseQuery(s.Query)
		if err != nil {
			t.Fatal(err)
		}
		from, err := url.Parse(s.Referrer)
		if err != nil {
			t.Fatal(err)
		}
		o := analytics.Origin{
			Source: q.Get("utm_source"), Medium: q.Get("utm_medium"), Campaign: q.Get("utm_campaign"), Term: q.Get("utm_term"),
			Referrer: strings.TrimPrefix(from.Host, "www."),
		}
		if q.Has("gclid") {
			o.Click = "gclid"
		}
		if got := channel.Of(o); string(got) != s.Channel {
			t.Errorf("%+v is of channel %q", s, got)
		}
		if got := channel.Source(o); got != s.Name {
			t.Errorf("%+v is of source %q", s, got)
		}
		if o.Medium != s.Medium || o.Campaign != s.Campaign {
			t.Errorf("%+v has medium %q and campaign %q", s, o.Medium, o.Campaign)
		}
	}
}

func TestPricesAreThoseOfTheShop(t *testing.T) {
	text, err := os.ReadFile("../../shop/catalogue.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	entry := regexp.MustCompile(`(?m)^\t\t"([a-z-]+)", ".*\n\t\t(\d+), \d+, \d+,`)
	for _, m := range entry.FindAllStringSubmatch(string(text), -1) {
		cents, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		found[m[1]] = cents
	}
	if !maps.Equal(found, prices) {
		t.Errorf("the shop has\n%v\nthe plan\n%v", found, prices)
	}
}
