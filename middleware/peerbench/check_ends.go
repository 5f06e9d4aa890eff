package main

import (
	"context"
	"fmt"
)

// endingSessions is how many sessions end in the check of what is reported.
const endingSessions = 20

// endings are the ends of sessions that a library reported.
type endings struct {
	sessions int // that were reported to have ended
	reports  int
}

func countEnds(ctx context.Context, srv *server, l library) (string, error) {
	if l.reportedEnds == nil {
		return "never", nil
	}
	e, err := l.reportedEnds(ctx, srv)
	switch {
	case err != nil:
		return "", err
	case e.reports == e.sessions:
		return fmt.Sprintf("%d, once each", e.sessions), nil
	}
	return fmt.Sprintf("%d, in %d reports", e.sessions, e.reports), nil
}
