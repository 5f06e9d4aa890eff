package agent

import (
	"slices"
	"strings"

	"github.com/mileusna/useragent"
)

// Kinds of devices, see [Agent].
const (
	Desktop = "desktop"
	Mobile  = "mobile"
	Tablet  = "tablet"
)

// others are televisions, consoles and headsets.
var others = []string{
	" TV", "TV;", "SmartTV", "HbbTV", "Web0S", "BRAVIA", "CrKey/", "; AFT", "NetCast", "VIDAA",
	"PlayStation", "Xbox", "Nintendo", "VR Safari",
}

func device(text string, ua *useragent.UserAgent) string {
	contains := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case slices.ContainsFunc(others, contains):
		return ""
	case ua.Tablet, contains("(Tablet;"):
		return Tablet
	case ua.OS == useragent.Android && contains("Safari/") && !contains("Mobile"):
		return Tablet // phones say Mobile
	case contains("(PC;"):
		return Desktop
	case ua.Mobile:
		return Mobile
	case ua.Desktop, contains("(X11;"):
		return Desktop
	}
	return ""
}
