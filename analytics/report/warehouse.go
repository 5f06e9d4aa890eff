package report

import (
	"context"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
)

// Warehouse answers the questions that reports are made of, as the documentation
// of package analytics defines what is counted. All methods are safe for
// concurrent use. A question with a fault, such as an unknown field, gets an error
// that wraps [ErrQuestion]; its answer has no rows where there is nothing to tell.
//
// Answers are exact. What a question leaves out, its answer counts.
// reporttest.Run checks that a warehouse keeps to all this.
type Warehouse interface {
	// Totals returns what the selected visits come to, in groups: one for each
	// combination of values of the dimensions that occurs, or one alone without
	// dimensions, also when no visit is selected. Groups are in the order of their
	// visits, the most first, and then of their key.
	Totals(ctx context.Context, q TotalsQuery) ([]Group, error)

	// Hours returns, for every local hour in which a selected visit was active,
	// what happened in it, the earliest first.
	Hours(ctx context.Context, q HoursQuery) ([]Hour, error)

	// Pages returns the pages, routes or screens that the selected visits viewed,
	// the most viewed first and then by name.
	Pages(ctx context.Context, q PagesQuery) ([]Page, error)

	// Actions returns the actions that the selected visits took, the most frequent
	// first and then by name. Events other than action.taken go by their type.
	Actions(ctx context.Context, q ActionsQuery) ([]Action, error)

	// Funnel returns how far the selected visits, or visitors, came: a row a step.
	Funnel(ctx context.Context, q FunnelQuery) ([]FunnelStep, error)

	// Paths returns the sequences of pages (screens by their name) with which the
	// selected visits began or went on, the most frequent first and then by their
	// pages.
	Paths(ctx context.Context, q PathsQuery) ([]Path, error)

	// Cohorts returns the cohorts whose visitors' first visit is selected, the
	// earliest first.
	Cohorts(ctx context.Context, q CohortsQuery) ([]Cohort, error)

	// Experiment returns how the arms did, by name.
	Experiment(ctx context.Context, q ExperimentQuery) ([]Arm, error)

	// Carts returns the carts that were last changed in a period, the latest first.
	Carts(ctx context.Context, q CartsQuery) (Carts, error)

	// Lifecycle returns what became of sessions, logins and credentials, a row for
	// each local hour in which something did, the earliest first.
	Lifecycle(ctx context.Context, q LifecycleQuery) ([]LifecycleHour, error)

	// Visitors returns the visitors or users that meet all conditions, by ID.
	Visitors(ctx context.Context, q VisitorsQuery) ([]Visitor, error)

	// Live returns what goes on at the given moment.
	Live(ctx context.Context, now time.Time) (Live, error)

	// Ledger returns what became of the events received.
	Ledger(ctx context.Context) (Ledger, error)
}

// TotalsQuery is a question for [Warehouse.Totals].
type TotalsQuery struct {
	Selection
	By        []Dimension // up to 2, different
	Goal      *Step
	Quantiles []float64 // of the spreads, each 0 to 1
	Limit     int       // of groups; 0: all. What lies beyond is left out.
}

// Group is what the visits with one combination of values come to.
type Group struct {
	Key []string // one value a dimension
	Totals
}

// Totals is what a set of visits comes to.
type Totals struct {
	Visits     int64
	UnderWay   int64 // of the visits
	Visitors   int64
	Users      int64
	WithUser   int64 // visits
	NewVisits  int64
	WithView   int64 // visits
	Views      int64
	Actions    int64
	Judged     int64  // visits that are over and have a view
	Bounces    int64  // of Judged
	SinglePage int64  // of Judged
	Duration   Spread // over the visits that are over
	Engagement Spread // over the visits with a beacon that are over
	Purchases  int64
	Revenue    map[string]int64 // by currency, in its smallest unit
	Converted  int64            // visits with the goal
}

// Spread tells how the values of a metric lie.
type Spread struct {
	N   int64 // over how many
	Sum time.Duration
	At  []time.Duration // the quantiles asked for, in whole milliseconds; nil where N is 0
}

// HoursQuery is a question for [Warehouse.Hours].
type HoursQuery struct {
	Selection
}

