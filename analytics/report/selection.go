package report

import "time"

// Selection says which visits a question is about: those that started from From
// on and before To, and that Where lets through. A zero time is no bound.
type Selection struct {
	From, To time.Time
	Where    Filter

	// Location is whose days and hours are meant, by the dimensions by time and in
	// an answer. Nil: UTC.
	Location *time.Location

	// Bots asks for the visits of bots, in place of the others.
	Bots bool
}

// Filter is a condition on a visit. The zero Filter lets every visit through. Of
// All, Any, Not and Field one is used at most; a Filter with more is refused.
type Filter struct {
	All []Filter `json:"all,omitempty"` // every one holds
	Any []Filter `json:"any,omitempty"` // at least one holds
	Not *Filter  `json:"not,omitempty"` // it does not hold

	Field  Field    `json:"field,omitempty"`
	Op     Op       `json:"op,omitempty"`
	Values []string `json:"values,omitempty"`
}

// Field is what a condition looks at, in a visit: one of the dimensions by name,
// such as "source", or one of the fields here.
type Field string

// The fields beside the dimensions. "arm:" is followed by the name of an
// experiment; what it looks at is the arm that the visitor was assigned to, at any
// time.
const (
	FieldUser       Field = "user"
	FieldSession    Field = "session"
	FieldPage       Field = "page"       // the path of any page that was viewed
	FieldRoute      Field = "route"      // the route of any page; of one without, its path
	FieldScreen     Field = "screen"     // any screen
	FieldAction     Field = "action"     // the name of any action, see [Actions]
	FieldViews      Field = "views"      // how many
	FieldActions    Field = "actions"    // how many
	FieldDuration   Field = "duration"   // in seconds; no condition holds for a visit under way
	FieldEngagement Field = "engagement" // in seconds; no condition holds for a visit without a beacon
	FieldArm        Field = "arm:"
)

// Op is how a condition compares. Where a visit has several values, such as the
// pages it viewed, one that fits is enough, and for IsNot none of them may be among
// the values. A visit that has no value has the empty one.
type Op string

// The comparisons. Text compares byte by byte; Matches takes * for any run of
// characters, also of none. AtLeast and LessThan take one decimal number and go
// with fields that count or measure; they are the only ones that do.
const (
	Is       Op = "is"     // one of the values
	IsNot    Op = "is not" // none of the values
	Matches  Op = "matches"
	AtLeast  Op = "at least"
	LessThan Op = "less than"
)

// Dimension is what visits are told apart by.
type Dimension string

// The dimensions. Of those by time the value is the local moment at which the
// period began that the visit started in, as 2006-01-02T15:04 for hours and
// 2006-01-02 for the others; weeks begin on Monday.
const (
	BySource   Dimension = "source"   // see channel.Source; empty: direct
	ByMedium   Dimension = "medium"   // utm_medium
	ByCampaign Dimension = "campaign" // utm_campaign
	ByTerm     Dimension = "term"
	ByContent  Dimension = "content"
	ByChannel  Dimension = "channel" // see package channel
	ByReferrer Dimension = "referrer"
	ByPlatform Dimension = "platform"
	ByDevice   Dimension = "device"
	ByBrowser  Dimension = "browser"
	ByOS       Dimension = "os"
	ByLanguage Dimension = "language"
	ByBot      Dimension = "bot"     // why; empty for people
	ByEntry    Dimension = "entry"   // path or screen of the first view; empty without a view
	ByExit     Dimension = "exit"    // of the last view
	ByVisitor  Dimension = "visitor" // new or returning
	ByLogin    Dimension = "login"   // yes or no: has the visit a user
	ByEnd      Dimension = "end"     // the reason, or "under way"; "unknown" where the event was lost

	ByHour  Dimension = "hour"
	ByDay   Dimension = "day"
	ByWeek  Dimension = "week"
	ByMonth Dimension = "month"
)

// Step is something that a visit can do: what is named of it, a view or an
// action. Exactly one of the fields is set. * stands for any run of characters.
type Step struct {
	Page   string `json:"page,omitempty"`   // a path
	Route  string `json:"route,omitempty"`  // a route; of a page without one, its path
	Screen string `json:"screen,omitempty"` // of an app
	Action string `json:"action,omitempty"` // see [Actions]
}

// Scope is whose doings are put together.
type Scope string

// The scopes.
const (
	PerVisit   Scope = "visit"
	PerVisitor Scope = "visitor"
)
