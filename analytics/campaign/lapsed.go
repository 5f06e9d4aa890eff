package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// longestVisit is by how much a visit may start before its last activity, with
// something to spare for clocks.
const longestVisit = 25 * time.Hour

// lapseChunk is how many visitors are asked about in one question.
const lapseChunk = 200

// Lapsed is about visitors who came, and then stayed away: with at least MinVisits
// visits, and no activity for After. Each time that somebody stays away is an
// occasion.
type Lapsed struct {
	Name string // default: visitor.lapsed

	// After is how long they must have been away. It should be longer than what a
	// visit takes to end: the end of one can tell of activity that no other event
	// told of. Required.
	After time.Duration

	// MinVisits is how many visits they must have made, of those that the warehouse
	// keeps. Default: 1.
	MinVisits int64

	// Users asks about users in place of visitors: what they do with all their
	// browsers counts together, and what is done without a login does not.
	Users bool
}

func (c Lapsed) name() string {
	if c.Name == "" {
		return string(KindLapsed)
	}
	return c.Name
}

func (c Lapsed) faults() []string {
	var faults []string
	if c.After <= 0 {
		faults = append(faults, fmt.Sprintf("After is %v, must be more than 0", c.After))
	}
	if c.MinVisits < 0 {
		faults = append(faults, fmt.Sprintf("MinVisits is %d, must not be negative", c.MinVisits))
	}
	return faults
}

func (c Lapsed) finder() finder { return lapsedFinder{c} }

type lapsedFinder struct{ Lapsed }

// find asks for the visits of the days in which a lapse that is still news must
// have begun, and then for all that the visitors of these did: to ask for all
// who ever stayed away would be to ask for nearly everybody, at every look.
func (f lapsedFinder) find(ctx context.Context, l look) ([]finding, error) {
	query := report.VisitorsQuery{
		Selection:  report.Selection{From: l.since.Add(-f.After - longestVisit)},
		Users:      f.Users,
		LastBefore: l.now.Add(-f.After),
	}
	lapsed, err := l.warehouse.Visitors(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("visitors who stayed away: %w", err)
	}
	lapsed = slices.DeleteFunc(lapsed, func(v report.Visitor) bool { return v.Last.Add(f.After).Before(l.since) })
	ids := make([]string, len(lapsed))
	for i := range lapsed {
		ids[i] = f.id(&lapsed[i])
	}
	settled, err := l.settled(ctx, ids)
	if err != nil {
		return nil, err
	}
	var values []string
	for i, v := range lapsed {
		if !settled[ids[i]] {
			values = append(values, v.ID)
		}
	}
	query.From = time.Time{}
	query.MinVisits = f.MinVisits
	var found []finding
	for chunk := range slices.Chunk(values, lapseChunk) {
		query.Where = report.Filter{Field: report.FieldSession, Op: report.Is, Values: chunk}
		if f.Users {
			query.Where.Field = report.FieldUser
		}
		visitors, err := l.warehouse.Visitors(ctx, query)
		if err != nil {
			return found, fmt.Errorf("visits of those who stayed away: %w", err)
		}
		for _, v := range visitors {
			found = append(found, f.occasion(&v))
		}
	}
	return found, nil
}

// id returns the ID of the lapse that began with the visitor's last activity.
func (f lapsedFinder) id(v *report.Visitor) string {
	return identify(f.name(), fmt.Sprintf("%d:%s", v.Last.UnixMilli(), v.ID))
}

func (f lapsedFinder) occasion(v *report.Visitor) finding {
	session, user := about(v, f.Users)
	return finding{Occasion: Occasion{
		ID: f.id(v), Kind: KindLapsed, Campaign: f.name(), Time: moment(v.Last.Add(f.After)), Session: session, User: user,
		Lapse: &LapseDetails{Last: moment(v.Last), Visits: v.Visits},
	}}
}
