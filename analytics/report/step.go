package report

import "strings"

// ParseStep reads what [Step.String] writes: "page:/cart", "route:/item/{id}",
// "screen:Cart" or "action:purchase". Everything after the first colon is the name.
func ParseStep(s string) (Step, error) {
	kind, name, _ := strings.Cut(s, ":")
	var step Step
	switch kind {
	case "page":
		step.Page = name
	case "route":
		step.Route = name
	case "screen":
		step.Screen = name
	case "action":
		step.Action = name
	default:
		return Step{}, fault("step %q begins with none of page:, route:, screen: and action:", s)
	}
	if name == "" {
		return Step{}, fault("step %q names nothing", s)
	}
	return step, nil
}

// String returns the step for people and for [ParseStep]. Of a step with several
// fields set, which is refused everywhere, it shows one.
func (s Step) String() string {
	switch {
	case s.Page != "":
		return "page:" + s.Page
	case s.Route != "":
		return "route:" + s.Route
	case s.Screen != "":
		return "screen:" + s.Screen
	}
	return "action:" + s.Action
}

// fault returns why s is no step, or nil.
func (s Step) fault() error {
	set := 0
	for _, name := range []string{s.Page, s.Route, s.Screen, s.Action} {
		if name != "" {
			set++
		}
	}
	if set != 1 {
		return fault("a step names exactly one of page, route, screen and action, not %d", set)
	}
	return nil
}
