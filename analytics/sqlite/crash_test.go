package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/sojourn-go/sojourn/analytics"
	"github.com/sojourn-go/sojourn/analytics/report"
	"github.com/sojourn-go/sojourn/analytics/sqlite"
)

// What a child process does, see TestMain: childFile names the file, childPart says
// which batches it records, as "<this one>/<of so many>".
const (
	childFile = "SOJOURN_ANALYTICS_CHILD"
	childPart = "SOJOURN_ANALYTICS_PART"
	childRead = "SOJOURN_ANALYTICS_READ"
)

// childVisits is how many visits children record, childBatch in how large batches.
const (
	childVisits = 400
	childBatch  = 20
)

func TestMain(m *testing.M) {
	path := os.Getenv(childFile)
	if path == "" {
		os.Exit(m.Run())
	}
	do := recordPart
	if os.Getenv(childRead) != "" {
		do = readOn
	}
	if err := do(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// recordPart records the child's batches, and says which were acknowledged.
func recordPart(path string) error {
	var part, of int
	if _, err := fmt.Sscanf(os.Getenv(childPart), "%d/%d", &part, &of); err != nil {
		return err
	}
	w, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return err
	}
	i := 0
	for batch := range batches(childVisits, childBatch) {
		if i%of == part {
			if err := w.Record(context.Background(), batch); err != nil {
				return err
			}
			fmt.Println(i)
		}
		i++
	}
	return w.Close()
}

// readOn asks until standard input ends, and checks that what is seen grows.
func readOn(path string) error {
	w, err := sqlite.OpenReader(path)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	before := int64(0)
	for {
		l, err := w.Ledger(context.Background())
		if err != nil {
			return err
		}
		groups, err := w.Totals(context.Background(), report.TotalsQuery{})
		if err != nil {
			return err
		}
		if groups[0].Visits < before || !balances(l) {
			return fmt.Errorf("%d visits after %d, ledger %+v", groups[0].Visits, before, l)
		}
		before = groups[0].Visits
		fmt.Println(before)
	}
}

func balances(l report.Ledger) bool {
	sum := int64(0)
	for _, n := range l.Stored {
		sum += n
	}
	for _, n := range l.Dropped {
		sum += n
	}
	return sum == l.Received
}

// child returns a process that works on a file, and what it says, line by line.
func child(t *testing.T, path string, env ...string) (*exec.Cmd, *bufio.Scanner, *strings.Builder) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(append(os.Environ(), childFile+"="+path), env...)
	failure := new(strings.Builder)
	cmd.Stderr = failure
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out), failure
}

// reference returns the answers about the children's visits, each event recorded once.
func reference(t *testing.T) string {
	t.Helper()
	w := open(t, "", sqlite.Options{})
	record(t, w, childVisits)
	return answers(t, w)
}

// answers describes what a warehouse says to some questions.
func answers(t *testing.T, w report.Warehouse) string {
	t.Helper()
	var b strings.Builder
	note := func(answer any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%+v\n", answer)
	}
	quantiles := []float64{0, 0.5, 0.95, 1}
	steps := []report.Step{{Page: "/shop/*"}, {Action: "cart.changed"}, {Action: analytics.PurchaseAction}}
	add := func() {
		note(w.Totals(t.Context(), report.TotalsQuery{By: []report.Dimension{report.ByDay, report.BySource}, Quantiles: quantiles}))
		note(w.Totals(t.Context(), report.TotalsQuery{By: []report.Dimension{report.ByVisitor, report.ByEnd}}))
		note(w.Hours(t.Context(), report.HoursQuery{}))
		note(w.Pages(t.Context(), report.PagesQuery{Kind: report.ByPath, Quantiles: quantiles}))
		note(w.Actions(t.Context(), report.ActionsQuery{}))
		note(w.Funnel(t.Context(), report.FunnelQuery{Steps: steps, Scope: report.PerVisitor}))
		note(w.Paths(t.Context(), report.PathsQuery{Length: 3}))
		note(w.Carts(t.Context(), report.CartsQuery{}))
		note(w.Lifecycle(t.Context(), report.LifecycleQuery{}))
		note(w.Visitors(t.Context(), report.VisitorsQuery{}))
		note(w.Cohorts(t.Context(), report.CohortsQuery{Every: report.ByWeek, Periods: 10}))
	}
	add()
	l, err := w.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !balances(l) {
		t.Errorf("the ledger does not balance: %+v", l)
	}
	l.Received, l.Dropped = 0, nil // they tell of duplicates
	note(l, nil)
	return b.String()
}