// Hour is what happened in one hour of the local clock. An hour that the clock
// goes through twice, when daylight saving ends, is two.
type Hour struct {
	Start   time.Time
	Active  int64 // visits that have the hour between their start and last activity
	Started int64 // visits
	Views   int64
	Actions int64
}

// PageKind is what views are told apart by.
type PageKind string

// The kinds. A page without a route goes by its path where routes are asked for.
const (
	ByPath   PageKind = "path"
	ByRoute  PageKind = "route"
	ByScreen PageKind = "screen"
)

// PagesQuery is a question for [Warehouse.Pages].
type PagesQuery struct {
	Selection
	Kind      PageKind
	Quantiles []float64
	Limit     int // of rows; 0: all
}

// Page is how one page did. Of an answer by path or route, screens are left out,
// and the reverse; entries, exits and gaps between views are those among all views
// of the visit.
type Page struct {
	Name     string
	Views    int64
	Visits   int64
	Visitors int64
	Entries  int64
	Exits    int64  // of visits that are over
	Judged   int64  // entries of visits that are over
	Bounces  int64  // of Judged
	Time     Spread // over the views whose time is known; the others are Views - Time.N
}

// ActionsQuery is a question for [Warehouse.Actions].
type ActionsQuery struct {
	Selection
	Limit int // of rows; 0: all
}

// Action is how often something was done.
type Action struct {
	Name     string
	Count    int64
	Visits   int64
	Visitors int64
	Revenue  map[string]int64 // by currency; of purchases
}

// FunnelQuery is a question for [Warehouse.Funnel].
type FunnelQuery struct {
	Selection
	Steps     []Step        // 1 to 10
	Scope     Scope         // empty: PerVisit
	Within    time.Duration // from the first step to the last; 0: any time
	Quantiles []float64
}

// FunnelStep is one step of a funnel.
type FunnelStep struct {
	Reached int64
	Between Spread // since the step before; N is 0 for the first
}

// PathsQuery is a question for [Warehouse.Paths].
type PathsQuery struct {
	Selection
	After  string // paths begin with the first view of this page; empty: with the visit
	Length int    // of views in a path, 1 to 10; the same page twice in a row is one
	Limit  int    // of rows; 0: all
}

// Path is a sequence of pages. One that is shorter than was asked for ended there,
// or has got no further yet.
type Path struct {
	Pages  []string
	Visits int64
}

// CohortsQuery is a question for [Warehouse.Cohorts]. Its Selection is about the
// first visits; of the later ones all count, but for those of bots.
type CohortsQuery struct {
	Selection
	Every   Dimension // ByDay, ByWeek or ByMonth
	Periods int       // 1 to 60, the first one included
}

// Cohort are the visitors whose first visit started in one period.
type Cohort struct {
	Start    time.Time
	Visitors int64

	// Returned tells how many had a visit in each period, the cohort's own first:
	// that is all of them. It ends with the period of the newest event; Open tells
	// whether that is the last one here, which may then still grow.
	Returned []int64
	Open     bool
}

// ExperimentQuery is a question for [Warehouse.Experiment]. Its Selection is about
// the visits in which visitors were exposed; From and To about the exposures.
type ExperimentQuery struct {
	Selection
	Name string
	Goal Step // after the exposure, at any time before To
}

// Arm is how the visitors did who were assigned to one arm. One who was exposed to
// two counts for the earlier.
type Arm struct {
	Name      string
	Exposed   int64
	Converted int64
}

// CartsQuery is a question for [Warehouse.Carts].
type CartsQuery struct {
	Selection               // From and To are about the last change; Where about its visit
	Now       time.Time     // to which the idle time is measured; zero: the newest event
	Idle      time.Duration // after which an open cart is abandoned; 0: 1 h
	Abandoned bool          // list those only
	Limit     int           // of the list; 0: all
}

// Carts is how carts ended. A cart begins with its first line and ends when it is
// ordered or empty.
type Carts struct {
	Open      int64
	Abandoned int64
	Ordered   int64
	Emptied   int64
	Value     map[string]int64 // of those abandoned, by currency
	Unpriced  int64            // of those abandoned: with a line that has no price
	List      []Cart
}

