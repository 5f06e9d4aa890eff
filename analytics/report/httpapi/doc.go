// Package httpapi serves reports as JSON, or as CSV, over HTTP. The handler has no
// authentication of its own, and what it tells is not for everybody: guard it, and
// mount it without the prefix:
//
//	mux.Handle("/analytics/", requireAdmin(http.StripPrefix("/analytics", httpapi.New(reports, httpapi.Options{}))))
//
// Everything is GET (and HEAD). No answer is to be cached.
//
// # Parameters of every report about a period
//
//   - from, to: the visits that started from one moment on and before the other, as
//     RFC 3339 or as a date, which is its beginning: to=2026-04-01 ends with March.
//     Without to, up to now. At most five years, of those from 1970 to 2999.
//   - period: in place of both, "today", "yesterday", "last N days", "this month" or
//     "last month". Default: last 30 days.
//   - tz: whose days and hours are meant, such as Europe/Berlin. Default: that of the
//     reports.
//   - where: a condition, see [report.ParseFilter].
//   - bots: true for the visits of bots in place of the others.
//   - compare: previous, week or year, see [report.Comparison]. Peak hours, paths,
//     retention, segments and experiments have nothing beside them to compare with
//     and leave it out of account.
//   - goal: what a visit is to reach, see [report.ParseStep].
//   - better: metric:higher or metric:lower, may be repeated; see [report.Request].
//   - format: json or csv. Default: what the Accept header prefers, else json.
//
// Parameters that are not known, that belong to another report, or that are given
// twice where they are not said to be repeated, are faults.
//
// # Reports
//
// Beside each path its own parameters and the type of its answer. A limit is at
// least 1 and at most 10,000; without one it is 100. In CSV an answer is its Table.
//
//	/overview            [report.Overview]
//	/summary             [report.Summary]
//	/series              every (hour, day, week, month), by (a dimension), metric, limit (of lines): [report.Series]
//	/breakdown           by (repeated, at most twice), metric (repeated), limit, least=true: [report.Breakdown]
//	/peak-hours          [report.PeakHours]
//	/pages               kind (path, route, screen), limit, least=true: [report.Pages]
//	/actions             limit, least=true: [report.Actions]
//	/funnel              step (repeated, in order), scope (visit, visitor), within (such as 30m): [report.Funnel]
//	/paths               after (a page or screen), length, limit: [report.Paths]
//	/retention           every (day, week, month), periods: [report.Retention]
//	/new-returning       [report.NewReturning]
//	/segments            segment (repeated), engaged, engaged-by: [report.Segments]
//	/carts               idle (such as 2h), abandoned=true, limit: [report.CartReport]
//	/experiment          name, control, weight (arm:number, repeated), goal: [report.Experiment]
//	/lifecycle           [report.Lifecycle]
//	/explain/{metric}    [Explanation]
//	/live                no parameters but format and tz: [report.LiveReport]
//	/ledger              no parameters but format: [report.LedgerReport]
//
// A segment is the name of one of [Options].Segments, or name=condition; engaged=90
// adds that of the visits at or above the 90th percentile of engagement, or of
// duration with engaged-by=duration. Without either, all of Options.Segments are put
// side by side.
//
// The names of metrics are those of package analytics, with median, mean or p95
// before the ones with a value a visit: "bounce rate", "median duration", "revenue
// EUR". In the path of /explain, underscores stand for spaces.
//
// # Errors
//
// Errors are application/problem+json (RFC 9457). The member errors lists all
// faults, each with a detail, and the parameter if it is about one:
//
//   - 400: the question has faults.
//   - 404: there is no such report or metric.
//   - 405: the method is not GET or HEAD.
//   - 422: nothing has been recorded from which the answer could be found.
//   - 503: the answer took longer than [Options].Timeout. Retry-After says when to
//     ask again.
//   - 500: the warehouse failed. Why is in the log.
//
// Members may be added to answers, and none is taken away or changes its meaning.
package httpapi