func same(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Errorf("answer %d is\n%.2000s\nwant\n%.2000s", i, g[i], w[i])
		}
	}
}

func TestRecord_killed(t *testing.T) {
	t.Parallel()
	kills := 8
	if os.Getenv("SOJOURN_SOAK") != "" {
		kills = 100
	}
	path := newFile(t)
	acknowledged := map[int]bool{}
	for i := range kills {
		cmd, said, failure := child(t, path, childPart+"=0/1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for n := 0; said.Scan(); n++ {
			if batch, err := strconv.Atoi(said.Text()); err == nil {
				acknowledged[batch] = true
			}
			if n == 3+i*17%60 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil || failure.Len() > 0 {
			t.Fatalf("the child ended by itself: %v %s", err, failure.String())
		}
	}
	w := open(t, path, sqlite.Options{})
	l, err := w.Ledger(t.Context())
	if err != nil || !balances(l) {
		t.Errorf("after %d kills the ledger does not balance: %+v, %v", kills, l, err)
	}
	// What was acknowledged is there: all of it is known already.
	i := 0
	for batch := range batches(childVisits, childBatch) {
		if acknowledged[i] {
			before := l.Dropped[report.DropDuplicate]
			if err := w.Record(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			if l, err = w.Ledger(t.Context()); err != nil || l.Dropped[report.DropDuplicate] != before+int64(len(batch)) {
				t.Errorf("batch %d was acknowledged, and not all of it is there: %+v, %v", i, l, err)
			}
		}
		i++
	}
	record(t, w, childVisits) // what was not comes again, with the rest
	same(t, answers(t, w), reference(t))
	integral(t, w)
}

func integral(t *testing.T, w *sqlite.Warehouse) {
	t.Helper()
	if n, err := w.Number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"); err != nil || n != 0 {
		t.Errorf("%d faults in the file, %v", n, err)
	}
}

// Several processes record into one file at once, in part the same, while another
// one asks.
func TestRecord_processes(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	reader, seen, readerFailure := child(t, path, childRead+"=1")
	if err := open(t, path, sqlite.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	stop, err := reader.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Start(); err != nil {
		t.Fatal(err)
	}
	parts := []string{"0/2", "1/2", "0/1", "1/3"} // of the batches: these two are all of them, and so is the third
	var wait []func()
	for _, part := range parts {
		cmd, said, failure := child(t, path, childPart+"="+part)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wait = append(wait, func() {
			for said.Scan() { // so that it does not stand still
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("the child of %s: %v %s", part, err, failure.String())
			}
		})
	}
	for _, w := range wait {
		w()
	}
	answered := 0
	for last := "0"; last != strconv.Itoa(people(t)) && seen.Scan(); answered++ {
		last = seen.Text()
	}
	if err := stop.Close(); err != nil {
		t.Error(err)
	}
	go func() { // until it has heard that it is to end
		for seen.Scan() {
		}
	}()
	if err := reader.Wait(); err != nil || answered == 0 {
		t.Errorf("the reader: %d answers, %v %s", answered, err, readerFailure.String())
	}
	w := open(t, path, sqlite.Options{})
	same(t, answers(t, w), reference(t))
	integral(t, w)
}

// people is how many of the children's visits are not of bots.
func people(t *testing.T) int {
	n := 0
	for batch := range batches(childVisits, childBatch) {
		for _, e := range batch {
			if e.Type == analytics.VisitStarted && e.Attributes["bot"] == "" {
				n++
			}
		}
	}
	return n
}
