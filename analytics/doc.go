// Package analytics says what happened: the [Event] that every change in the
// life of a session leaves behind, the [Recorder] that consumes events, and
// the [Pump] that carries them from a store's [Feed] to a recorder.
//
// The package is a leaf. It knows nothing of HTTP, of stores or of
// credentials: an event names a session by its public ID and never holds a
// secret or a token.
//
// # Words
//
// A session is the server-side record of one browser or app install. A login
// is the authenticated stretch of a session, a visit the stretch of activity
// that web analytics counts. One session may hold many logins and many visits,
// one after the other; a visit is not split by a login or a logout.
//
// # Delivery
//
// Every session, login and visit has exactly one start event and one end
// event. They reach a recorder at least once and keep their ID when they are
// delivered again, so that a recorder that remembers IDs sees each event
// exactly once.
//
// # Recorders
//
// [Memory] keeps events for tests and small live views, [Slog] logs them,
// [JSONLines] appends them to a file, and [Fanout] combines recorders so that
// one that fails does not hold up the others. Whatever can be asked for events
// answers a [Query].
//
// # What is counted
//
// A visit begins with its first request and ends after 30 minutes without one,
// or after 24 hours; both are settings of the middleware. Neither midnight nor a
// campaign, a login or a logout splits it. A visit is over when its visit.ended
// event is there, or when its last activity lies more than 24 hours before the
// newest event, because then that event was lost; until then it is under way. It
// belongs to the moment at which it started: a report over a period is about the
// visits that started in it, whole.
//
// A visitor is one browser or one app install: a session. A user is somebody who
// logged in; a visit is that of the user who logged in last in it.
//
// A view is a page, or a screen of an app, that was shown: a document that was
// navigated to and answered with HTML. Prefetches, parts of pages, errors and
// redirects are none. A beacon, which tells for how long a view was looked at, is no
// activity: alone it makes no visit, and for the visit of another session than its own it
// tells nothing. An action is an action.taken, cart.changed,
// checkout.completed or login.started event of a visit.
//
// The order in which things happened is that of their times; where two have the
// same, views come before actions, and otherwise the IDs decide. It does not
// matter in which order events arrive, nor how often.
//
// The visits of programs that say so, or are known, are bots' and kept apart: no
// metric counts them unless it is asked to.
//
// A quantile lies between the two values next to its rank, in proportion
// (Hyndman and Fan's type 7), in whole milliseconds.
//
// # Metrics
//
//   - visits (count): visits that started in the period. Leaves out: bots.
//   - visitors (count): different visitors of the visits. Leaves out: bots; a person with two browsers counts twice.
//   - users (count): different users of the visits. Leaves out: bots; visits without a login.
//   - new visits (count): visits that are the first of their visitor. Leaves out: bots; visits from before the oldest that are kept, so that a visitor who came before then counts as new.
//   - visits per visitor (ratio): visits / visitors. Leaves out: bots.
//   - visits per user (ratio): visits with a user / users. Leaves out: bots; visits without a login.
//   - views (count): views in the visits. Leaves out: bots.
//   - views per visit (ratio): views / visits with a view. Leaves out: bots; visits without a view.
//   - actions (count): actions in the visits. Leaves out: bots.
//   - bounce rate (share): visits that bounced / visits that are over and have a view; one bounces that has a single view, no action and less than 10 s of engagement. Leaves out: bots; visits under way; visits without a view.
//   - single-page rate (share): visits with exactly one view / visits that are over and have a view. Leaves out: bots; visits under way; visits without a view.
//   - duration (time): last activity - start of the visit, which is 0 where there was one request only. Leaves out: bots; visits under way.
//   - engagement (time): sum over the views of a visit of the time for which each was visible and in focus, as its beacon told, at most 30 min each. Leaves out: bots; visits under way; visits without a beacon.
//   - total time (time): sum of the durations. Leaves out: bots; visits under way.
//   - time on page (time): what the beacon of the view told, else the next view's time - its own, at most 30 min each. Leaves out: bots; the last view of a visit without a beacon, whose time is unknown.
//   - entries (count): visits whose first view it is. Leaves out: bots.
//   - exits (count): visits whose last view it is. Leaves out: bots; visits under way.
//   - active visits (count): visits that have an hour, by the clock of the report, between their start and last activity; one that lasts into the next hour counts in both. Leaves out: bots.
//   - purchases (count): purchase actions, each order of a session once. Leaves out: bots.
//   - revenue (money): sum of their values, each currency by itself. Leaves out: bots.
//   - conversion rate (share): visits with the goal / visits. Leaves out: bots.
//   - funnel step (count): visits (or visitors, over all their visits) that took the steps up to this one in order, other things between them allowed, all within the window from the first; the attempt that got furthest counts. Leaves out: bots.
//   - time between steps (time): time of the step - time of the step before, in the attempt that reached it first. Leaves out: bots; who did not reach the step.
//   - retention (share): visitors of a cohort with a visit in the period / visitors of the cohort; a cohort are the visitors whose first visit started in one period. Leaves out: bots; periods that are not over yet are marked.
//   - abandoned carts (count): carts with lines whose session has had no activity for the time that the report names, or has ended. Leaves out: carts that were ordered or emptied.
//   - cart abandonment (share): abandoned carts / carts that were abandoned or ordered. Leaves out: carts that are open; carts that were emptied.
//   - exposed (count): visitors who were assigned to an arm of the experiment in the period. Leaves out: bots.
//   - converted (share): exposed visitors with the goal after their exposure / exposed visitors. Leaves out: bots.
//   - live visits (count): visits with activity in the last 5 minutes that have not ended. Leaves out: bots.
//   - engagement coverage (share): visits with a beacon / visits that are over. Leaves out: bots; visits under way.
//   - exit rate (share): exits / views of the page. Leaves out: bots; exits of visits under way.
//   - abandoned value (money): sum of the lines of abandoned carts, each currency by itself. Leaves out: lines without a price.
//   - failed logins (share): failed logins / logins, failed ones included. Leaves out: nothing.
//   - forced endings (share): ends whose reason is evicted, revoked, reused or erased / ends of logins, or of sessions. Leaves out: nothing.
package analytics