// Cart is one cart, as far as events tell.
type Cart struct {
	ID      string           `json:"id"` // stable: session and moment of its first line
	Session string           `json:"session"`
	User    string           `json:"user,omitempty"` // of the latest event of the session that names one; may be empty
	State   CartState        `json:"state"`
	Lines   map[string]int64 `json:"lines"` // as last known; of one that was ordered, when it was
	Value   map[string]int64 `json:"value"` // of the lines that have a price, by currency
	Began   time.Time        `json:"began"`
	Changed time.Time        `json:"changed"`
	Active  time.Time        `json:"active"` // latest known activity of the session
}

// CartState is what became of a cart.
type CartState string

// The states.
const (
	CartOpen      CartState = "open"
	CartAbandoned CartState = "abandoned"
	CartOrdered   CartState = "ordered"
	CartEmptied   CartState = "emptied"
)

// LifecycleQuery is a question for [Warehouse.Lifecycle]. From and To are about
// the events. With a condition in Where, events outside of selected visits are
// left out; without one all count, those of bots and of no visit too.
type LifecycleQuery struct {
	Selection
}

// LifecycleHour is what became of sessions, logins and credentials in an hour.
type LifecycleHour struct {
	Start           time.Time
	SessionsStarted int64
	SessionsEnded   map[analytics.Reason]int64
	LoginsStarted   int64
	LoginsFailed    int64
	LoginsEnded     map[analytics.Reason]int64
	Reauthenticated int64
	Reused          int64 // credential.reused
	Unknown         int64 // credential.unknown
}

// VisitorsQuery is a question for [Warehouse.Visitors]. A zero condition holds for
// all.
type VisitorsQuery struct {
	Selection      // the visits that count
	Users     bool // ask for users, not for visitors

	LastBefore    time.Time // the last visit's activity is before this
	MinVisits     int64
	MinEngagement time.Duration // sum over the visits
	MinDuration   time.Duration // sum over the visits
	Action        string        // that was taken at least MinCount times
	MinCount      int64
	MinStreak     int // days in a row with a visit, at some time
}

// Visitor is what one visitor, or user, has done in the visits asked for.
type Visitor struct {
	ID         string    // a session's, or the user
	User       string    // of the visitor's latest visit with one
	First      time.Time // start of the first visit
	Last       time.Time // last activity
	Visits     int64
	Duration   time.Duration // sum
	Engagement time.Duration // sum of what is known
	Count      int64         // of the action asked for
	Streak     Streak        // the longest; of two, the later
}

// Streak is a run of days with a visit, by the day on which the visits started.
type Streak struct {
	Days  int
	Start time.Time // beginning of the first of them, local
}

// Live is what goes on at a moment: visits with activity in the last 5 minutes
// that have not ended.
type Live struct {
	Visits   int64      `json:"visits"`
	Visitors int64      `json:"visitors"`
	Users    int64      `json:"users"`
	Pages    []LivePage `json:"pages"` // by the view that each visit had last, the most first, then by name
}

// LivePage is how many are on one page or screen.
type LivePage struct {
	Name   string `json:"name"`
	Visits int64  `json:"visits"`
}

// Ledger is what became of the events that a warehouse was given:
// Received = the sum of Stored + the sum of Dropped, at all times.
type Ledger struct {
	Received int64                    `json:"received"`
	Stored   map[analytics.Type]int64 `json:"stored"`
	Dropped  map[Drop]int64           `json:"dropped"`

	// Lost is how many events never came: the feed dropped them unread, as its
	// feed.gap events tell.
	Lost int64 `json:"lost"`

	// Skipped is how many page views were not recorded in the first place, by
	// reason, as page.skipped events tell.
	Skipped map[string]int64 `json:"skipped"`

	Newest time.Time `json:"newest,omitzero"` // the latest moment of an event stored; zero: none
}

// Drop is why an event was not stored.
type Drop string

// The reasons.
const (
	DropDuplicate Drop = "duplicate" // it was stored before
	DropExpired   Drop = "expired"   // it is older than what is kept
	DropInvalid   Drop = "invalid"   // what its type must have is missing, such as a session, or cannot be, such as the year 10000
	DropOutside   Drop = "outside"   // a view, an action or an exposure outside of any visit
	DropUnknown   Drop = "unknown"   // its type is not known
)
