package sqlite

import (
	"strconv"
	"time"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
)

// place is where an event of a type belongs.
type place int

const (
	anywhere  place = iota
	inSession       // invalid without a session
	inVisit         // and outside of what counts without a visit
	ofVisit         // and invalid without a visit
)

// requirement is what a type of event must have, beside a time.
type requirement struct {
	place    place
	complete func(a map[string]string) bool // nil: attributes do not matter
}

// requirements are those of the types that are known.
var requirements = map[analytics.Type]requirement{
	analytics.FeedGap:     {anywhere, func(a map[string]string) bool { return isCount(a["lost"]) }},
	analytics.PageSkipped: {anywhere, func(a map[string]string) bool { return isCount(a["count"]) }},
	analytics.LoginFailed: {anywhere, nil},

	analytics.PageViewed: {inVisit, func(a map[string]string) bool {
		return a["view"] != "" && (a["path"] != "" || a["screen"] != "")
	}},
	analytics.PageEngaged: {inVisit, func(a map[string]string) bool { return a["view"] != "" && isCount(a["milliseconds"]) }},
	analytics.ActionTaken: {inVisit, func(a map[string]string) bool {
		return a["action"] != "" && (a["action"] != analytics.PurchaseAction || isPurchase(a))
	}},
	analytics.ExperimentExposed: {inVisit, func(a map[string]string) bool { return a["experiment"] != "" && a["variant"] != "" }},

	analytics.VisitStarted: {ofVisit, nil},
	analytics.VisitEnded:   {ofVisit, nil},

	analytics.CartChanged:          {inSession, func(a map[string]string) bool { return a["sku"] == "" || isInteger(a["quantity"]) }},
	analytics.CheckoutCompleted:    {inSession, nil},
	analytics.SessionStarted:       {inSession, nil},
	analytics.SessionEnded:         {inSession, nil},
	analytics.LoginStarted:         {inSession, nil},
	analytics.LoginEnded:           {inSession, nil},
	analytics.LoginReauthenticated: {inSession, nil},
	analytics.CredentialRotated:    {inSession, nil},
	analytics.CredentialReused:     {inSession, nil},
	analytics.CredentialUnknown:    {inSession, nil},
	analytics.StateConflicted:      {inSession, nil},
}

// fault returns why e cannot be counted, whenever it comes; empty: it can.
func fault(e *analytics.Event) report.Drop {
	r, known := requirements[e.Type]
	if !known {
		return report.DropUnknown
	}
	switch {
	case e.Time.IsZero(), !isMoment(e.Time.UnixMilli()), r.place != anywhere && e.Session == "", r.place == ofVisit && e.Visit == "",
		r.complete != nil && !r.complete(e.Attributes),
		e.Type == analytics.VisitEnded && (!endable(e.Reason) || !isStretch(e)):
		return report.DropInvalid
	case r.place == inVisit && e.Visit == "":
		return report.DropOutside
	}
	return ""
}

// isMoment reports whether ms is in the years from 1970 to 9999: what JSON can tell,
// and no damage.
func isMoment(ms int64) bool {
	const year10000 = 253_402_300_800_000
	return ms >= 0 && ms < year10000
}

// isStretch reports whether the moments can be that the end of a visit tells of, if it
// does: no later than itself, but for a day for clocks that differ.
func isStretch(e *analytics.Event) bool {
	const day = int64(24 * time.Hour / time.Millisecond)
	for _, name := range []string{"start", "last"} {
		if told := e.Attributes[name]; told != "" && (!isCount(told) || integer(told) > e.Time.UnixMilli()+day) {
			return false
		}
	}
	return true
}

func isPurchase(a map[string]string) bool {
	value, err := strconv.ParseInt(a["value"], 10, 64)
	return a["order"] != "" && err == nil && value >= -analytics.MaxPurchase && value <= analytics.MaxPurchase && a["currency"] != ""
}

func isPurchaseEvent(e *analytics.Event) bool {
	return e.Type == analytics.ActionTaken && e.Attributes["action"] == analytics.PurchaseAction
}

func isInteger(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

func isCount(s string) bool { return isInteger(s) && s[0] != '-' }

// integer returns the number that s is, 0 if it is none.
func integer(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
