package drive

import (
	"html"
	"regexp"
)

// beacon is how a page tells for how long it was looked at.
type beacon struct{ path, view string }

var beaconTag = regexp.MustCompile(`<script src="([^"]+)" data-view="([^"]+)"`)

// findBeacon returns the beacon of a page, or nil.
func findBeacon(page string) *beacon {
	m := beaconTag.FindStringSubmatch(page)
	if m == nil {
		return nil
	}
	return &beacon{html.UnescapeString(m[1]), html.UnescapeString(m[2])}
}
