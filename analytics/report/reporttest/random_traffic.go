package reporttest

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"github.com/sojourn-go/sojourn/analytics"
)

// The night after the second of these days has an hour less in Berlin.
func randomDay() Date { return Day("2026-03-27", "UTC") }

var randomOrigins = []analytics.Origin{
	{},
	{Source: "google", Medium: "cpc", Campaign: "spring", Device: "mobile", Platform: "web", Language: "de"},
	{Medium: "email", Device: "desktop", Browser: "Firefox", OS: "Linux"},
	{Referrer: "news.example", Device: "mobile", OS: "Android"},
	{Platform: "app", Device: "tablet"},
}

var randomGaps = []time.Duration{
	0, time.Millisecond, 999 * time.Millisecond, 9999 * time.Millisecond, 10 * time.Second, time.Minute, 7 * time.Minute, 29 * time.Minute,
}

var randomPauses = []time.Duration{
	time.Millisecond, 31 * time.Minute, 4 * time.Hour, 23*time.Hour + 59*time.Minute, 24 * time.Hour, 8 * 24 * time.Hour,
}

// traffic makes up the events of some visitors, in the order in which they
// happened to each.
type traffic struct {
	*rapid.T
	events []analytics.Event
	visits int
}

func randomTraffic(t *rapid.T) []analytics.Event {
	tr := &traffic{T: t}
	for i := range rapid.IntRange(0, 4).Draw(t, "visitors") {
		tr.visitor("s" + strconv.Itoa(i))
	}
	tr.stray()
	return tr.events
}

func (tr *traffic) draw(what string, of []time.Duration) time.Duration {
	return rapid.SampledFrom(of).Draw(tr.T, what)
}

func (tr *traffic) chance(what string, in int) bool {
	return rapid.IntRange(0, in-1).Draw(tr.T, what) == in-1
}

func (tr *traffic) text(what string, of ...string) string {
	return rapid.SampledFrom(of).Draw(tr.T, what)
}

// visitor makes up the visits of one session, one after the other.
func (tr *traffic) visitor(session string) {
	d := randomDay()
	bot := ""
	if tr.chance("bot", 6) {
		bot = "crawler"
	}
	at := time.Duration(rapid.IntRange(0, 3*24*60).Draw(tr.T, "begins")) * time.Minute
	for range rapid.IntRange(0, 4).Draw(tr.T, "visits") {
		o := rapid.SampledFrom(randomOrigins).Draw(tr.T, "origin")
		o.Bot = bot
		tr.visits++
		v := d.Visit("v" + strconv.Itoa(tr.visits)).By(session).From(o)
		if tr.chance("logged in", 4) {
			v.As(tr.text("user", "ada", "bob"))
		}
		at = tr.visit(v, at)
		tr.events = append(tr.events, v.Events()...)
		at += tr.draw("pause", randomPauses)
	}
	if tr.chance("session ends", 3) {
		tr.events = append(tr.events, d.happened(clock(at), analytics.SessionEnded, session, because(analytics.ReasonLogout)))
	}
}

// visit makes up a visit that starts at the given time, and returns when it was
// last heard of.
func (tr *traffic) visit(v *Visit, at time.Duration) time.Duration {
	v.Active(clock(at))
	for range rapid.IntRange(1, 7).Draw(tr.T, "deeds") {
		tr.deed(v, clock(at))
		at += tr.draw("gap", randomGaps)
	}
	v.Active(clock(at))
	switch tr.text("ends", "idle", "idle", "logout", "not", "start lost") {
	case "idle":
		at += 30 * time.Minute
		v.Ends(clock(at), analytics.ReasonIdle)
	case "logout":
		v.Ends(clock(at), analytics.ReasonLogout)
	case "start lost":
		v.lostStart()
	}
	return at + time.Millisecond
}

