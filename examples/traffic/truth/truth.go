package truth

import (
	"fmt"
	"time"
)

// Truth is what the reports must say about one run. Dimensions with a single value,
// the empty one, stand for themselves.
type Truth struct {
	Shop string `json:"shop"`
	Seed uint64 `json:"seed"`

	// The period, in which no other visits were made.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`

	VisitIdle time.Duration `json:"visit_idle_ns"`
	Complete  bool          `json:"complete"` // the whole plan was carried out
	Requests  int64         `json:"requests"`

	// Unsure is how many requests were not answered as they should, or so late that
	// it is not known to which visit they belong: unless it is 0, numbers may differ.
	Unsure int64 `json:"unsure"`

	Visits     int64 `json:"visits"`
	Visitors   int64 `json:"visitors"`
	Users      int64 `json:"users"`
	NewVisits  int64 `json:"new_visits"`
	WithView   int64 `json:"with_view"`
	Views      int64 `json:"views"`
	Actions    int64 `json:"actions"`
	Bounces    int64 `json:"bounces"`
	SinglePage int64 `json:"single_page"`

	Duration          Spread                      `json:"duration"`
	EngagedVisits     int64                       `json:"engaged_visits"` // with a beacon
	EngagementSum     time.Duration               `json:"engagement_ns"`
	Purchases         int64                       `json:"purchases"`
	Revenue           map[string]int64            `json:"revenue"`
	ActionsByName     map[string]int64            `json:"actions_by_name"`
	Pages             map[string]*Page            `json:"pages"`
	Screens           map[string]*Page            `json:"screens"`
	VisitsByDimension map[string]map[string]int64 `json:"visits_by"`

	Carts     Carts            `json:"carts"`
	Lifecycle Lifecycle        `json:"lifecycle"`
	Bots      Bots             `json:"bots"`
	Skipped   map[string]int64 `json:"skipped"` // views that were not recorded, by reason

	// SkippedBefore is what the shop's ledger, which knows no period, had skipped
	// before the run.
	SkippedBefore map[string]int64 `json:"skipped_before"`
}

// Page is how a page or screen did.
type Page struct {
	Views   int64 `json:"views"`
	Visits  int64 `json:"visits"`
	Entries int64 `json:"entries"`
	Exits   int64 `json:"exits"`
	Bounces int64 `json:"bounces"` // of the entries
}

// Carts is how carts ended. One that stands is open or abandoned, as the idle time
// says that the report is asked for.
type Carts struct {
	Standing int64 `json:"standing"`
	Ordered  int64 `json:"ordered"`
	Emptied  int64 `json:"emptied"`

	Value map[string]int64 `json:"value"` // of those that stand, by currency
}

// Lifecycle is what became of sessions and logins, those of bots included.
type Lifecycle struct {
	Sessions int64 `json:"sessions"`
	Logins   int64 `json:"logins"`
	Failures int64 `json:"failures"`
	Logouts  int64 `json:"logouts"`
}

// Bots is what bots did that keep their cookies.
type Bots struct {
	Visits int64 `json:"visits"`
	Views  int64 `json:"views"`
}

// String returns the numbers in the order of the fields.
func (p Page) String() string {
	return fmt.Sprintf("%d %d %d %d %d", p.Views, p.Visits, p.Entries, p.Exits, p.Bounces)
}
