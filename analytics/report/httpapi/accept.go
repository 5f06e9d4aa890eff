package httpapi

import (
	"mime"
	"strconv"
	"strings"
)

// wantsCSV reports whether the answer is to be CSV: by the parameter format, else
// by what the client names as acceptable, JSON where that is no preference.
func wantsCSV(p *parameters, accept []string) bool {
	switch format := p.one("format"); format {
	case "csv":
		return true
	case "json":
		return false
	case "":
	default:
		p.fault("format", "it is json or csv, not %q", format)
		return false
	}
	csv, inJSON := 0.0, 0.0
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		kind, options, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, err := strconv.ParseFloat(options["q"], 64); err == nil {
			quality = q
		}
		switch kind {
		case "text/csv":
			csv = max(csv, quality)
		case "application/json", "application/*":
			inJSON = max(inJSON, quality)
		}
	}
	return csv > inJSON
}
