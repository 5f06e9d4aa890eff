// Package reporttest tests what is counted. It is for two kinds of people.
//
// Who has a site asserts its metrics in a test: with traffic that is told by hand,
// see [Day] and [Visit], or that was recorded, see [ReadFile]. [Replay] makes
// reports of it, whose numbers [Number], [Between], [Unknown] and [Reached] assert.
//
// Who writes a [report.Warehouse] holds it to the definitions of package analytics
// with [Run], which tells it of traffic and compares its answers: first of traffic
// made by hand, with answers that were worked out on paper, then of random traffic,
// with those of a [Model], the slow and simple warehouse of this package.
//
//	func TestMyWarehouse(t *testing.T) {
//		reporttest.Run(t, func(t testing.TB) reporttest.Warehouse {
//			return openMine(t, reporttest.Price, reporttest.Keep)
//		})
//	}
package reporttest