func (tr *traffic) deed(v *Visit, at string) {
	switch tr.text("deed", "view", "view", "view", "routed", "screen", "engaged", "engaged", "action", "purchase", "expose", "cart", "cart", "empty", "checkout", "login", "logout") {
	case "view":
		v.View(at, tr.text("page", "/", "/shop", "/thanks"))
	case "routed":
		n := tr.text("product", "1", "2")
		v.Routed(at, "/p/"+n, "/p/{id}")
	case "screen":
		v.Screen(at, tr.text("screen", "Home", "/shop"))
	case "engaged":
		if v.view != "" {
			v.Engaged(at, time.Duration(rapid.SampledFrom([]int{0, 500, 9999, 10_000, 2_000_000}).Draw(tr.T, "milliseconds"))*time.Millisecond)
		}
	case "action":
		v.Action(at, tr.text("action", "play", "signup"))
	case "purchase":
		v.Purchase(at, tr.text("order", "1", "2", "3"), rapid.Int64Range(0, 9999).Draw(tr.T, "value"), tr.text("currency", "EUR", "USD"))
	case "expose":
		v.Expose(at, tr.text("experiment", "button", "price"), tr.text("variant", "blue", "red"))
	case "cart":
		v.Cart(at, tr.text("sku", "mug", "pen", "book", "gift"), rapid.Int64Range(0, 3).Draw(tr.T, "quantity"))
	case "empty":
		v.EmptyCart(at)
	case "checkout":
		v.Checkout(at, "1")
	case "login":
		v.Login(at, tr.text("user", "ada", "bob"))
	case "logout":
		if v.user != "" {
			v.Logout(at)
		}
	}
}

// stray makes up events outside of visits, some of which cannot be stored.
func (tr *traffic) stray() {
	d := randomDay()
	for i := range rapid.IntRange(0, 8).Draw(tr.T, "strays") {
		at := clock(time.Duration(rapid.IntRange(0, 12*24*60).Draw(tr.T, "at"))*time.Minute + time.Duration(i)*time.Millisecond)
		session := tr.text("session", "s0", "s1", "t")
		tr.events = append(tr.events, rapid.SampledFrom([]analytics.Event{
			d.happened(at, analytics.SessionStarted, session),
			d.happened(at, analytics.LoginFailed, ""),
			d.happened(at, analytics.LoginStarted, session, func(e *analytics.Event) { e.User = "cyd" }),
			d.happened(at, analytics.LoginEnded, session, because(analytics.ReasonEvicted)),
			d.happened(at, analytics.LoginReauthenticated, session),
			d.happened(at, analytics.CredentialReused, session),
			d.happened(at, analytics.CredentialUnknown, session),
			d.happened(at, analytics.CredentialRotated, session),
			d.happened(at, analytics.StateConflicted, session),
			d.happened(at, analytics.CartChanged, session, having(map[string]string{"sku": "pen", "quantity": "1"})),
			d.happened(at, analytics.FeedGap, "", having(map[string]string{"lost": "3"})),
			d.happened(at, analytics.PageSkipped, "", having(map[string]string{"reason": "prefetch", "count": "2"})),
			d.happened(at, analytics.PageViewed, session, having(map[string]string{"view": "x", "path": "/"})),
			d.happened(at, analytics.ActionTaken, session),
			d.happened(at, "page.folded", session),
		}).Draw(tr.T, "stray"))
	}
}

// clock shows a time since the beginning of the day.
func clock(at time.Duration) string {
	ms := at.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
}

// arrivals has each event come once or more often, in any order and in up to five
// batches.
func arrivals(t *rapid.T, events []analytics.Event) [][]analytics.Event {
	if len(events) == 0 {
		return nil
	}
	again := rapid.SliceOfN(rapid.SampledFrom(events), 0, len(events)).Draw(t, "again")
	all := rapid.Permutation(slices.Concat(events, again)).Draw(t, "arrival")
	return slices.Collect(slices.Chunk(all, rapid.IntRange((len(all)+4)/5, len(all)).Draw(t, "batch")))
}
