package plan

import "time"

// Visitor is one browser, app install or program.
type Visitor struct {
	Kind     Kind
	Agent    Agent
	Language string // of Accept-Language
	User     string // who logs in with it, if somebody does
	Visits   []Visit
}

// Kind is how a visitor talks to the shop.
type Kind string

// The kinds.
const (
	Person     Kind = "person"     // a browser, on the pages
	App        Kind = "app"        // an app, on the JSON API
	Crawler    Kind = "crawler"    // a bot that keeps no cookies
	CookieBot  Kind = "cookie bot" // one that keeps them
	Downloader Kind = "downloader" // a tool that takes whatever it gets, and so navigates nowhere
)

// Visit is a stretch of activity. Who comes back does so after a pause.
type Visit struct {
	Source Source
	Pause  float64 // before it, in idle times of a visit; 0 for the first
	Steps  []Step
}

// Step is one thing that a visitor does, after thinking for a while.
type Step struct {
	Do       Doing
	Think    time.Duration // before it
	Path     string        // of a page
	Screen   string
	SKU      string
	Quantity int64

	// Beacon has the page, or the one that the step leads to, tell for how long it
	// was looked at: until the next step.
	Beacon bool
}

// Doing is what a step does.
type Doing string

// What there is to do. A browser does it with forms and links, an app with the
// JSON API.
const (
	Open          Doing = "open"   // a page, by a link
	Reload        Doing = "reload" // the page again
	Prefetch      Doing = "prefetch"
	Miss          Doing = "miss"   // a page that there is not
	Show          Doing = "show"   // a screen
	Add           Doing = "add"    // to the cart
	Remove        Doing = "remove" // a line from the cart
	Checkout      Doing = "check out"
	Login         Doing = "log in"
	WrongPassword Doing = "mistype the password"
	Logout        Doing = "log out"
	Subscribe     Doing = "subscribe"
	Collect       Doing = "collect" // a point, and a session with it
	Leave         Doing = "leave"   // close the page
)
