package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/sojourn-go/sojourn/analytics/report"
)

// Problem is the body of an error (RFC 9457).
type Problem struct {
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Detail string  `json:"detail"`
	Errors []Fault `json:"errors,omitempty"`
}

// Fault is one thing that is wrong with a question.
type Fault struct {
	Parameter string `json:"parameter,omitempty"`
	Detail    string `json:"detail"`
}

func writeProblem(w http.ResponseWriter, status int, detail string, faults []Fault) {
	body, err := json.Marshal(Problem{Title: http.StatusText(status), Status: status, Detail: detail, Errors: faults})
	if err != nil {
		http.Error(w, http.StatusText(status), status)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

// details takes apart the faults that were joined into err.
func details(err error) []Fault {
	var faults []Fault
	for line := range strings.SplitSeq(err.Error(), "\n") {
		faults = append(faults, Fault{Detail: plainly(line)})
	}
	return faults
}

// plainly takes the names of packages off a fault.
func plainly(fault string) string {
	fault = strings.TrimPrefix(fault, report.ErrQuestion.Error()+": ")
	return strings.TrimPrefix(fault, "report: ")
}
