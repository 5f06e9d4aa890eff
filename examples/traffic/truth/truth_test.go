package truth

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"
)

// at is a request sent at a second and answered 10 ms later.
func at(second int) Moment {
	sent := time.Duration(second) * time.Second
	return Moment{sent, sent + 10*time.Millisecond}
}

func price(lines map[string]int64) (int64, string) {
	var sum int64
	for _, n := range lines {
		sum += 100 * n
	}
	return sum, "EUR"
}

func TestJournalsAreCountedByTheDefinitions(t *testing.T) {
	ada := &Journal{Price: price}
	ada.Begin(Origin{Source: "Google", Device: "desktop", Platform: "web"}, at(0))
	ada.Active(at(0), 0)
	ada.Viewed("/")
	ada.Engaged(4 * time.Second)
	ada.Active(at(30), 0)
	ada.Added("sencha", 2)
	ada.Viewed("/")
	ada.Active(at(50), 0)
	ada.LoggedIn("ada")
	ada.Ordered()
	ada.Viewed("/order")
	ada.LoginFailed()
	ada.Begin(Origin{Device: "desktop", Platform: "web"}, at(5000)) // came back, still logged in
	ada.Active(at(5000), 0)
	ada.Viewed("/order")
	ada.Engaged(10 * time.Second) // not a bounce
	ada.LoggedOut()

	bob := &Journal{Price: price}
	bob.Begin(Origin{Device: "mobile", Platform: "web"}, at(10))
	bob.Active(at(10), 0)
	bob.Viewed("/")
	bob.Active(at(20), time.Second) // a page that there is not
	bob.Skipped("prefetch")

	app := &Journal{Price: price}
	app.Begin(Origin{Device: "mobile", Platform: "app"}, at(10))
	app.Active(at(10), 0)
	app.Added("sencha", 1)
	app.Added("hojicha", 3)
	app.Removed("sencha")
	app.Shown("home")
	app.Shown("home")

	gone := &Journal{Price: price}
	gone.Begin(Origin{Platform: "app"}, at(10))
	gone.Added("sencha", 1)
	gone.Removed("sencha")

	bot := &Journal{Bot: true, Price: price}
	bot.Begin(Origin{}, at(0))
	bot.Viewed("/")
	crawler := &Journal{}
	crawler.Skipped("bot")

	got := Of([]*Journal{ada, bob, app, gone, bot, crawler})
	d := got.Duration
	got.Duration = Spread{}
	want := Truth{
		Visits: 5, Visitors: 4, Users: 1, NewVisits: 4, WithView: 4, Views: 7, Actions: 9, Bounces: 1, SinglePage: 2,
		EngagedVisits: 2, EngagementSum: 14 * time.Second,
		Purchases: 1, Revenue: map[string]int64{"EUR": 200},
		ActionsByName: map[string]int64{"cart.changed": 6, "login.started": 1, "checkout.completed": 1, "purchase": 1},
		Pages: map[string]*Page{
			"/":      {Views: 3, Visits: 2, Entries: 2, Exits: 1, Bounces: 1},
			"/order": {Views: 2, Visits: 2, Entries: 1, Exits: 2},
		},
		Screens: map[string]*Page{"home": {Views: 2, Visits: 1, Entries: 1, Exits: 1}},
		VisitsByDimension: map[string]map[string]int64{
			"source": {"Google": 1, "": 4}, "medium": {"": 5}, "campaign": {"": 5}, "channel": {"": 5}, "browser": {"": 5},
			"platform": {"web": 3, "app": 2}, "device": {"desktop": 2, "mobile": 2, "": 1}, "login": {"yes": 2, "no": 3},
		},
		Carts:     Carts{Standing: 1, Ordered: 1, Emptied: 1, Value: map[string]int64{"EUR": 300}},
		Lifecycle: Lifecycle{Sessions: 5, Logins: 1, Failures: 1, Logouts: 1},
		Bots:      Bots{Visits: 1, Views: 1},
		Skipped:   map[string]int64{"prefetch": 1, "bot": 1},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
		for name, p := range got.Pages {
			t.Logf("%s: %v", name, p)
		}
	}

	// Sent at 0 s and at 50 s, each answered within 10 ms, and cut to milliseconds.
	// What the shop may note a second late is bounded accordingly.
	each := []Interval{{49989, 50012}, {0, 12}, {8989, 10012}, {0, 12}, {0, 12}}
	if !slices.Equal(d.Each, each) || d.Sum != (Interval{58978, 60060}) || d.Median != (Interval{0, 12}) || d.Visits != 5 {
		t.Errorf("%+v", d)
	}
}

func TestQuantilesLieBetweenTheValuesNextToTheirRank(t *testing.T) {
	got := map[float64]int64{}
	for _, q := range []float64{0, 0.25, 0.5, 0.95, 1} {
		got[q] = quantile([]int64{10, 20, 30, 41}, q)
	}
	// Ranks 0, 0.75, 1.5, 2.85 and 3: 10 + 0.75 × 10 = 17.5, up; 30 + 0.85 × 11 = 39.35.
	if want := map[float64]int64{0: 10, 0.25: 18, 0.5: 25, 0.95: 39, 1: 41}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if quantile(nil, 0.5) != 0 {
		t.Error("a quantile of nothing")
	}
}
