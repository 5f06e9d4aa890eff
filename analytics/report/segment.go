package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Segment is a filter with a name, to be kept and used again.
type Segment struct {
	Name   string `json:"name"`
	Filter Filter `json:"filter"`
}

// WriteSegments writes segments as JSON, for [ReadSegments].
func WriteSegments(w io.Writer, segments []Segment) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(segments)
}

// ReadSegments reads what [WriteSegments] wrote. Every segment needs a name of its
// own and a filter without faults; the error has all that is wrong.
func ReadSegments(r io.Reader) ([]Segment, error) {
	in := json.NewDecoder(r)
	in.DisallowUnknownFields()
	var segments []Segment
	if err := in.Decode(&segments); err != nil {
		return nil, fmt.Errorf("report: segments: %w", err)
	}
	var faults []error
	seen := map[string]bool{}
	for i, s := range segments {
		if s.Name == "" || seen[s.Name] {
			faults = append(faults, fault("segment %d has no name of its own: %q", i+1, s.Name))
		}
		seen[s.Name] = true
		if _, err := ParseFilter(s.Filter.String()); err != nil {
			faults = append(faults, fmt.Errorf("segment %q: %w", s.Name, err))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return segments, nil
}
