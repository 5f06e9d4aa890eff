// Package campaign looks for occasions, such as a cart that was left behind, and
// hands each to hooks: functions of the application, or webhooks.
//
// # Words
//
// A [Campaign] says what to look for: [CartAbandoned], [Lapsed], [HighlyEngaged],
// [Streak] or [Badge]. An [Occasion] is one time that it came about, for one
// visitor or user. A [Hook] is told of it. A [Runner] looks every few seconds, and
// delivers.
//
// # Once
//
// An occasion has an ID, derived from the campaign's name and from what makes the
// occasion one: the cart, the visitor, the beginning of the streak. It goes into
// the runner's outbox, a file of its own, under that ID, and so it does exactly
// once, however often it is looked for and by however many processes that share
// the file. It stays there, so that [Runner.Occasions] can list it. What a process
// that died had in hand, another takes up after a minute.
//
// Each hook is handed each occasion from there at least once, and normally once.
// It is called a second time for the same occasion, with the same ID, in these
// cases:
//
//   - it returned an error, or panicked, or ran out of time: although it may have
//     done what it does;
//   - the process died, or the outbox could not be written, between the call and
//     the note that it succeeded;
//   - it went on for more than 30 seconds after its context was done;
//   - the machine lost power shortly after the call;
//   - the outbox was deleted, or replaced by an older copy.
//
// For whom twice is too often keeps the IDs, or makes the action one that can be
// repeated: to set a coupon, rather than to add one.
//
// Whoever renames a campaign makes another one of it, whose occasions are all to
// come.
//
// # Late
//
// An occasion is worth telling of for [Options].MaxAge. A hook that fails is called
// again until then, after a pause that doubles from 1 s to 1 h less a random part,
// and carts, lapses and streaks that came about longer ago than that are not begun:
// the first look into a warehouse does not remind people of last year's carts. It
// does hand out badges for what people did before.
//
// Hooks do not wait for one another, nor for a campaign that is slow to be looked
// for. Of one visitor or user, a hook is told in the order in which things came
// about, one at a time, save that what it failed to take does not hold up the rest.
package campaign
