// Package storetest holds any implementation of [sessionstore.Store] to the
// words of its interface. A store passes [Run] or it is not one; [Bench]
// measures what the suite has found correct.
//
//	func TestMyStore(t *testing.T) {
//		storetest.Run(t, storetest.Harness{Open: openMyStore})
//	}
//
// Sub-tests carry the number of the invariant that they guard:
//
//   - I1: what ended is final. Saves update only, creation alone creates, IDs
//     are never used again.
//   - I2: nothing written is lost, and what the last write overwrote unseen is
//     reported.
//   - I3: one transition, one event, one atomic step. Each session, login and
//     visit has one start and one end.
//   - I5: rotation converges, and spent secrets are recognised.
//   - I6: a store that fails does not say that there is no session.
//   - I7: limits hold when they are read, and not only when a sweeper comes.
//   - I8: sizes are capped, exactly, with clear errors.
//
// After each sub-test the events of all its sessions are audited for I3, so a
// fault may show in a sub-test that is about something else.
//
// The suite never waits for a limit to pass: it moves the store's clock. It
// tolerates a clock that also runs by itself, as that of a server does, and
// needs nothing of a store but the interface, so the store may live in another
// process. Whatever it does it does through both handles in turn.
package storetest
